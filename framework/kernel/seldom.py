"""One of many equal lines: the first at once, then one every few seconds, which says how many it stands for."""

from __future__ import annotations

from typing import Final

FAILED_EVERY_S: Final = 10.0
"""For connections of a pool that do not come up."""
AWAY_EVERY_S: Final = 60.0
"""For a stream that cannot be reached: whoever listens to it is told at once, by other means."""


class Seldom:
    """Counts what happens, and gives the count where a line is due.

    Args:
        every_s: at most one line in so long.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due_s: float | None = None
        self._count = 0

    def take(self, now_s: float) -> int:
        """How many times it happened since the last line; 0: no line is due."""
        self._count += 1
        if self._due_s is not None and now_s < self._due_s:
            return 0
        count, self._count = self._count, 0
        self._due_s = now_s + self._every_s
        return count
