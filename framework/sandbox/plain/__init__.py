"""The simulated venue behind the plain dialect: JSON over HTTP and WebSocket, on loopback."""
