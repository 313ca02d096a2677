"""From an order that may leave to a request that left, and to its answer."""
