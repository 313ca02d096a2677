"""All markets: instruments by id, and who is called for what."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from framework.model.errors import PluginError
from framework.model.events import Depth, FeedState, FeedStatus, Pulse, Quote, Trade
from tests.wired import NOON, Bench, Scripted, quote, spot, trade

BTC, ETH = spot(), spot("ETH/USDT")


def test_an_instrument_that_the_run_has_not_is_told_with_who_asked() -> None:
    markets = Bench({"a": Scripted()}, instruments=(BTC, ETH)).core.engine.markets
    assert markets.find(BTC.id, "it") is BTC
    with pytest.raises(PluginError, match=r"^it: no instrument 'ETH/USDC@bitget' .* did you mean 'ETH/USDT@bitget'"):
        markets.find("ETH/USDC@bitget", "it")


def test_subscribers_are_told_apart_by_event_and_instrument() -> None:
    strategy = Scripted()
    made = Bench({"a": strategy}, instruments=(BTC, ETH))
    made.subscribe(Quote, BTC, BTC)
    made.subscribe(Trade, ETH)
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 2), trade(BTC, NOON + 3), trade(ETH, NOON + 4))
    assert [(name, what.instrument.base) for name, what, _ in strategy.seen[2:]] == [("quote", "BTC"), ("trade", "ETH")]


def test_a_book_is_kept_from_the_first_subscription_on() -> None:
    made = Bench({"a": Scripted(start=lambda s: s.books(BTC))}, instruments=(BTC, ETH))
    markets = made.core.engine.markets
    book = markets.book(BTC)
    assert book is not None
    assert markets.book(ETH) is None
    made.play(Depth(BTC, NOON + 1, ((1, 1),), ((2, 1),), True, 1))
    assert markets.book(BTC) is book
    assert book.is_valid


def test_prices_are_the_last_ones() -> None:
    made = Bench({"a": Scripted()}, instruments=(BTC,))
    markets = made.core.engine.markets
    assert (markets.quote(BTC), markets.mid(BTC)) == (None, None)
    made.play(quote(BTC, NOON + 1))
    assert markets.quote(BTC) == quote(BTC, NOON + 1)
    assert markets.mid(BTC) == Decimal("100.5")


def test_a_pulse_is_the_feed_s_state_and_when_it_was_heard_last() -> None:
    made = Bench({"a": Scripted()}, instruments=(BTC,))
    markets = made.core.engine.markets
    assert markets.pulse(BTC) == Pulse(FeedState.LIVE, 0)
    made.play(quote(BTC, NOON + 1), trade(BTC, NOON + 5))
    assert markets.pulse(BTC) == Pulse(FeedState.LIVE, NOON + 5)
    stamped = structs.replace(quote(BTC, NOON + 9), ts_venue_ns=NOON + 2)
    made.play(stamped, FeedStatus(BTC, NOON + 9, FeedState.STALE))
    assert markets.pulse(BTC) == Pulse(FeedState.STALE, NOON + 9, 7)
    assert made.core.engine.desk.pulse(BTC) == markets.pulse(BTC)
