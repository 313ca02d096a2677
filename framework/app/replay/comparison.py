"""The records of a run that is played again, held against those of the first one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from framework.kernel.records import Checkpoint, Record, Turn

SHOWN: Final = 1_000
"""So much of a record is told."""


class Differs(BaseException):  # no Exception: whoever puts a strategy aside over one must not take it for its fault
    """The run made another record than the journal holds: it ends here."""


class Comparison:
    """Takes the records of the second run and holds them against the first's."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.expect(records)
        self.equal = 0
        self.is_over = False
        """The journal has no more records: a run that was cut off agrees as far as it went."""
        self.turn: Turn | None = None
        """The instant of the record that was compared last."""

    def expect(self, records: Iterator[Record]) -> None:
        """Hold what comes against these, from the first on."""
        self._records = records

    def write(self, record: Record) -> None:
        """Compare one record.

        Raises:
            Differs: it is another one.
        """
        if self.is_over:
            return
        expected = next(self._records, None)
        if expected is None:
            self.is_over = True
            return
        if expected != record:
            raise Differs(difference_of(self.equal + 1, self.turn, expected, record))
        self.turn = record if isinstance(record, Turn) else self.turn
        self.equal += 1

    def missing(self) -> Record | None:
        """A record that the second run did not make."""
        return None if self.is_over else next(self._records, None)


def difference_of(number: int, turn: Turn | None, expected: Record, found: object) -> str:
    """A difference in words.

    Args:
        turn: in which it stands.
        found: the record of the second run, or words.
    """
    where = f" (after market event {turn.cursor:,}, ts {turn.ts_ns})" if turn else ""
    if isinstance(expected, Checkpoint) and isinstance(found, Checkpoint):
        parts = [
            name for name in {**expected.state, **found.state} if expected.state.get(name) != found.state.get(name)
        ]
        return f"record {number}{where}: another checkpoint, in {', '.join(parts) or 'its instant'}"
    return f"record {number}{where}:\n  journal: {_told(expected)}\n  replay:  {_told(found)}"


def _told(found: object) -> str:
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
