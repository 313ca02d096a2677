"""Paper trading: a run on a tape or a live feed, with an account of its own."""
