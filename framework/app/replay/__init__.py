"""A run taken again from its journal: the same decisions, or the first one that differs."""
