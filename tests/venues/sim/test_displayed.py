"""The book as the tape shows it, less what our own orders took."""

from __future__ import annotations

from framework.kernel.topic import MarketTopic, QuoteTopic
from framework.model.events import Depth, Level, Quote, Trade
from framework.venues.sim.displayed import Displayed
from tests.venues.sim.stage import pair

PAIR = pair()


def quote(bid: int, bid_size: int, ask: int, ask_size: int) -> Quote:
    return Quote(PAIR, 0, bid, bid_size, ask, ask_size)


def depth(bids: tuple[Level, ...], asks: tuple[Level, ...] = (), *, is_snapshot: bool = True) -> Depth:
    return Depth(PAIR, 0, bids, asks, is_snapshot)


def test_nothing_is_shown_before_the_first_event() -> None:
    displayed = Displayed()
    assert displayed.best(is_bid=True) == displayed.mid_doubled() == 0
    assert displayed.available(is_bid=True) == []
    assert displayed.size_at(100, is_bid=True) is None


def test_a_quote_over_a_depth() -> None:
    displayed = Displayed()
    displayed.deepen(depth(((100, 1), (99, 2), (97, 3))))
    displayed.show(quote(99, 7, 101, 1))
    assert displayed.available(is_bid=True) == [(99, 7), (97, 3)]
    sizes = {price: displayed.size_at(price, is_bid=True) for price in (100, 99, 98, 97, 96)}
    assert sizes == {100: 0, 99: 7, 98: 0, 97: 3, 96: None}
    seen = {price: displayed.seen_at(price, is_bid=True) for price in (100, 99, 98, 97)}
    assert seen == {100: 0, 99: 7, 98: None, 97: None}


def test_the_other_side_is_its_mirror() -> None:
    displayed = Displayed()
    displayed.deepen(depth((), ((100, 1), (101, 2), (103, 3))))
    displayed.show(quote(99, 7, 101, 9))
    assert displayed.available(is_bid=False) == [(101, 9), (103, 3)]
    sizes = {price: displayed.size_at(price, is_bid=False) for price in (100, 101, 102, 103, 104)}
    assert sizes == {100: 0, 101: 9, 102: 0, 103: 3, 104: None}
    assert displayed.mid_doubled() == 200


def test_a_side_that_a_quote_leaves_empty_shows_nothing() -> None:
    displayed = Displayed()
    displayed.deepen(depth(((99, 2),), ((101, 2),)))
    displayed.show(quote(99, 2, 0, 0))
    assert displayed.available(is_bid=False) == []
    assert displayed.mid_doubled() == 0


def test_a_delta_changes_and_removes() -> None:
    displayed = Displayed()
    displayed.deepen(depth(((99, 2), (98, 1))))
    displayed.deepen(depth(((99, 0), (97, 5), (96, 0)), is_snapshot=False))
    assert displayed.available(is_bid=True) == [(98, 1), (97, 5)]


def test_taken_is_never_more_than_shown_and_forgotten_with_its_level() -> None:
    displayed = Displayed()
    displayed.show(quote(99, 10, 101, 1))
    displayed.take(99, 4, is_bid=True)
    displayed.take(99, 2, is_bid=True)
    assert displayed.available(is_bid=True) == [(99, 4)]
    displayed.show(quote(99, 5, 101, 1))
    displayed.refresh()
    assert displayed.taken_bids == {99: 5}
    displayed.show(quote(98, 5, 101, 1))
    displayed.refresh()
    assert displayed.taken_bids == {}


def test_a_void_book_knows_nothing() -> None:
    displayed = Displayed()
    displayed.deepen(depth(((99, 2),), ((101, 2),)))
    displayed.take(99, 1, is_bid=True)
    displayed.forget()
    assert displayed.size_at(99, is_bid=True) is None
    assert not displayed.taken_bids


def test_what_a_gap_or_a_later_depth_made_void_is_not_shown_though_it_is_the_last() -> None:
    quotes = QuoteTopic(MarketTopic(), MarketTopic())
    displayed = Displayed(quotes)
    quotes.tell(quote(99, 7, 101, 1))
    assert displayed.mid_doubled() == 200, "read where it came along"
    displayed.forget()
    assert (displayed.quote(), displayed.mid_doubled(), displayed.has_book) == (None, 0, True)
    quotes.tell(quote(98, 7, 100, 1))
    assert displayed.mid_doubled() == 198
    displayed.deepen(depth(((90, 1),), ((92, 1),)))
    assert (displayed.quote(), displayed.mid_doubled()) == (None, 182)


def test_a_trade_is_shown_where_there_are_no_quotes() -> None:
    trades = MarketTopic()
    quotes = QuoteTopic(trades, MarketTopic())
    displayed = Displayed(quotes)
    trades.tell(Trade(PAIR, 0, 100, 5, True))
    displayed.show_trade()
    assert (displayed.available(is_bid=False), displayed.available(is_bid=True)) == ([(100, 5)], [(99, 5)])
    assert not displayed.has_book
    displayed.forget()
    assert displayed.available(is_bid=False) == []
    trades.tell(Trade(PAIR, 0, 100, 5, False))
    displayed.show_trade()
    quotes.tell(quote(50, 1, 60, 1))
    assert displayed.mid_doubled() == 110
