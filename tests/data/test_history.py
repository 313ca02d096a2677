"""History before a run's start."""

from __future__ import annotations

from framework.data.history import history_before, no_bars
from framework.model.events import Bar, MarketEvent, Trade
from framework.model.instrument import Instrument

MINUTE_NS = 60_000_000_000
BTC = Instrument("BTC/USDT", "bitget", 2, 6)
ETH = Instrument("ETH/USDT", "bitget", 2, 4)


def trades(*minutes_and_prices: tuple[float, int], instrument: Instrument = BTC) -> list[MarketEvent]:
    """Public trades at minutes (with fractions)."""
    return [Trade(instrument, int(minute * MINUTE_NS), price, 1, True) for minute, price in minutes_and_prices]


def closes(bars: object) -> list[int]:
    """What tells bars apart here."""
    return [bar.close_points for bar in bars]  # type: ignore[attr-defined]  # bars


def test_it_gives_the_last_closed_bars_before_the_start() -> None:
    events = trades((0.5, 10), (1.5, 11), (2.5, 12), (3.5, 13))
    bars = history_before(lambda: events, 3 * MINUTE_NS)
    assert closes(bars(BTC, "1m", 2)) == [11, 12]
    assert closes(bars(BTC, "1m", 9)) == [10, 11, 12]


def test_a_bar_that_is_not_closed_at_the_start_is_not_history() -> None:
    events = trades((0.5, 10), (1.2, 11), (1.8, 12))
    assert closes(history_before(lambda: events, int(1.5 * MINUTE_NS))(BTC, "1m", 9)) == [10]


def test_other_instruments_are_left_out() -> None:
    events = [*trades((0.1, 10)), *trades((0.2, 99), instrument=ETH)]
    assert closes(history_before(lambda: events, MINUTE_NS)(BTC, "1m", 9)) == [10]


def test_candles_become_larger_bars() -> None:
    events: list[MarketEvent] = [
        Bar(BTC, (minute + 1) * MINUTE_NS, minute * MINUTE_NS, "1m", 1, 9, 1, minute, 5) for minute in range(12)
    ]
    (first, second) = history_before(lambda: events, 11 * MINUTE_NS)(BTC, "5m", 9)
    assert (first.close_points, second.close_points) == (4, 9)
    assert first.volume_points == 25


def test_none_is_none() -> None:
    assert no_bars(BTC, "1m", 5) == ()
