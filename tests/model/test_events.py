"""Market events: what strategies look at is what the points say."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.events import Bar, FeedState, FeedStatus, Fill, Mark, OrderReport, Quote, ReportKind, Source, Trade
from framework.model.instrument import Instrument

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6)
points = st.integers(1, 10**12)


@given(points, points, points, points)
def test_a_quote_shows_its_points_as_floats(bid: int, bid_size: int, ask: int, ask_size: int) -> None:
    quote = Quote(BTC, 1, bid, bid_size, ask, ask_size)
    assert (quote.bid, quote.ask) == (bid / 100, ask / 100)
    assert (quote.bid_size, quote.ask_size) == (bid_size / 10**6, ask_size / 10**6)
    assert quote.mid == (bid + ask) / 200
    assert quote.spread == (ask - bid) / 100


def test_the_middle_may_lie_between_two_points() -> None:
    assert Quote(BTC, 1, 100, 1, 101, 1).mid == 1.005


@pytest.mark.parametrize(("bid", "ask", "down", "up"), [(100, 101, 100, 101), (100, 102, 101, 101), (0, 1, 0, 1)])
def test_the_middle_in_points_is_rounded_down_or_up(bid: int, ask: int, down: int, up: int) -> None:
    quote = Quote(BTC, 1, bid, 1, ask, 1)
    assert (quote.mid_points, quote.mid_points_up) == (down, up)


@given(points, points)
def test_a_trade_and_a_mark_show_their_points_as_floats(price: int, size: int) -> None:
    trade = Trade(BTC, 1, price, size, is_buy=True)
    assert (trade.price, trade.size) == (price / 100, size / 10**6)
    assert Mark(BTC, 1, price).price == price / 100


def test_a_bar_shows_its_points_as_floats() -> None:
    bar = Bar(BTC, 60, 0, "1m", 100, 400, 50, 200, 3_000_000)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (1.0, 4.0, 0.5, 2.0, 3.0)


@pytest.mark.parametrize("state", FeedState)
def test_a_feed_is_live_unless_its_last_prices_are_nothing_to_trade_on(state: FeedState) -> None:
    status = FeedStatus(BTC, 1, state)
    assert status.is_live == (state not in (FeedState.STALE, FeedState.GAP, FeedState.ENDED))


def test_an_event_cannot_be_changed() -> None:
    quote = Quote(BTC, 1, 100, 1, 101, 1)
    with pytest.raises(AttributeError):
        quote.bid_points = 99  # type: ignore[misc]  # that is the test


def test_a_report_comes_back_from_its_bytes_as_it_was() -> None:
    fill = Fill("t1", 100, 5, Decimal("0.00000001"), "USDT", is_maker=True)
    report = OrderReport("id", 7, ReportKind.FILLED, Source.VENUE, "v1", "reason", "detail", fill)
    data = msgspec.msgpack.encode(report)
    assert msgspec.msgpack.decode(data, type=OrderReport) == report
