"""The engine: one synchronous function takes every event; no I/O."""
