"""Turns: each instant with records has one before them."""

from __future__ import annotations

from framework.kernel.clock import ManualClock
from framework.kernel.journal import TurnJournal
from framework.kernel.records import Record, Turn
from tests.kernel.journal.examples import RECORDS


def test_each_instant_with_records_has_one_turn_before_them() -> None:
    records: list[Record] = []
    clock, cursor = ManualClock(10), [0]
    turns = TurnJournal(records.append, clock, lambda: cursor[0])
    note = RECORDS[6]
    turns.write(note)
    cursor[0] = 2
    turns.write(note)
    clock.now_ns = 20  # an instant in which nothing happens
    clock.now_ns, cursor[0] = 30, 5
    turns.write(note)
    assert records == [Turn(10, 0), note, note, Turn(30, 5), note]


def test_the_instant_0_has_a_turn_too() -> None:
    records: list[Record] = []
    TurnJournal(records.append, ManualClock(0), lambda: 0).write(RECORDS[6])
    assert records == [Turn(0, 0), RECORDS[6]]
