"""Topics of market events: who takes an event, and before whom."""

from __future__ import annotations

from typing import Any

from framework.kernel.topic import MarketTopic, Rank, quotes_of, topics_for, topics_of
from framework.model.events import Bar, Depth, FeedStatus, Quote, Trade
from tests.wired import MINUTE, NOON, bringing, quote, spot

BTC, ETH = spot(), spot("ETH/USDT")


class Walk:
    """A topic, and who took what."""

    def __init__(self) -> None:
        self.topic = MarketTopic()
        self.seen: list[tuple[str, Any]] = []

    def join(self, rank: Rank, name: str) -> Any:
        def take(event: Any) -> None:
            self.seen.append((name, event))

        self.topic.join(rank, take)
        return take

    def names(self) -> list[str]:
        self.topic.tell("event")
        return [name for name, _ in self.seen]


def test_ranks_are_in_the_order_of_a_turn() -> None:
    assert sorted(Rank) == [
        Rank.KILL_SWITCH, Rank.JOURNAL, Rank.QUOTES, Rank.VENUE, Rank.BOOKS, Rank.BARS, Rank.STRATEGIES,
    ]  # fmt: skip


def test_an_event_that_nobody_takes_is_known_as_the_last() -> None:
    topic = MarketTopic()
    assert (topic.last, topic.take) == (None, None)
    topic.tell("event")
    assert topic.last == "event"


def test_takers_come_by_rank_whenever_they_joined_and_within_one_by_time() -> None:
    walk = Walk()
    for rank, name in [
        (Rank.STRATEGIES, "a"), (Rank.VENUE, "venue"), (Rank.STRATEGIES, "b"), (Rank.KILL_SWITCH, "kill"), (Rank.BARS, "bars"),
    ]:  # fmt: skip
        walk.join(rank, name)
    assert walk.names() == ["kill", "venue", "bars", "a", "b"]


def test_who_joins_twice_takes_an_event_once() -> None:
    walk = Walk()
    take = walk.join(Rank.STRATEGIES, "a")
    walk.topic.join(Rank.STRATEGIES, take)
    assert walk.names() == ["a"]


def test_who_leaves_takes_no_more_and_the_others_go_on() -> None:
    walk = Walk()
    takes = [walk.join(Rank.STRATEGIES, name) for name in "abc"]
    walk.topic.leave(takes[1])
    assert walk.names() == ["a", "c"]
    walk.topic.leave(takes[0])
    walk.topic.leave(takes[2])
    assert walk.topic.take is None


def test_who_leaves_or_joins_while_an_event_is_taken_does_so_from_the_next_on() -> None:
    walk = Walk()

    def once(event: str) -> None:
        walk.seen.append(("once", event))
        walk.topic.leave(once)
        walk.join(Rank.STRATEGIES, "late")

    walk.topic.join(Rank.BOOKS, once)
    walk.join(Rank.BARS, "bars")
    walk.topic.tell("first")
    walk.topic.tell("second")
    assert walk.seen == [("once", "first"), ("bars", "first"), ("bars", "second"), ("late", "second")]


def test_a_taker_finds_its_event_as_the_last() -> None:
    topic, seen = MarketTopic(), []
    topic.join(Rank.BOOKS, lambda event: seen.append(topic.last is event))
    topic.tell(object())
    assert seen == [True]


def test_every_market_event_of_every_instrument_has_a_road_of_its_own() -> None:
    topics = topics_for([BTC, ETH])
    assert {Trade, Quote, Depth, Bar, FeedStatus} <= set(topics)
    assert len({id(topic) for by_instrument in topics.values() for topic in by_instrument.values()}) == 2 * len(topics)
    assert topics_of(topics, ETH) == {kind: by_instrument[ETH] for kind, by_instrument in topics.items()}


def closed(ts_ns: int, seen: Quote | None = None) -> Bar:
    bar = Bar(BTC, ts_ns, ts_ns - MINUTE, "1m", 1, 1, 1, 1, 1)
    return bar if seen is None else bringing(bar, seen)


def test_a_quote_that_a_bar_brings_is_the_last_and_made_once() -> None:
    here = topics_of(topics_for([BTC]), BTC)
    quotes, seen = quotes_of(here), quote(BTC, NOON)
    assert quotes.quote is None
    here[Bar].tell(closed(NOON, seen))
    assert quotes.quote == seen
    assert quotes.quote is quotes.quote


def test_the_later_counts_and_of_one_instant_the_quote_that_a_bar_brings() -> None:
    here = topics_of(topics_for([BTC]), BTC)
    quotes = quotes_of(here)
    brought, own = quote(BTC, NOON, 5, 6), quote(BTC, NOON + 1, 7, 8)
    quotes.tell(quote(BTC, NOON))
    here[Bar].tell(closed(NOON, brought))
    assert quotes.quote == brought
    here[Bar].tell(closed(NOON, brought))
    quotes.tell(own)
    assert quotes.quote is own


def test_a_bar_without_a_quote_leaves_the_last_as_it_is() -> None:
    here = topics_of(topics_for([BTC]), BTC)
    quotes, seen = quotes_of(here), quote(BTC, NOON)
    quotes.tell(seen)
    here[Bar].tell(closed(NOON + MINUTE))
    assert quotes.quote is seen


def test_who_takes_quotes_is_told_that_of_a_bar_before_anybody_takes_the_bar_and_once() -> None:
    here = topics_of(topics_for([BTC]), BTC)
    told: list[Quote | Bar] = []
    here[Bar].join(Rank.VENUE, told.append)
    here[Quote].join(Rank.STRATEGIES, told.append)
    bar, seen = closed(NOON, quote(BTC, NOON)), quote(BTC, NOON)
    here[Bar].tell(bar)
    assert told == [seen, bar]
    here[Quote].leave(told.append)
    here[Bar].tell(closed(NOON + MINUTE, seen))
    assert told[2:] == [closed(NOON + MINUTE, seen)], "nobody takes quotes any more"


def test_trades_alone_tell_a_touch_made_once_until_a_quote_comes() -> None:
    here = topics_of(topics_for([BTC]), BTC)
    quotes, seen = quotes_of(here), quote(BTC, NOON)
    assert quotes.touch() is None
    here[Trade].tell(Trade(BTC, NOON, 10_000, 7, True))
    told = quotes.touch()
    assert told == Quote(BTC, NOON, 9_999, 7, 10_000, 7)
    assert quotes.touch() is told
    here[Trade].tell(Trade(BTC, NOON + 1, 10_000, 7, False))
    assert quotes.touch() == Quote(BTC, NOON + 1, 10_000, 7, 10_001, 7)
    assert quotes.quote is None
    quotes.tell(seen)
    assert quotes.touch() is seen
