"""The records of a run that is played with other settings."""

from __future__ import annotations

from framework.app.replay.taken import Taken
from framework.kernel.records import Record, RunStopped, Turn


def test_records_are_taken_up_to_an_instant_and_none_after_it() -> None:
    records: list[Record] = []
    taken = Taken(records.append, 20)
    for record in (Turn(10, 1), Turn(20, 2), RunStopped(20, 2, "end")):
        taken.write(record)
    assert not taken.is_over
    for record in (Turn(21, 3), RunStopped(21, 3, "end")):
        taken.write(record)
    assert taken.is_over
    assert records == [Turn(10, 1), Turn(20, 2), RunStopped(20, 2, "end")]
