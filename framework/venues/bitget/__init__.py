"""Bitget: what its documents say, as tables and pure functions."""
