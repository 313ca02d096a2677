"""History comes in the order of time, whoever asked for it."""

from __future__ import annotations

from typing import Any

from framework.engine.seat import Seat
from framework.engine.warmup import bars_before, indicators_warmup
from framework.indicators import Ema, Sma
from framework.model.events import Bar
from framework.model.instrument import Instrument
from tests.wired import MINUTE, NOON, Scripted, spot

BTC, ETH = spot(), spot("ETH/USDT")


def history(there: Instrument, timeframe: str, count: int) -> list[Bar]:
    length_ns = MINUTE * int(timeframe[:-1])
    return [
        Bar(there, NOON - age * length_ns, NOON - (age + 1) * length_ns, timeframe, 1, 1, 1, 1, 1)
        for age in reversed(range(count))
    ]


def test_the_histories_of_a_pair_run_side_by_side() -> None:
    seat = Seat("a", Scripted())
    seat.bar_requests += [(ETH, "1m", 3), (BTC, "1m", 2), (BTC, "2m", 2)]
    seen = [
        ((bar.ts_recv_ns - NOON) // MINUTE, bar.instrument.base, bar.timeframe) for bar in bars_before(seat, history)
    ]
    assert seen == [
        (-2, "ETH", "1m"),
        (-2, "BTC", "2m"),
        (-1, "ETH", "1m"),
        (-1, "BTC", "1m"),
        (0, "ETH", "1m"),
        (0, "BTC", "1m"),
        (0, "BTC", "2m"),
    ]


def test_what_is_asked_for_twice_comes_once_as_long_as_the_longer() -> None:
    seat = Seat("a", Scripted())
    seat.bar_requests += [(BTC, "1m", 3), (BTC, "1m", None), (BTC, "1m", 1)]
    assert len(list(bars_before(seat, history))) == 3


def test_indicators_are_found_in_lists_and_dicts_too() -> None:
    strategy = Scripted()
    assert indicators_warmup(strategy) == 0
    strategy.means = {"x": [Sma(7), (Ema(3),)]}  # type: ignore[attr-defined]
    assert indicators_warmup(strategy) == Sma(7).warmup


def test_a_strategy_is_as_it_was_after_its_indicators_were_looked_for() -> None:
    strategy = Scripted()
    strategy.mean = Sma(7)  # type: ignore[attr-defined]
    before = dict(vars(strategy))
    indicators_warmup(strategy)
    strategy.later = 1  # type: ignore[attr-defined]
    assert vars(strategy) == {**before, "later": 1}


def test_lists_that_hold_themselves_are_looked_into_once() -> None:
    strategy = Scripted()
    ring: list[Any] = [Sma(7)]
    ring += [ring, ring, {"ring": ring}]
    deep: list[Any] = [Sma(9)]
    for _ in range(5_000):
        deep = [deep, deep]
    strategy.means, strategy.deep = ring, deep  # type: ignore[attr-defined]
    assert indicators_warmup(strategy) == Sma(9).warmup
