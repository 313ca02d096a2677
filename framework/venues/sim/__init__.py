"""The simulated exchange, reached only through an order port."""
