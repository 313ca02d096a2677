"""Defects are told up to a bound and then counted; holes are told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.data.defects import DETAILED_MAX, Defects, Holes
from framework.model.events import FeedState, FeedStatus
from framework.model.instants import utc_text
from framework.model.instrument import Instrument

MINUTE_NS = 60_000_000_000
START_NS = 1_577_836_800_000_000_000


@pytest.fixture
def defects(btc: Instrument) -> Defects:
    return Defects(btc, Path("folder/a.csv"))


def test_a_defect_names_file_and_line(defects: Defects) -> None:
    assert defects.row(5, 7, "no good") == [
        FeedStatus(defects.instrument, 5, FeedState.DEFECT, "row left out: no good (a.csv, line 7)")
    ]
    assert defects.rest(6) == []


def test_after_a_bound_defects_are_only_counted(defects: Defects) -> None:
    told = [len(defects.row(5, line, "no good")) for line in range(DETAILED_MAX + 1000)]
    assert told == [1] * DETAILED_MAX + [0] * 1000
    assert [status.detail for status in defects.rest(6)] == ["1,000 more rows left out (a.csv)"]


def test_candles_that_follow_one_another_have_no_hole(defects: Defects) -> None:
    holes = Holes("1m", MINUTE_NS)
    assert [holes.before(START_NS + number * MINUTE_NS, defects) for number in range(3)] == [[], [], []]


@pytest.mark.parametrize(
    ("timeframe", "length_ns", "missing", "words"),
    [
        ("1m", MINUTE_NS, 1, "1 minute missing, 2020-01-01 00:01 to 2020-01-01 00:02 UTC (a.csv)"),
        ("1m", MINUTE_NS, 1500, "1,500 minutes missing, 2020-01-01 00:01 to 2020-01-02 01:01 UTC (a.csv)"),
        ("1h", 60 * MINUTE_NS, 2, "2 hours missing, 2020-01-01 01:00 to 2020-01-01 03:00 UTC (a.csv)"),
        ("5m", 5 * MINUTE_NS, 1, "1 candle of 5m missing, 2020-01-01 00:05 to 2020-01-01 00:10 UTC (a.csv)"),
        ("5m", 5 * MINUTE_NS, 2, "2 candles of 5m missing, 2020-01-01 00:05 to 2020-01-01 00:15 UTC (a.csv)"),
    ],
)
def test_a_hole_says_how_many_and_from_when_to_when(
    defects: Defects, timeframe: str, length_ns: int, missing: int, words: str
) -> None:
    holes = Holes(timeframe, length_ns)
    holes.before(START_NS, defects)
    gap, live = holes.before(START_NS + (missing + 1) * length_ns, defects)
    assert (gap.state, gap.ts_recv_ns, gap.detail) == (FeedState.GAP, START_NS + 2 * length_ns, words)
    assert (live.state, live.ts_recv_ns) == (FeedState.LIVE, START_NS + (missing + 2) * length_ns)


def test_an_instant_is_written_to_the_minute_or_second() -> None:
    assert utc_text(START_NS) == "2020-01-01 00:00"
    assert utc_text(START_NS + 61_500_000_000) == "2020-01-01 00:01:01"
