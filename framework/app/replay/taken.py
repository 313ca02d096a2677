"""The records of a run that is played with other settings, given away as they come."""

from __future__ import annotations

from collections.abc import Callable

from framework.kernel.records import Record, Turn


class Taken:
    """Gives records away.

    Args:
        until_ns: turns after this instant are no longer taken.
    """

    def __init__(self, take: Callable[[Record], None], until_ns: int) -> None:
        self.is_over = False
        """No more are wanted."""
        self._take = take
        self._until_ns = until_ns

    def write(self, record: Record) -> None:
        """Give one record away."""
        self.is_over = self.is_over or (isinstance(record, Turn) and record.ts_ns > self._until_ns)
        if not self.is_over:
            self._take(record)
