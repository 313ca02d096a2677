"""Orders of one account never trade with each other."""
