"""Candle files of users: quotes and bars at each close, and what is wrong in a file told as events."""

from __future__ import annotations

import gzip
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.data.candles import CandleFile, CandleModel
from framework.data.defects import Unusable
from framework.model.errors import DataError, GridError
from framework.model.events import Bar, FeedState, FeedStatus, MarketEvent, Quote
from framework.model.instrument import Instrument

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "market"
HEADER = "timestamp,open,high,low,close,volume"
START_S = 1_577_836_800
START_NS = START_S * 1_000_000_000
MINUTE_NS = 60_000_000_000


def instrument(price_digits: int, size_digits: int) -> Instrument:
    price_digits, size_digits = max(price_digits, 2), max(size_digits, 4)
    return Instrument(
        "BTC/USDT",
        "test",
        price_digits,
        size_digits,
        tick_points=10 ** (price_digits - 2),
        lot_points=10 ** (size_digits - 4),
    )


def row(minute: int, prices: str = "100,110,90,105", volume: str = "20") -> str:
    return f"{START_S + 60 * minute},{prices},{volume}"


def candle_file(
    path: Path, *rows: str, header: str = HEADER, timeframe: str = "", model: CandleModel | None = None
) -> CandleFile:
    path.write_text("\n".join([header, *rows]) + "\n")
    return CandleFile(path, instrument, timeframe, model)


def played(file: CandleFile) -> list[MarketEvent]:
    return list(chain.from_iterable(file.chunks()))


def statuses(events: list[MarketEvent]) -> list[FeedStatus]:
    return [event for event in events if isinstance(event, FeedStatus)]


def opens(events: list[MarketEvent]) -> list[int]:
    return [(event.ts_open_ns - START_NS) // MINUTE_NS for event in events if isinstance(event, Bar)]


def test_each_candle_is_a_bar_at_its_close_with_its_quote(tmp_path: Path) -> None:
    file = candle_file(tmp_path / "a.csv", row(0), row(1, "105,106,104,104.5", "0.00012"))
    traded = file.instrument
    first_ns, second_ns = START_NS + MINUTE_NS, START_NS + 2 * MINUTE_NS
    # Half a bps of 105 is 0.00525: the bid is rounded down to the tick of 0.01, the ask up.
    first = 10499, 200000, 10501, 200000
    # A tenth of the volume is less than a lot (0.0001): one lot is shown.
    second = 10449, 10, 10451, 10
    assert played(file) == [
        Bar(traded, first_ns, START_NS, "1m", 10000, 11000, 9000, 10500, 2000000, 0, *first),
        Bar(traded, second_ns, first_ns, "1m", 10500, 10600, 10400, 10450, 12, 0, *second),
    ]
    assert [event.quote for event in played(file) if isinstance(event, Bar)] == [
        Quote(traded, first_ns, *first),
        Quote(traded, second_ns, *second),
    ]
    assert (file.start_ns, file.end_ns, file.timeframe) == (START_NS, START_NS + 2 * MINUTE_NS, "1m")


def test_the_assumptions_are_said_with_their_numbers(tmp_path: Path) -> None:
    model = CandleModel(half_spread_bps=Decimal("2.5"), volume_share=Decimal("0.05"))
    said = " ".join(candle_file(tmp_path / "a.csv", row(0), row(1), model=model).assumptions)
    assert "2.5 bps to each side" in said
    assert "5 % of the candle's volume" in said
    assert "UTC" in said


@given(st.integers(1000, 10**9), st.decimals(0, 500, places=2), st.integers(1, 50))
def test_the_made_up_quote_surrounds_the_close_on_the_tick(
    close_points: int, half_spread_bps: Decimal, tick: int
) -> None:
    traded = Instrument("A/B", "x", 2, 2, tick_points=tick)
    bid, _, ask, _ = CandleModel(half_spread_bps=half_spread_bps).quote(traded, close_points, 100)
    half = close_points * half_spread_bps / 10_000
    assert bid % tick == ask % tick == 0
    assert bid < close_points < ask
    assert bid <= close_points - half < bid + tick + 1
    assert ask >= close_points + half > ask - tick - 1


def test_a_price_below_the_tick_is_unusable() -> None:
    with pytest.raises(Unusable, match=r"expected a price of some ticks of 0\.01 \(BTC/USDT@test\), found 0\.0031"):
        CandleModel().quote(instrument(4, 4), 31, 100)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(1, "100,99,90,95"), "expected the high and the low around open and close, found 100, 99, 90, 95"),
        (row(1, "100,110,101,105"), "expected the high and the low around open and close"),
        (row(1, "100,110,0,105"), "expected prices above 0, found 100, 110, 0, 105"),
        (row(1, "100,110,-90,105"), "expected a number not below 0, found '-90'"),
        (row(1, volume="-1"), "expected a number not below 0, found '-1'"),
        (row(1, volume="nan"), "expected a finite number"),
        (row(1, "100,110,90,abc"), "expected a number, found 'abc'"),
        (row(1, "0.001,0.001,0.001,0.001"), "expected a price of some ticks"),
        (row(0), "found the time 1577836800 twice"),
        (row(-3), "expected a candle after 2020-01-01 00:00, found the time 1577836620"),
        (row(9), "expected no candle after the last row's"),
        (f"{START_S + 90},100,110,90,105,20", "expected the time of a 1m candle, found 1577836890"),
        ("yesterday,100,110,90,105,20", "expected an epoch in s, ms, us or ns, or an ISO date, found 'yesterday'"),
        ("1577836860,100", "expected 6 columns, found 2"),
    ],
)
def test_an_unusable_row_is_left_out_and_told(tmp_path: Path, bad: str, reason: str) -> None:
    events = played(candle_file(tmp_path / "a.csv", row(0), bad, row(2), row(3), row(4)))
    defect, gap, live = statuses(events)
    assert (defect.state, gap.state, live.state) == (FeedState.DEFECT, FeedState.GAP, FeedState.LIVE)
    assert reason in defect.detail
    assert defect.detail.endswith("(a.csv, line 3)")
    assert defect.ts_recv_ns == START_NS + MINUTE_NS
    assert opens(events) == [0, 2, 3, 4]
    times = [event.ts_recv_ns for event in events]
    assert times == sorted(times)


def test_a_hole_is_told_when_its_first_candle_should_have_closed(tmp_path: Path) -> None:
    events = played(candle_file(tmp_path / "a.csv", row(0), row(1), row(7), row(8), row(10)))
    first, live, second, _ = statuses(events)
    assert first == FeedStatus(
        first.instrument,
        START_NS + 3 * MINUTE_NS,
        FeedState.GAP,
        "5 minutes missing, 2020-01-01 00:02 to 2020-01-01 00:07 UTC (a.csv)",
    )
    assert (live.state, live.ts_recv_ns) == (FeedState.LIVE, START_NS + 8 * MINUTE_NS)
    assert second.detail.startswith("1 minute missing")


@pytest.mark.parametrize(
    ("step_s", "timeframe"),
    [(1, "1s"), (60, "1m"), (300, "5m"), (3600, "1h"), (86400, "1d"), (604800, "1w"), (5400, "90m")],
)
def test_the_timeframe_is_the_commonest_step(tmp_path: Path, step_s: int, timeframe: str) -> None:
    rows = [f"{START_S + step_s * number},1,1,1,1,1" for number in (0, 1, 3, 4, 9, 10, 11)]
    file = candle_file(tmp_path / "a.csv", *rows)
    assert (file.timeframe, file.step_ns) == (timeframe, step_s * 1_000_000_000)


def test_candles_that_begin_at_an_odd_hour_are_no_defects(tmp_path: Path) -> None:
    rows = [f"{START_S + 57_600 + 86_400 * number},1,1,1,1,1" for number in range(4)]
    assert statuses(played(candle_file(tmp_path / "a.csv", *rows))) == []


def test_a_given_timeframe_counts_and_one_candle_alone_needs_it(tmp_path: Path) -> None:
    assert opens(played(candle_file(tmp_path / "a.csv", row(0), timeframe="1m"))) == [0]
    with pytest.raises(DataError, match=r"a\.csv: expected two candles.*found none; set timeframe in \[paper\]"):
        candle_file(tmp_path / "a.csv", row(0))
    with pytest.raises(GridError, match=r"timeframe of a\.csv"):
        candle_file(tmp_path / "a.csv", row(0), timeframe="minute")


def test_a_volume_of_zero_is_a_candle(tmp_path: Path) -> None:
    events = played(candle_file(tmp_path / "a.csv", row(0, volume="0"), row(1)))
    assert opens(events) == [0, 1]
    assert isinstance(events[0], Bar) and events[0].quote is not None
    assert events[0].quote.bid_size_points == 1


def test_digits_are_as_fine_as_the_data_and_floats_written_out_are_rounded(tmp_path: Path) -> None:
    file = candle_file(
        tmp_path / "a.csv",
        row(0, "0.01234567,0.01234567,0.01234567,0.01234567", "33.35399601000002"),
        row(1, "0.0111111111111111111,0.02,0.011,0.0125", "1e-05"),
    )
    assert (file.instrument.price_digits, file.instrument.size_digits) == (12, 8)
    assert [line for line in file.assumptions if "rounded to" in line] == [
        "Prices are rounded to 12 decimals; the file has up to 19.",
        "Sizes are rounded to 8 decimals; the file has up to 14.",
    ]
    bars = [event for event in played(file) if isinstance(event, Bar)]
    assert (bars[0].close_points, bars[0].volume_points) == (12345670000, 3335399601)
    assert (bars[1].open_points, bars[1].volume_points) == (11111111111, 1000)


def test_the_newest_first_is_read_from_the_end_and_said(tmp_path: Path) -> None:
    rows = [row(4), row(3, "100,abc,90,105"), row(2), "", row(1), row(0)]
    file = candle_file(tmp_path / "a.csv", *rows)
    assert (file.timeframe, file.start_ns, file.end_ns) == ("1m", START_NS, START_NS + 5 * MINUTE_NS)
    events = played(file)
    assert opens(events) == [0, 1, 2, 4]
    assert [status.detail for status in statuses(events) if status.state is FeedState.DEFECT] == [
        "row left out: expected a number, found 'abc' (a.csv, line 3)"
    ]
    assert "The file has its newest candle first; it is read from its end." in file.assumptions
    in_order = candle_file(tmp_path / "b.csv", *rows[::-1])
    assert opens(played(in_order)) == opens(events)


def test_a_last_row_of_another_time_does_not_turn_the_file_round(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"a\.csv: expected the oldest candle first, found 2020-01-01 00:05 .*sort the file"
    ):
        candle_file(tmp_path / "a.csv", row(5), row(6), row(7), row(0))


def test_a_file_in_which_nothing_is_a_number_is_refused(tmp_path: Path) -> None:
    rows = [f"{START_S + 60 * minute};100,0;110,0;90,0;105,0;20,0" for minute in range(3)]
    with pytest.raises(DataError, match=r"a\.csv: expected candles with numbers such as 61234\.5, .*found '100,0'"):
        candle_file(tmp_path / "a.csv", *rows, header=HEADER.replace(",", ";"))


def test_a_file_without_a_usable_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv: expected candles, found no row"):
        candle_file(tmp_path / "a.csv", "x,y,z", "nothing")


def test_a_file_cut_off_is_refused_at_once(tmp_path: Path) -> None:
    packed = gzip.compress("\n".join([HEADER, *map(row, range(5000))]).encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[:-200])
    with pytest.raises(DataError, match=r"a\.csv\.gz: .*copy or download it again"):
        CandleFile(tmp_path / "a.csv.gz", instrument)


def test_a_file_without_header_is_played_from_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([row(0), row(1)]))
    assert opens(played(CandleFile(path, instrument))) == [0, 1]


def shared(*parts: str) -> CandleFile:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return CandleFile(path, instrument)


def test_a_real_minute_file_has_its_known_holes() -> None:
    file = shared("candles-1m", "bitfinex_BTCUSD_1m_2019-05-01_2019-06-30.csv.gz")
    events = played(file)
    gaps = [event for event in statuses(events) if event.state is FeedState.GAP]
    missing = [int(event.detail.split()[0].replace(",", "")) for event in gaps]
    assert (len(opens(events)), sum(missing), max(missing)) == (86_971, 869, 188)
    assert not [event for event in statuses(events) if event.state is FeedState.DEFECT]


def test_a_real_hour_file_with_iso_dates() -> None:
    file = shared("candles-other", "bitvavo_BTC-EUR_1h_2021-12-22_2023-12-31.csv.gz")
    events = played(file)
    gaps = [int(event.detail.split()[0]) for event in statuses(events) if event.state is FeedState.GAP]
    assert (file.timeframe, sum(isinstance(event, Bar) for event in events), sum(gaps), max(gaps)) == (
        "1h",
        17_706,
        15,
        6,
    )
