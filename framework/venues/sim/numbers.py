"""The venue's own numbers for orders and trades: 19 digits, rising, the same in every run of one tape and seed."""

from __future__ import annotations

from itertools import count
from typing import Final

LEAST: Final = 10**18
"""The first number of 19 digits. A real clock's nanoseconds have 19 since 2001; a test's clock may begin at 0."""


class Numbers:
    """Counts up from the clock's start."""

    def __init__(self, start_ns: int) -> None:
        self._numbers = count((start_ns if start_ns >= LEAST else LEAST + start_ns) + 1)

    def next(self) -> str:
        """The next number, as text."""
        return str(next(self._numbers))
