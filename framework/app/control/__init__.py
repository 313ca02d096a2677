"""What reaches into a running run from outside: control socket, KILL file, signals, and the watchdog."""
