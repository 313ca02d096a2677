"""Private I/O in the plain dialect of our own loopback venue."""
