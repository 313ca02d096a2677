"""What a venue's limits allow now, and whether a configuration can live within them."""
