"""Wanted states, targets and ladders, made into the orders that reach them."""
