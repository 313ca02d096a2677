"""A journal's turns, one at a time."""

from __future__ import annotations

from framework.app.replay.script import Script
from framework.kernel.records import EventHeard, Record, RunStopped, Turn

STOP = RunStopped(20, 2, "over")


def heard(ts_ns: int) -> EventHeard:
    return EventHeard("quote", "BTC/USDT@bitget", ts_ns, ts_ns, (1, 1, 2, 1))


def test_it_gives_all_of_a_turn_and_knows_what_is_next() -> None:
    records: list[Record] = [Turn(10, 1), heard(10), Turn(20, 2), STOP]
    script = Script(records)
    assert script.load() == tuple(records[:2])
    assert script.peek() == heard(10)
    assert next(script) == Turn(10, 1)
    assert script.rest == (heard(10),)
    assert list(script) == records[1:]
    assert script.is_empty
    assert script.load() == ()


def test_what_is_taken_beyond_a_turn_is_the_next_one() -> None:
    script = Script([Turn(10, 1), heard(10), Turn(20, 2), STOP])
    script.load()
    assert [next(script) for _ in range(3)][-1] == Turn(20, 2)
    assert script.peek() == STOP


def test_an_event_of_the_turns_instant_is_found_behind_what_came_before_it() -> None:
    script = Script([Turn(20, 1), STOP, heard(10), heard(20)])
    script.load()
    assert script.next_event(20) == heard(20)
    assert script.next_event(30) is None


def test_a_turn_that_was_cut_off_before_its_first_record_is_left_out() -> None:
    assert list(Script([Turn(10, 1), heard(10), Turn(20, 2)])) == [Turn(10, 1), heard(10)]
    assert list(Script([])) == []
