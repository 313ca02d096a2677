"""One is one: nouns by their count."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 fill`, `2,000 fills`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
