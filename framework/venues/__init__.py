"""Venue dialects, one slice a venue, strangers to one another."""
