"""Bars of one timeframe, and who hears of them."""

from __future__ import annotations

from typing import Any

import pytest

from framework.model.events import Bar
from tests.wired import MINUTE, NOON, Bench, Scripted, spot, trade

BTC = spot()


def closed(open_ns: int, timeframe: str = "1m", length_ns: int = MINUTE) -> Bar:
    return Bar(BTC, open_ns + length_ns, open_ns, timeframe, 100, 102, 98, 101, 10)


def made(*timeframes: str) -> tuple[Bench, Any]:
    def start(strategy: Any) -> None:
        for timeframe in timeframes:
            strategy.bars(BTC, timeframe)

    bench = Bench({"a": Scripted(start=start)}, instruments=(BTC,))
    return bench, bench.seats["a"].strategy


def test_a_bar_of_the_wanted_timeframe_is_told_as_it_came() -> None:
    bench, strategy = made("1m")
    bars = [closed(NOON), closed(NOON + MINUTE), closed(NOON + 5 * MINUTE)]
    bench.play(*bars)
    assert all(seen is bar for seen, bar in zip(strategy.got("bar"), bars, strict=True))


@pytest.mark.parametrize(
    "piece", [closed(NOON + 1), closed(NOON, "5s", 5_000_000_000)], ids=["off the grid", "a smaller one"]
)
def test_what_is_not_such_a_bar_is_built_from(piece: Bar) -> None:
    bench, strategy = made("1m")
    bench.play(piece)
    bench.wait(2 * MINUTE)
    assert [(seen.timeframe, seen.ts_open_ns) for seen in strategy.got("bar")] == [("1m", NOON)]


def test_a_trade_begins_a_bar_that_the_clock_ends() -> None:
    bench, strategy = made("1m")
    bench.play(trade(BTC, NOON + 1, 100), trade(BTC, NOON + 2, 110))
    bench.wait(MINUTE)
    (seen,) = strategy.got("bar")
    assert (seen.open_points, seen.close_points, seen.trades, seen.ts_recv_ns) == (100, 110, 2, NOON + MINUTE)


def test_bars_that_the_feed_cannot_give_are_heard_of_no_more() -> None:
    bench, _ = made("1m", "90s")
    market = bench.core.engine.markets[BTC]
    bench.play(closed(NOON), closed(NOON + MINUTE))
    assert [stream.builder.timeframe for stream in market.streams] == ["1m"]
    assert "90s cannot be built" in bench.core.engine.aside["a"]
