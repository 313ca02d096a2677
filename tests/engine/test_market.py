"""What is known of one instrument."""

from __future__ import annotations

from decimal import Decimal

from framework.engine.bars import BarBuilder
from framework.engine.market import BarStream, Market
from framework.model.events import FeedState, Quote
from tests.wired import NOON, quote, spot

BTC = spot()


def test_there_is_no_middle_before_the_first_quote() -> None:
    market = Market(BTC)
    assert (market.mid, market.quote, market.book, market.feed_state) == (None, None, None, FeedState.LIVE)


def test_the_middle_is_exact_to_half_a_point() -> None:
    market = Market(BTC)
    market.quote = quote(BTC, NOON, 10_000, 10_001)
    assert market.mid == Decimal("100.005")


def test_the_middle_of_long_prices_is_exact() -> None:
    market = Market(BTC)
    market.quote = Quote(BTC, NOON, 10**20, 1, 10**20 + 1, 1)
    assert market.mid == Decimal("1000000000000000000.005")


def test_a_bar_stream_begins_without_listeners() -> None:
    builder = BarBuilder(BTC, "1m")
    stream = BarStream(builder)
    assert (stream.builder, stream.listeners) == (builder, [])
