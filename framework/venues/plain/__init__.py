"""The plain dialect's public side, pure: what its sandbox tells everybody of its markets."""
