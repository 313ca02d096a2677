"""The gateway: all private I/O. Requests leave here, and only here; what came of each is a value."""
