"""The tick format: exact events, and what is wrong in a file told as events."""

from __future__ import annotations

import gzip
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.data.defects import DETAILED_MAX, Unusable
from framework.data.ticks import HEADER, REMEMBERED_MAX, Points, TickFile
from framework.model.errors import DataError, GridError
from framework.model.events import Depth, FeedState, FeedStatus, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument

START_NS = 1_723_161_253_937_085_000
END_NS = START_NS + 600_000_000_000


def tick_file(path: Path, instrument: Instrument, *rows: str, header: str = HEADER) -> TickFile:
    path.write_text("\n".join([header, *rows]) + "\n")
    return TickFile(path, instrument, START_NS, END_NS)


def played(file: TickFile) -> list[MarketEvent]:
    return list(chain.from_iterable(file.chunks()))


def defects(events: list[MarketEvent]) -> list[str]:
    return [event.detail for event in events if isinstance(event, FeedStatus)]


def test_rows_become_events_in_exact_points(tmp_path: Path, btc: Instrument) -> None:
    file = tick_file(
        tmp_path / "a.csv",
        btc,
        "150811,t,61837.63,0.02,s,3735683259",
        "179638,q,61837.63,3.78826,61837.64,1.6052",
        "299466,d,61837.63:3.78826|61837:0.617,61837.64:1.6052|61838.1:0.1",
        "299466,t,61837.64,0.00001,b,3735683260",
    )
    assert played(file) == [
        Trade(btc, START_NS + 150_811_000, 6183763, 2000, False, 3735683259),
        Quote(btc, START_NS + 179_638_000, 6183763, 378826, 6183764, 160520),
        Depth(
            btc,
            START_NS + 299_466_000,
            ((6183763, 378826), (6183700, 61700)),
            ((6183764, 160520), (6183810, 10000)),
            is_snapshot=True,
        ),
        Trade(btc, START_NS + 299_466_000, 6183764, 1, True, 3735683260),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2000000,q,100.02,1,100.01,1", "expected the bid below the ask, found 100.02 and 100.01"),
        ("2000000,q,100.01,1,100.01,1", "expected the bid below the ask"),
        ("999999,t,100,1,b,2", "expected time to go on, found it 0.000001 s back"),
        ("600000001,t,100,1,b,2", "expected nothing after the end of the recording, found it 0.000001 s later"),
        ("2000000,t,-100,1,b,2", "not below 0, found '-100'"),
        ("2000000,t,0,1,b,2", "expected a number above 0, found '0'"),
        ("2000000,t,100,0.0,b,2", "expected a number above 0, found '0.0'"),
        ("2000000,t,nan,1,b,2", "expected a finite number, found 'nan'"),
        ("2000000,t,100.001,1,b,2", "expected a multiple of 0.01"),
        ("2000000,t,100,1,x,2", "expected b or s, found 'x'"),
        ("2000000,t,100,1,b,1", "expected a trade id above 1, found 1"),
        ("2000000,t,100,1,b", "expected time, q, t or d, and its values, found '2000000,t,100,1,b'"),
        ("2000000,x,100,1,b,2", "expected time, q, t or d, and its values"),
        ("noon,t,100,1,b,2", "expected time, q, t or d, and its values"),
        ("2000000", "expected time, q, t or d, and its values"),
        ("2000000,d,99:1|100:1,101:1", "expected bids that fall, found others"),
        ("2000000,d,99:1,102:1|101:1", "expected asks that rise, found others"),
        ("2000000,d,99:1,99:1", "expected the best bid below the best ask, found a crossed book"),
        ("2000000,d,99:1:2,100:1", "expected time, q, t or d, and its values"),
    ],
)
def test_an_unusable_row_is_left_out_and_told(tmp_path: Path, btc: Instrument, row: str, reason: str) -> None:
    events = played(tick_file(tmp_path / "a.csv", btc, "1000000,t,100,1,b,1", row, "3000000,t,100,1,b,2"))
    assert [type(event) for event in events] == [Trade, FeedStatus, Trade]
    status = events[1]
    assert isinstance(status, FeedStatus)
    assert (status.state, status.ts_recv_ns, status.instrument) == (FeedState.DEFECT, START_NS + 1_000_000_000, btc)
    assert reason in status.detail
    assert status.detail.endswith("(a.csv, line 3)")


def test_defects_are_told_one_by_one_up_to_a_bound_and_then_counted(tmp_path: Path, btc: Instrument) -> None:
    events = played(tick_file(tmp_path / "a.csv", btc, *["bad"] * 1500, "1,t,100,1,b,1"))
    told = defects(events)
    assert len(told) == DETAILED_MAX + 1
    assert told[-1] == f"{1500 - DETAILED_MAX:,} more rows left out (a.csv)"
    assert isinstance(events[-2], Trade)


def test_missing_trades_are_a_gap_and_then_the_feed_lives_again(tmp_path: Path, btc: Instrument) -> None:
    events = played(tick_file(tmp_path / "a.csv", btc, "1,t,100,1,b,7", "2,t,100,1,b,11"))
    assert [event.state for event in events if isinstance(event, FeedStatus)] == [FeedState.GAP, FeedState.LIVE]
    assert defects(events)[0] == "3 trades missing after trade 7 (a.csv)"
    assert isinstance(events[-1], Trade)


def test_an_empty_side_of_a_book_is_no_fault(tmp_path: Path, btc: Instrument) -> None:
    (event,) = played(tick_file(tmp_path / "a.csv", btc, "1,d,,100:1"))
    assert event == Depth(btc, START_NS + 1000, (), ((10000, 100000),), is_snapshot=True)


def test_blank_lines_are_no_defects(tmp_path: Path, btc: Instrument) -> None:
    assert len(played(tick_file(tmp_path / "a.csv", btc, "", "1,t,100,1,b,7", "", ""))) == 1


def test_a_file_cut_off_plays_what_is_there_and_then_fails(tmp_path: Path, btc: Instrument) -> None:
    rows = [f"{number},t,100,1,b,{number}" for number in range(1, 50_000)]
    packed = gzip.compress("\n".join([HEADER, *rows]).encode())
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    found: list[MarketEvent] = []
    with pytest.raises(DataError, match=r"cut\.csv\.gz: .*its end missing; copy or download it again"):
        found.extend(chain.from_iterable(TickFile(path, btc, START_NS, END_NS).chunks()))
    assert len(found) > 10_000
    assert all(isinstance(event, Trade) for event in found)


@pytest.mark.parametrize("header", ["time,kind,a,b,c,d", "1,t,100,1,b,7", "t_us,k,a,b,c"])
def test_another_header_is_refused_at_once(tmp_path: Path, btc: Instrument, header: str) -> None:
    with pytest.raises(
        DataError, match=r"a\.csv, line 1: expected the header t_us,k,a,b,c,d, found .*; choose a tick file"
    ):
        tick_file(tmp_path / "a.csv", btc, header=header)


def test_a_missing_or_empty_file_is_refused_at_once(tmp_path: Path, btc: Instrument) -> None:
    with pytest.raises(DataError, match="expected a recording, found nothing there"):
        TickFile(tmp_path / "none.csv.gz", btc, START_NS, END_NS)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DataError, match="found an empty file"):
        TickFile(tmp_path / "empty.csv", btc, START_NS, END_NS)


@given(st.integers(0, 10**19), st.integers(0, 9))
@example(2**51, 0)
@example(2**51 - 1, 0)
@example(1, 9)
def test_the_quick_road_equals_the_exact_one(points: int, digits: int) -> None:
    instrument = Instrument("A/B", "x", digits, digits)
    quick = Points(instrument.data_price)
    text = f"{Decimal(points).scaleb(-digits):f}"
    try:
        expected = instrument.data_price(text)
    except GridError:  # Above what is believed of a number from outside.
        with pytest.raises(GridError):
            quick[text]
        return
    if expected:
        assert quick[text] == expected == points
        assert quick[text] == expected
    else:
        with pytest.raises(Unusable):
            quick[text]


@given(
    st.one_of(
        st.text(max_size=12), st.decimals().map(str), st.floats().map(repr), st.sampled_from(["1e3", " 1", "1_0", "-0"])
    )
)
def test_the_quick_road_accepts_what_the_exact_one_does(text: str) -> None:
    instrument = Instrument("A/B", "x", 3, 3)
    quick = Points(instrument.data_price)
    try:
        expected = instrument.data_price(text)
    except GridError:
        expected = 0
    if expected:
        assert quick[text] == expected
    else:
        with pytest.raises(ValueError, match="expected"):
            quick[text]


@pytest.mark.parametrize("text", ["61800.000000001", "61800.0000001", "100.0049999999999"])
def test_a_price_finer_than_a_point_is_refused_as_the_instrument_refuses_it(btc: Instrument, text: str) -> None:
    with pytest.raises(GridError, match="expected a multiple of"):
        btc.data_price(text)
    with pytest.raises(GridError, match="expected a multiple of"):
        Points(btc.data_price)[text]


def test_what_is_remembered_is_bounded() -> None:
    quick = Points(int)
    for number in range(1, 3 * REMEMBERED_MAX):
        assert quick[str(number)] == number
    assert len(quick) <= REMEMBERED_MAX
