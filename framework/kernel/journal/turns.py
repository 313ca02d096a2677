"""Records behind the instant they belong to."""

from __future__ import annotations

from collections.abc import Callable

from framework.kernel.clock import Clock
from framework.kernel.records import Record, Turn


class TurnJournal:
    """Writes each record behind the turn it belongs to; an instant without records leaves no trace.

    Args:
        write: takes the records, `Turn` included.
        clock: the run's Clock.
        cursor: how many of the tape's events were played so far.
    """

    def __init__(self, write: Callable[[Record], None], clock: Clock, cursor: Callable[[], int]) -> None:
        self._write = write
        self._clock = clock
        self._cursor = cursor
        self._turn_ns = -1

    def write(self, record: Record) -> None:
        """Append one record, and before it its turn where that is a new one."""
        write, now_ns = self._write, self._clock.now_ns
        if now_ns != self._turn_ns:
            self._turn_ns = now_ns
            write(Turn(now_ns, self._cursor()))
        write(record)
