"""What of its market data a simulated venue looks at, and when."""

from __future__ import annotations

import pytest

from framework.kernel.topic import MarketTopic
from framework.model.events import Bar, FeedState, FeedStatus, Quote, ReportKind, Trade
from tests.venues.sim.stage import SECOND, Stage
from tests.wired import bringing


@pytest.fixture
def stage() -> Stage:
    """A stage whose quote nobody has looked at."""
    made = Stage()
    made.quote(99, 4, 101, 5)
    return made


def topics(stage: Stage, *kinds: type) -> list[MarketTopic]:
    return [stage.topics[kind][stage.instrument] for kind in kinds or (Trade, Bar, Quote)]


def followed(stage: Stage) -> list[str]:
    """What is looked at as it comes; with quotes also the bars, which may bring some."""
    return [kind.__name__ for kind in (Trade, Bar, Quote) if topics(stage, kind)[0].take is not None]


def test_while_no_order_rests_nothing_is_looked_at_and_an_order_meets_the_last_quote(stage: Stage) -> None:
    stage.trade("buy", 101, 1)
    stage.quote(98, 4, 100, 5)
    assert followed(stage) == []
    stage.place("a", "buy", 5, 100)
    assert stage.filled("a") == 5


def test_while_an_order_rests_everything_is_looked_at(stage: Stage) -> None:
    stage.place("a", "buy", 2, 99)
    assert followed(stage) == ["Trade", "Bar", "Quote"]
    stage.trade("sell", 98, 9)
    stage.wait()
    assert stage.filled("a") == 2
    stage.quote(98, 4, 100, 5)
    assert followed(stage) == [], "nothing of ours is left"


def test_after_a_cancel_the_next_events_are_the_last_that_are_looked_at(stage: Stage) -> None:
    stage.place("a", "buy", 2, 99)
    stage.cancel("a")
    stage.trade("buy", 101, 1)
    assert followed(stage) == ["Bar", "Quote"]
    stage.quote(98, 4, 100, 5)
    assert followed(stage) == []
    stage.place("b", "buy", 2, 98)
    assert followed(stage) == ["Trade", "Bar", "Quote"]


def test_quotes_are_looked_at_until_what_was_taken_is_no_longer_shown(stage: Stage) -> None:
    stage.place("a", "buy", 3)
    assert followed(stage) == ["Bar", "Quote"]
    stage.quote(99, 4, 101, 5)
    stage.place("b", "buy", 9, 101)
    assert (stage.filled("b"), followed(stage)) == (2, ["Trade", "Bar", "Quote"])
    stage.cancel("b")
    stage.trade("buy", 101, 1)
    stage.quote(101, 4, 103, 5)
    assert followed(stage) == []
    stage.quote(99, 4, 101, 5)
    stage.place("c", "buy", 5)
    assert stage.filled("c") == 5, "shown anew, all of it is there"


def test_what_was_taken_is_forgotten_with_its_level_though_no_order_rests(stage: Stage) -> None:
    stage.place("a", "buy", 3)
    for ask in (101, 103, 101):
        stage.quote(99, 4, ask, 5)
    stage.place("b", "buy", 5)
    assert stage.filled("b") == 5


@pytest.mark.parametrize("state", [FeedState.SEAM, FeedState.GAP])
def test_a_quote_from_before_a_gap_is_nothing_to_trade_on(stage: Stage, state: FeedState) -> None:
    stage.venue.observe(FeedStatus(stage.instrument, stage.now_ns, state))
    stage.place("a", "buy", 3)
    assert (stage.filled("a"), stage.reports[-1].kind) == (0, ReportKind.EXPIRED)


def test_a_quote_from_before_trouble_that_voids_nothing_stays(stage: Stage) -> None:
    stage.venue.observe(FeedStatus(stage.instrument, stage.now_ns, FeedState.STALE))
    stage.place("a", "buy", 3)
    assert stage.filled("a") == 3


def test_a_depth_after_a_quote_that_nobody_looked_at_speaks_for_all(stage: Stage) -> None:
    stage.depth([(89, 2)], [(91, 2)])
    stage.place("a", "buy", 3, 91)
    assert stage.filled("a") == 2


def bar(stage: Stage, low: int, high: int, quote: Quote) -> Bar:
    there = stage.instrument
    return bringing(Bar(there, stage.now_ns, stage.now_ns - 60 * SECOND, "1m", low, high, low, high, 9), quote)


def test_the_quote_of_a_bar_that_nobody_looked_at_is_what_an_order_meets(stage: Stage) -> None:
    stage.venue.observe(bar(stage, 90, 95, Quote(stage.instrument, stage.now_ns, 93, 4, 94, 1)))
    stage.place("a", "buy", 3, 94)
    assert stage.filled("a") == 1


def test_the_quote_of_a_bar_comes_before_it(stage: Stage) -> None:
    stage.place("a", "buy", 9, 95)
    there = stage.topics[Bar][stage.instrument]
    there.tell(bar(stage, 95, 99, Quote(stage.instrument, stage.now_ns, 93, 4, 94, 1)))
    stage.wait(100)
    assert stage.filled("a") == 0, "the quote has just begun to stand, and a touch fills nothing"
    there.tell(bar(stage, 94, 99, Quote(stage.instrument, stage.now_ns, 93, 4, 94, 1)))
    stage.wait()
    fills = [report.fill.size_points for report in stage.reports if report.fill is not None]
    assert fills == [1, 8], "what the quote displays has stood for long enough, and then the bar went through the order"
