"""Bars against what others made of the same trades, and the rules of opening and closing."""

from __future__ import annotations

import gzip
import hashlib
import json
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.data.ticks import TickFile
from framework.engine.bars import BarBuilder
from framework.model.errors import ConfigError, GridError
from framework.model.events import Bar, Trade
from framework.model.instrument import Instrument

ROOT = Path(__file__).parents[2]
XRPETH_TRADES = ROOT / ".." / "shared" / "data" / "market" / "trades-binance-xrpeth" / "XRP_ETH-trades.json.gz"
TAPE = ROOT / "framework" / "data" / "tapes" / "binance-2024-08-08"
TAPE_START_NS = 1_723_161_253_937_085_000

# sha256 over lines `open ms,open,high,low,close,volume` (in 10**-8) of the bars that the data's publisher built of the
# same trades; compared with all 2,469 and 706 of them.
PUBLISHED = {
    "1m": (2469, "b20cf4fd1ab617001652e92eb195b6538a398883612ec75d5ec2759ee46646a7"),
    "5m": (706, "cf76f84d3e5c3b8d39ba7e0efce0d5fcd195eafe5c78c59c9213e439bd360c24"),
}

# Minute, open, high, low, close, volume in 0.00001 BTC, trades: grouped by an awk script.
BTC_MINUTES = """
1723161240 61837.63 61855.37 61824 61831.99 1346372 912
1723161300 61831.99 61860.8 61773.83 61773.83 1456776 1271
1723161360 61773.84 61773.84 61723.99 61727.65 1499668 961
1723161420 61727.65 61735.99 61651.01 61661.39 6181470 2150
1723161480 61661.38 61745.27 61583.22 61723.42 7592852 3168
1723161540 61723.42 61743.5 61666.17 61685.99 3126177 1295
1723161600 61685.99 61744.37 61614.74 61617.5 3700691 1936
1723161660 61617.5 61630.89 61556.04 61596.68 7682608 2826
1723161720 61596.68 61700 61596.68 61642 4195010 2085
1723161780 61642 61686 61608.3 61644.49 3618776 1608
1723161840 61644.5 61691.64 61602 61607.85 3114153 1518
1723161900 61607.85 61608 61602.01 61602.02 276999 174
"""

BTC = Instrument("BTC/USDT", "test", 2, 5)
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def trade(ts_ns: int, price: int = 100, size: int = 1, instrument: Instrument = BTC) -> Trade:
    return Trade(instrument, ts_ns, price, size, True)


def minute(open_ns: int, price: int = 100, timeframe: str = "1m", length_ns: int = MINUTE) -> Bar:
    return Bar(BTC, open_ns + length_ns, open_ns, timeframe, price, price + 2, price - 2, price + 1, 10, 3)


def built(builder: BarBuilder, trades: list[Trade]) -> list[Bar]:
    """All bars, the last one closed by the clock."""
    bars = [bar for bar in map(builder.push, trades) if bar is not None]
    last = builder.close(builder.closes_at_ns)
    return bars if last is None else [*bars, last]


def naive(trades: list[Trade], timeframe: str, length_ns: int) -> list[Bar]:
    """The same by grouping whole lists."""
    bars = []
    for number, group in groupby(trades, lambda each: each.ts_recv_ns // length_ns):
        found = list(group)
        prices = [each.price_points for each in found]
        volume = sum(each.size_points for each in found)
        open_ns = number * length_ns
        bars.append(
            Bar(
                found[0].instrument,
                open_ns + length_ns,
                open_ns,
                timeframe,
                prices[0],
                max(prices),
                min(prices),
                prices[-1],
                volume,
                len(found),
            )
        )
    return bars


@pytest.fixture(scope="module")
def xrpeth() -> list[Trade]:
    if not XRPETH_TRADES.exists():
        pytest.skip(f"{XRPETH_TRADES} is not here; the bundled tape's golden test still runs")
    instrument = Instrument("XRP/ETH", "binance", 8, 8)
    rows = json.loads(gzip.decompress(XRPETH_TRADES.read_bytes()), parse_float=str)
    return [
        Trade(
            instrument,
            ms * 1_000_000,
            instrument.data_price(price),
            instrument.data_size(size),
            side == "buy",
            int(id_),
        )
        for ms, id_, _, side, price, size, _ in rows
    ]


@pytest.mark.parametrize(("timeframe", "length_ns"), [("1m", MINUTE), ("5m", 5 * MINUTE)])
def test_bars_equal_the_published_ones_of_the_same_trades(xrpeth: list[Trade], timeframe: str, length_ns: int) -> None:
    bars = built(BarBuilder(xrpeth[0].instrument, timeframe), xrpeth)
    text = "".join(
        f"{bar.ts_open_ns // 1_000_000},{bar.open_points},{bar.high_points},{bar.low_points},{bar.close_points},{bar.volume_points}\n"
        for bar in bars
    )
    assert (len(bars), hashlib.sha256(text.encode()).hexdigest()) == PUBLISHED[timeframe]
    assert bars == naive(xrpeth, timeframe, length_ns)


def test_bars_of_the_bundled_tape() -> None:
    path = TAPE / "binance_spot_btcusdt_20240808T2354Z_651s.csv.gz"
    tape = TickFile(path, BTC, TAPE_START_NS, TAPE_START_NS + 651 * SECOND)
    trades = [event for chunk in tape.chunks() for event in chunk if isinstance(event, Trade)]
    found = [
        f"{bar.ts_open_ns // SECOND} {bar.open:.10g} {bar.high:.10g} {bar.low:.10g} {bar.close:.10g} "
        f"{bar.volume_points} {bar.trades}"
        for bar in built(BarBuilder(BTC, "1m"), trades)
    ]
    assert found == BTC_MINUTES.split("\n")[1:-1]


@given(
    st.lists(st.tuples(st.integers(0, 90 * SECOND), st.integers(1, 50), st.integers(1, 9)), max_size=60),
    st.sampled_from([("1s", SECOND), ("15s", 15 * SECOND), ("1m", MINUTE)]),
)
def test_bars_equal_a_naive_grouping(steps: list[tuple[int, int, int]], timeframe: tuple[str, int]) -> None:
    now_ns, trades = 0, []
    for step_ns, price, size in steps:
        now_ns += step_ns
        trades.append(trade(now_ns, price, size))
    assert built(BarBuilder(BTC, timeframe[0]), trades) == naive(trades, *timeframe)


def test_the_clock_closes_a_bar_at_its_end_and_once() -> None:
    builder = BarBuilder(BTC, "1m")
    assert builder.closes_at_ns == 0
    builder.push(trade(90 * SECOND, 100))
    assert builder.closes_at_ns == 120 * SECOND
    assert builder.close(120 * SECOND - 1) is None
    assert builder.close(120 * SECOND) == Bar(BTC, 120 * SECOND, 60 * SECOND, "1m", 100, 100, 100, 100, 1, 1)
    assert builder.closes_at_ns == 0
    assert builder.close(500 * SECOND) is None
    assert builder.push(trade(120 * SECOND)) is None


def test_the_first_later_trade_closes_a_bar_with_its_end_as_time() -> None:
    builder = BarBuilder(BTC, "1m")
    builder.push(trade(1, 100))
    closed = builder.push(trade(10 * MINUTE, 200))
    assert closed is not None
    assert (closed.ts_recv_ns, closed.close_points) == (MINUTE, 100)
    assert builder.closes_at_ns == 11 * MINUTE


def test_a_stretch_without_a_trade_gives_no_bar() -> None:
    bars = built(BarBuilder(BTC, "1m"), [trade(0), trade(5 * MINUTE)])
    assert [bar.ts_open_ns for bar in bars] == [0, 5 * MINUTE]


def test_a_trade_at_the_very_end_belongs_to_the_next_bar() -> None:
    bars = built(BarBuilder(BTC, "1m"), [trade(MINUTE - 1, 1), trade(MINUTE, 2)])
    assert [bar.open_points for bar in bars] == [1, 2]


def test_minutes_add_up_to_five_minutes_as_their_trades_do(xrpeth: list[Trade]) -> None:
    five = BarBuilder(xrpeth[0].instrument, "5m")
    given = [*map(five.push_bar, built(BarBuilder(xrpeth[0].instrument, "1m"), xrpeth)), five.close(five.closes_at_ns)]
    assert [bar for bar in given if bar] == naive(xrpeth, "5m", 5 * MINUTE)


def test_the_last_smaller_bar_completes_the_larger_one_at_once() -> None:
    builder = BarBuilder(BTC, "5m")
    for number in range(4):
        assert builder.push_bar(minute(number * MINUTE)) is None
    completed = builder.push_bar(minute(4 * MINUTE, 110))
    assert completed == Bar(BTC, 5 * MINUTE, 0, "5m", 100, 112, 98, 111, 50, 15)
    assert builder.closes_at_ns == 0


def test_the_clock_waits_for_a_smaller_bar_of_the_same_instant() -> None:
    """Else the smaller bar that closes with the larger one would come too late for it."""
    builder = BarBuilder(BTC, "5m")
    builder.push_bar(minute(0))
    assert builder.close(5 * MINUTE) is None
    assert builder.closes_at_ns == 5 * MINUTE + 1
    closed = builder.close(builder.closes_at_ns)
    assert closed is not None
    assert closed.ts_recv_ns == 5 * MINUTE


def test_a_smaller_bar_after_a_hole_gives_the_bar_left_open() -> None:
    builder = BarBuilder(BTC, "5m")
    builder.push_bar(minute(MINUTE))
    left = builder.push_bar(minute(9 * MINUTE, 200))
    assert left is not None
    assert (left.ts_open_ns, left.close_points) == (0, 101)
    second = builder.close(builder.closes_at_ns)
    assert second is not None
    assert (second.ts_open_ns, second.open_points) == (5 * MINUTE, 200)


def test_a_smaller_bar_of_a_bar_already_given_is_left_out() -> None:
    builder = BarBuilder(BTC, "5m")
    builder.push_bar(minute(0))
    builder.close(builder.closes_at_ns)
    assert builder.push_bar(minute(4 * MINUTE)) is None
    assert builder.closes_at_ns == 0
    builder.push_bar(minute(5 * MINUTE, 100))
    builder.push_bar(minute(0, 900))
    closed = builder.close(builder.closes_at_ns)
    assert closed is not None
    assert closed.high_points == 102


@pytest.mark.parametrize("timeframe", ["1m", "3m", "7m"])
def test_a_length_that_does_not_divide_is_refused(timeframe: str) -> None:
    builder = BarBuilder(BTC, timeframe)
    with pytest.raises(ConfigError, match=rf"{timeframe} cannot be built from the 2m bars.*multiple of 2m"):
        builder.push_bar(minute(0, timeframe="2m", length_ns=2 * MINUTE))


def test_a_timeframe_that_is_no_span_of_time_is_refused() -> None:
    with pytest.raises(GridError, match=r"timeframe of bars of BTC/USDT@test.*found 'minute'"):
        BarBuilder(BTC, "minute")
