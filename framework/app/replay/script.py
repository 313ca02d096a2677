"""What a journal has next: one turn of it at a time, so that whoever plays it again can look ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from framework.kernel.records import EventHeard, Record, Turn


class Script(Iterator[Record]):
    """The records of a session. A last turn without any record, which a hard end cut off, is left out.

    Args:
        records: from the session's first on.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._source = iter(records)
        self._ahead: Record | None = next(self._source, None)
        self._group: deque[Record] = deque()

    def __next__(self) -> Record:
        """The next record, taken."""
        if not self._group and not self.load():
            raise StopIteration
        return self._group.popleft()

    def load(self) -> tuple[Record, ...]:
        """All records of the next turn, its `Turn` first; none where the session is over. They are next from now on."""
        group: list[Record] = []
        while self._ahead is not None and not (group and isinstance(self._ahead, Turn)):
            group.append(self._ahead)
            self._ahead = next(self._source, None)
        if len(group) == 1 and isinstance(group[0], Turn) and self._ahead is None:
            return ()
        self._group.extend(group)
        return tuple(group)

    def restate(self, records: Iterable[Record]) -> None:
        """Have these be what is left of the turn."""
        self._group = deque(records)

    @property
    def is_empty(self) -> bool:
        """Everything of the turn was taken."""
        return not self._group

    @property
    def rest(self) -> tuple[Record, ...]:
        """What of the turn was not taken."""
        return tuple(self._group)

    def peek(self) -> Record | None:
        """The next record of the turn that is no `Turn`; None where there is none."""
        return next((record for record in self._group if not isinstance(record, Turn)), None)

    def next_event(self, ts_ns: int) -> EventHeard | None:
        """The next market event of the turn that was heard at its instant, whatever stands before it."""
        return next((each for each in self._group if isinstance(each, EventHeard) and each.ts_recv_ns == ts_ns), None)
