"""Which requests to make of what waits: the cheapest the venue allows."""
