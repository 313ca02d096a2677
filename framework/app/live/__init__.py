"""The daemon: a live session from examining the account to its end, and its way to a venue."""
