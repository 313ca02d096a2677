"""Price-time matching of our orders against what the tape shows."""

from __future__ import annotations

import pytest

from framework.model.events import Bar
from framework.model.instants import MINUTE_NS
from framework.model.rules import SelfTrade
from tests.venues.sim.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """Bids 99 and 98, asks 101, 102 and 105, shown by a book."""
    made = Stage()
    made.depth([(99, 10), (98, 20)], [(101, 5), (102, 5), (105, 50)])
    return made


# --- orders that take ---


def test_market_buy_walks_the_displayed_levels(stage: Stage) -> None:
    stage.place("a", "buy", 12)
    assert stage.told() == ["filled 5 at 101 taker", "filled 5 at 102 taker", "filled 2 at 105 taker"]


def test_market_sell_walks_the_bids_from_the_top(stage: Stage) -> None:
    stage.place("a", "sell", 12)
    assert stage.told() == ["filled 10 at 99 taker", "filled 2 at 98 taker"]


def test_rest_of_a_market_order_deeper_than_displayed_expires(stage: Stage) -> None:
    stage.place("a", "sell", 40)
    assert stage.told() == ["filled 10 at 99 taker", "filled 20 at 98 taker", "expired no_liquidity"]


def test_market_order_without_a_book_expires_unfilled() -> None:
    stage = Stage()
    stage.place("a", "buy", 1)
    assert stage.told() == ["accepted", "expired no_liquidity"]


def test_limit_order_takes_up_to_its_price_and_rests(stage: Stage) -> None:
    stage.place("a", "buy", 12, 102)
    assert stage.told() == ["filled 5 at 101 taker", "filled 5 at 102 taker"]
    assert [order.left_points for order in stage.venue.open_orders()] == [2]


def test_what_we_took_is_not_there_twice(stage: Stage) -> None:
    stage.place("a", "buy", 4, tif="ioc")
    stage.place("b", "buy", 4, tif="ioc")
    assert stage.told("b") == ["filled 1 at 101 taker", "filled 3 at 102 taker"]


def test_taken_shrinks_with_what_is_displayed(stage: Stage) -> None:
    stage.place("a", "buy", 4)
    stage.quote(99, 10, 101, 2)  # fewer than we took: all that is shown counts as taken
    stage.quote(99, 10, 101, 3)
    stage.place("b", "buy", 3, 101, tif="ioc")
    assert stage.told("b") == ["filled 1 at 101 taker", "expired ioc_unfilled"]


def test_a_level_that_vanishes_forgets_what_we_took(stage: Stage) -> None:
    stage.place("a", "buy", 5)
    stage.quote(99, 10, 102, 5)
    stage.quote(99, 10, 101, 5)
    stage.place("b", "buy", 5, 101, tif="ioc")
    assert stage.filled("b") == 5


def test_a_quote_hides_levels_better_than_its_best(stage: Stage) -> None:
    stage.quote(98, 3, 102, 1)
    stage.place("a", "buy", 2, 105)
    assert stage.told("a") == ["filled 1 at 102 taker", "filled 1 at 105 taker"]
    stage.place("b", "sell", 4)
    assert stage.told("b") == ["filled 3 at 98 taker", "expired no_liquidity"]


def test_a_depth_that_comes_after_the_quote_speaks_for_all(stage: Stage) -> None:
    stage.quote(98, 3, 102, 1)
    stage.depth([(99, 7)], [(100, 1)])
    stage.place("a", "sell", 8)
    assert stage.filled("a") == 7


def test_a_delta_changes_only_its_levels(stage: Stage) -> None:
    stage.depth([], [(101, 0), (102, 1)], is_snapshot=False)
    stage.place("a", "buy", 2, 105)
    assert stage.told("a") == ["filled 1 at 102 taker", "filled 1 at 105 taker"]


def test_ioc_takes_what_is_there_and_expires(stage: Stage) -> None:
    stage.place("a", "buy", 12, 102, tif="ioc")
    assert stage.told()[-1] == "expired ioc_unfilled"
    assert stage.filled("a") == 10
    assert not stage.venue.open_orders()


@pytest.mark.parametrize(("size", "told"), [(10, "filled 5 at 102 taker"), (11, "expired fok_unfilled")])
def test_fok_fills_whole_or_not_at_all(stage: Stage, size: int, told: str) -> None:
    stage.place("a", "buy", size, 102, tif="fok")
    assert stage.told()[-1] == told
    assert stage.filled("a") == (10 if size == 10 else 0)


def test_fok_counts_only_what_we_did_not_take_already(stage: Stage) -> None:
    stage.place("a", "buy", 1)
    stage.place("b", "buy", 5, 101, tif="fok")
    assert stage.told("b") == ["accepted", "expired fok_unfilled"]


@pytest.mark.parametrize(("price", "told"), [(101, ["accepted", "expired post_only_would_take"]), (100, ["accepted"])])
def test_post_only_that_would_take_is_accepted_and_expires(stage: Stage, price: int, told: list[str]) -> None:
    stage.place("a", "buy", 1, price, post_only=True)
    assert stage.told() == told


# --- orders that rest ---


def test_resting_order_waits_behind_the_displayed_size(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.trade("sell", 99, 10)
    stage.wait()
    assert stage.filled("a") == 0
    stage.trade("sell", 99, 2)
    stage.wait()
    assert stage.told() == ["accepted", "filled 2 at 99 maker"]


def test_order_inside_the_spread_has_nobody_ahead(stage: Stage) -> None:
    stage.place("a", "buy", 3, 100)
    stage.trade("sell", 100, 1)
    stage.wait()
    assert stage.filled("a") == 1


def test_trades_of_our_own_sides_aggressor_fill_nothing(stage: Stage) -> None:
    stage.place("a", "buy", 3, 100)
    stage.trade("buy", 100, 5)
    stage.trade("buy", 99, 5)
    stage.wait()
    assert stage.filled("a") == 0


def test_a_trade_through_fills_regardless_of_the_queue(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.trade("sell", 98, 2)
    stage.wait()
    assert stage.told() == ["accepted", "filled 2 at 99 maker"]
    stage.trade("sell", 99, 5)  # traded through once, nobody is ahead of the rest
    stage.wait()
    assert stage.filled("a") == 3


def test_all_our_orders_together_fill_no_more_than_the_trade(stage: Stage) -> None:
    for name, price in (("a", 98), ("b", 99), ("c", 100)):
        stage.place(name, "buy", 3, price)
    stage.trade("sell", 97, 7)
    stage.wait()
    assert [stage.filled(name) for name in "cba"] == [3, 3, 1]


def test_sells_at_the_lowest_price_fill_first(stage: Stage) -> None:
    for name, price in (("a", 102), ("b", 100)):
        stage.place(name, "sell", 3, price)
    stage.trade("buy", 103, 4)
    stage.wait()
    assert [stage.filled(name) for name in "ab"] == [1, 3]


def test_first_come_is_first_served_at_one_price(stage: Stage) -> None:
    for name in "ab":
        stage.place(name, "buy", 3, 100)
    stage.trade("sell", 100, 4)
    stage.wait()
    assert [stage.filled(name) for name in "ab"] == [3, 1]


def test_the_displayed_queue_is_consumed_once_for_all_our_orders(stage: Stage) -> None:
    for name in "ab":
        stage.place(name, "buy", 3, 99)
    stage.trade("sell", 99, 16)
    stage.wait()
    assert [stage.filled(name) for name in "ab"] == [3, 3]


def test_a_later_order_stands_behind_what_joined_between(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.quote(99, 14, 101, 5)  # four more joined behind the first order
    stage.place("b", "buy", 3, 99)
    stage.trade("sell", 99, 15)
    stage.wait()
    assert [stage.filled(name) for name in "ab"] == [3, 0]
    stage.trade("sell", 99, 3)
    stage.wait()
    assert stage.filled("b") == 1


def test_displayed_size_that_falls_shortens_the_queue_after_100_ms(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.quote(99, 4, 101, 5)
    stage.wait(100)
    stage.trade("sell", 99, 5)
    stage.wait()
    assert stage.filled("a") == 1


def test_a_quote_that_overtakes_its_own_trade_does_not_count_twice(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.quote(99, 4, 101, 5)
    stage.wait(99)
    stage.trade("sell", 99, 6)  # the very trade that the quote showed: 10 - 6 are still ahead
    stage.wait(1)
    stage.trade("sell", 99, 4)
    stage.wait()
    assert stage.filled("a") == 0
    stage.trade("sell", 99, 1)
    stage.wait()
    assert stage.filled("a") == 1


def test_an_old_small_size_does_not_shorten_the_queue_of_an_order_that_came_later(stage: Stage) -> None:
    stage.place("first", "buy", 1, 99)
    stage.quote(99, 2, 101, 5)
    stage.wait(50)
    stage.quote(99, 8, 101, 5)
    stage.place("a", "buy", 1, 99)
    stage.wait(60)  # the 2 is settled now and counts for the first order only
    stage.trade("sell", 99, 5)
    stage.wait()
    assert [stage.filled("first"), stage.filled("a")] == [1, 0]


def test_a_later_order_is_never_ahead_of_an_earlier_one(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.quote(99, 4, 101, 5)  # not settled: ten may still be ahead of the first order, so of the second too
    stage.place("b", "buy", 3, 99)
    stage.trade("sell", 99, 11)
    stage.wait()
    assert [stage.filled(name) for name in "ab"] == [1, 0]


def test_beyond_the_displayed_levels_the_size_first_shown_is_all_ahead(stage: Stage) -> None:
    stage.place("a", "buy", 3, 90)
    stage.quote(90, 6, 92, 1)
    stage.wait(100)
    stage.trade("sell", 90, 6)
    stage.wait()
    assert stage.filled("a") == 0
    stage.trade("sell", 90, 1)
    stage.wait()
    assert stage.filled("a") == 1


def test_beyond_the_displayed_levels_a_trade_through_fills_at_once(stage: Stage) -> None:
    stage.place("a", "buy", 3, 90)
    stage.trade("sell", 90, 1000)
    stage.wait()
    assert stage.filled("a") == 0
    stage.trade("sell", 89, 1)
    stage.wait()
    assert stage.filled("a") == 1


# --- a displayed price that reaches ours ---


def test_a_crossing_quote_fills_at_our_price_once_it_has_stood_100_ms(stage: Stage) -> None:
    stage.place("a", "buy", 8, 100)
    stage.quote(98, 1, 99, 5)
    stage.wait(99)
    stage.quote(98, 1, 99, 5)
    stage.wait()
    assert stage.filled("a") == 0
    stage.wait(1)
    stage.quote(98, 1, 99, 5)
    stage.wait()
    assert stage.told() == ["accepted", "filled 5 at 100 maker"]


def test_a_locking_quote_counts_as_crossing(stage: Stage) -> None:
    stage.place("a", "sell", 1, 100)
    stage.quote(100, 5, 101, 5)
    stage.wait(100)
    stage.quote(100, 5, 101, 5)
    stage.wait()
    assert stage.told() == ["accepted", "filled 1 at 100 maker"]


def test_a_crossing_that_ends_begins_anew(stage: Stage) -> None:
    stage.place("a", "buy", 8, 100)
    stage.quote(98, 1, 100, 5)
    stage.wait(60)
    stage.quote(101, 1, 102, 5)
    stage.wait(60)
    stage.quote(98, 1, 100, 5)
    stage.wait(60)
    stage.quote(98, 1, 100, 5)
    stage.wait()
    assert stage.filled("a") == 0


def test_an_order_that_comes_to_rest_crossed_is_watched_from_then_on(stage: Stage) -> None:
    stage.quote(99, 10, 101, 0)  # a price without a size: nothing to take
    stage.place("a", "buy", 5, 101)
    stage.wait(50)
    stage.quote(102, 1, 103, 1)
    stage.wait(10)
    stage.quote(98, 1, 101, 5)
    stage.wait(40)
    stage.quote(98, 1, 101, 5)
    stage.wait()
    assert stage.filled("a") == 0
    stage.wait(60)
    stage.quote(98, 1, 101, 5)
    stage.wait()
    assert stage.told() == ["accepted", "filled 5 at 101 maker"]


def test_a_crossing_size_fills_once_however_often_it_is_shown(stage: Stage) -> None:
    stage.place("a", "buy", 8, 100)
    for _ in range(5):
        stage.quote(98, 1, 99, 5)
        stage.wait(100)
    assert stage.filled("a") == 5
    stage.place("b", "buy", 1, 99, tif="ioc")
    assert stage.filled("b") == 0


def test_rest_of_an_order_that_took_all_does_not_take_it_again(stage: Stage) -> None:
    stage.place("a", "buy", 12, 102)
    for _ in range(3):
        stage.wait(100)
        stage.quote(99, 10, 101, 5)
    assert stage.filled("a") == 10
    stage.quote(99, 10, 101, 6)
    stage.wait()
    assert stage.told()[-1] == "filled 1 at 102 maker"


# --- candles and seams ---


def test_a_bar_fills_what_it_traded_through_up_to_its_volume(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.place("b", "sell", 3, 102)
    stage.bar(low=98, high=103, volume=4)
    stage.wait()
    assert stage.told("a") == ["accepted", "filled 3 at 99 maker"]
    assert stage.filled("b") == 1


def test_the_quote_that_a_bar_carries_is_displayed_before_the_bar_trades(stage: Stage) -> None:
    stage.place("a", "buy", 3, 98)
    quote = 97, 5, 104, 5
    stage.venue.observe(
        Bar(stage.instrument, stage.now_ns, stage.now_ns - MINUTE_NS, "1m", 97, 103, 97, 103, 4, 0, *quote)
    )
    stage.place("b", "buy", 5)
    stage.wait()
    assert stage.told("a") == ["accepted", "filled 3 at 98 maker"]
    assert stage.told("b") == ["filled 5 at 104 taker"]


def test_a_bar_that_only_touches_fills_nothing(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.place("b", "sell", 3, 103)
    stage.bar(low=99, high=103, volume=100)
    stage.wait()
    assert [stage.filled("a"), stage.filled("b")] == [0, 0]


def test_at_a_seam_the_book_is_void_and_resting_orders_keep_their_place(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.trade("sell", 99, 9)
    stage.seam()
    stage.place("b", "buy", 1)
    assert stage.told("b") == ["accepted", "expired no_liquidity"]
    stage.trade("sell", 99, 2)
    stage.wait()
    assert stage.filled("a") == 1


def test_at_a_seam_what_was_displayed_long_enough_still_counts(stage: Stage) -> None:
    stage.place("a", "buy", 3, 99)
    stage.quote(99, 4, 101, 5)
    stage.wait(100)
    stage.quote(99, 1, 101, 5)
    stage.seam()
    stage.wait(200)
    stage.trade("sell", 99, 5)
    stage.wait()
    assert stage.filled("a") == 1


def test_what_our_orders_got_of_the_tapes_volume_is_counted(stage: Stage) -> None:
    stage.place("a", "buy", 3, 100)
    stage.trade("sell", 100, 2)
    stage.trade("buy", 101, 7)
    stage.place("b", "buy", 1)
    assert stage.venue.filled_points(stage.instrument) == 2


# --- our own orders against each other ---

MODES = {
    SelfTrade.NONE: (
        ["filled 1 at 100 taker", "filled 3 at 101 taker"],
        ["accepted", "filled 1 at 100 maker"],
    ),
    SelfTrade.CANCEL_MAKER: (["filled 4 at 101 taker"], ["accepted", "expired self_trade"]),
    SelfTrade.CANCEL_TAKER: (["accepted", "expired self_trade"], ["accepted"]),
    SelfTrade.CANCEL_BOTH: (["accepted", "expired self_trade"], ["accepted", "expired self_trade"]),
}


@pytest.mark.parametrize("mode", MODES)
def test_self_trade_prevention(mode: SelfTrade) -> None:
    stage = Stage(self_trade=mode)
    stage.quote(99, 10, 101, 5)
    stage.place("maker", "sell", 1, 100)
    stage.place("taker", "buy", 4)
    taker, maker = MODES[mode]
    assert stage.told("taker") == taker
    assert stage.told("maker") == maker


def test_self_trade_prevention_reaches_our_order_only_after_the_queue_before_it() -> None:
    stage = Stage(self_trade=SelfTrade.CANCEL_TAKER)
    stage.quote(99, 10, 101, 5)
    stage.place("maker", "sell", 1, 101)
    stage.place("taker", "buy", 7)
    assert stage.told("taker") == ["filled 5 at 101 taker", "expired self_trade"]


def test_post_only_against_our_own_order_would_take() -> None:
    stage = Stage(self_trade=SelfTrade.CANCEL_MAKER)
    stage.quote(99, 10, 102, 5)
    stage.place("maker", "sell", 1, 101)
    stage.place("taker", "buy", 1, 101, post_only=True)
    assert stage.told("taker") == ["accepted", "expired post_only_would_take"]
    assert stage.told("maker") == ["accepted"]


def test_on_a_tape_of_trades_alone_the_last_trade_is_what_is_displayed() -> None:
    stage = Stage()
    stage.trade("buy", 100, 5)
    stage.place("a", "buy", 3)
    stage.place("b", "buy", 3)
    stage.trade("sell", 98, 5)
    stage.place("c", "buy", 3)
    assert stage.told("a") == ["filled 3 at 100 taker"]
    assert stage.told("b")[:1] == ["filled 2 at 100 taker"], "the rest was taken"
    assert stage.told("c") == ["filled 3 at 99 taker"], "a tick above what the seller met"


def test_a_quote_ends_the_reign_of_trades() -> None:
    stage = Stage()
    stage.trade("buy", 100, 5)
    stage.quote(90, 1, 91, 1)
    stage.trade("buy", 100, 5)
    stage.place("a", "buy", 1)
    assert stage.told("a") == ["filled 1 at 91 taker"]
