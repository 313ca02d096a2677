"""Topics of market events: who takes an event, and before whom."""

from __future__ import annotations

from typing import Any

from framework.kernel.topic import MarketTopic, Rank, bring_quote, topics_for, topics_of
from framework.model.events import Bar, Depth, FeedStatus, Quote, Trade
from tests.wired import MINUTE, NOON, quote, spot

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
        Rank.KILL_SWITCH, Rank.JOURNAL, Rank.VENUE, Rank.BOOKS, Rank.BARS, Rank.STRATEGIES,
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


def test_the_quote_of_a_bar_is_told_once_whoever_brings_it() -> None:
    walk = Walk()
    walk.join(Rank.STRATEGIES, "quote")
    bar = Bar(BTC, NOON, NOON - MINUTE, "1m", 1, 1, 1, 1, 1, 0, quote(BTC, NOON))
    bring_quote(walk.topic, bar)
    bring_quote(walk.topic, bar)
    bring_quote(walk.topic, Bar(BTC, NOON, NOON - MINUTE, "1m", 1, 1, 1, 1, 1))
    assert walk.seen == [("quote", bar.quote)]
