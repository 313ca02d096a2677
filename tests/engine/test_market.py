"""What is known of one instrument."""

from __future__ import annotations

from decimal import Decimal

from framework.engine.market import Market
from framework.model.events import FeedState, Quote, Trade
from tests.wired import NOON, Bench, Scripted, quote, spot

BTC = spot()


def made() -> Market:
    return Bench({"a": Scripted()}, instruments=(BTC,)).core.engine.markets[BTC]


def test_there_is_no_middle_before_the_first_quote() -> None:
    market = made()
    assert (market.mid(), market.quotes.touch(), market.book, market.feed_state) == (None, None, None, FeedState.LIVE)


def test_the_middle_is_exact_to_half_a_point() -> None:
    market = made()
    market.quotes.last = quote(BTC, NOON, 10_000, 10_001)
    assert market.mid() == Decimal("100.005")


def test_the_middle_of_long_prices_is_exact() -> None:
    market = made()
    market.quotes.last = Quote(BTC, NOON, 10**20, 1, 10**20 + 1, 1)
    assert market.mid() == Decimal("1000000000000000000.005")


def test_trades_alone_tell_a_touch_until_a_quote_comes() -> None:
    market = made()
    assert market.quotes.touch() is None
    market.trades.last = Trade(BTC, 1, 10_000, 7, True)
    assert (
        market.quotes.touch().bid_points,
        market.quotes.touch().ask_points,
        market.quotes.touch().ask_size_points,
    ) == (9_999, 10_000, 7)
    market.trades.last = Trade(BTC, 2, 10_000, 7, False)
    assert (market.quotes.touch().bid_points, market.quotes.touch().ask_points) == (10_000, 10_001)
    assert market.mid() == Decimal("100.005")
    market.quotes.last = Quote(BTC, 3, 9_000, 1, 9_100, 1)
    assert market.quotes.touch() is market.quotes.last
