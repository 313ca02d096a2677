"""Records held against records."""

from __future__ import annotations

import pytest

from framework.app.replay.comparison import SHOWN, Comparison, Differs, difference_of
from framework.kernel.records import Checkpoint, FeedNoted, Record, Turn

RECORDS: list[Record] = [Turn(10, 1), FeedNoted("BTC/USDT@bitget", "live", "")]


def test_equal_records_are_counted_and_what_comes_after_the_end_is_let_pass() -> None:
    comparison = Comparison(iter(RECORDS))
    for record in [*RECORDS, Turn(20, 2)]:
        comparison.write(record)
    assert (comparison.equal, comparison.is_over, comparison.missing()) == (2, True, None)


def test_the_first_other_record_is_told_with_its_place() -> None:
    comparison = Comparison(iter(RECORDS))
    comparison.write(RECORDS[0])
    with pytest.raises(Differs) as error:
        comparison.write(FeedNoted("BTC/USDT@bitget", "gap", ""))
    first, journal, replay = str(error.value).splitlines()
    assert first == "record 2 (after market event 1, ts 10):"
    assert journal.startswith("  journal: FeedNoted") and "'live'" in journal
    assert replay.startswith("  replay:  FeedNoted") and "'gap'" in replay


def test_a_record_that_was_not_made_is_missing() -> None:
    comparison = Comparison(iter(RECORDS))
    comparison.write(RECORDS[0])
    assert comparison.missing() == RECORDS[1]


def test_of_checkpoints_the_parts_that_differ_are_named_and_long_records_are_cut() -> None:
    one, other = Checkpoint(1, {"books": b"1", "kill": b"2"}), Checkpoint(1, {"books": b"1", "kill": b"3"})
    assert difference_of(3, None, one, other) == "record 3: another checkpoint, in kill"
    long = Checkpoint(1, {"books": b"1" * 2 * SHOWN})
    assert len(difference_of(3, None, long, "nothing")) < SHOWN + 100
