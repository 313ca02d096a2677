"""Targets, ladders, and what waits for an order or for cash."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from framework.model.batch import Change
from framework.model.events import ReportKind
from framework.model.orders import OrderState, Owner, Pending
from tests.router.scene import BTC, CASH, ETH, REFUSED, bench, rest, seen
from tests.wired import LATENCY, SECOND, Bench, Scripted, quote, rules_of

RULES = rules_of()
WITHOUT_AMENDS = replace(RULES, costs={kind: cost for kind, cost in RULES.costs.items() if "amend" not in kind})

# Targets.


def test_a_target_asked_for_again_and_again_is_ordered_once() -> None:
    made = bench(capital="1000000 USDT")
    for _ in range(3):
        made.act("a", lambda strategy: strategy.target(BTC, "1"))
        made.act("a", lambda strategy: [strategy.target(BTC, "1"), strategy.target(BTC, "1")])
        made.wait(LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]
    (order,) = made.core.engine.desk.open_of("a")
    made.fill(order, 4_000)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    made.fill(order)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    assert len(made.port.sent) == 1
    assert made.core.engine.desk.position_points("a", BTC) == 10_000


def test_a_target_of_zero_sells_what_is_held_and_leaves_dust() -> None:
    made = bench(capital="1000 USDT,1.00055 BTC")
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    (order,) = made.core.engine.desk.open_of("a")
    assert (order.is_buy, order.size_points) == (False, 10_000)
    made.fill(order)
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    assert made.core.engine.desk.open_of("a") == []
    assert seen(made).told()[-1][0] is ReportKind.FILLED


def test_a_passive_target_follows_the_price_by_itself() -> None:
    made = bench(capital="100.5 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    (old,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    assert old.pending is Pending.CANCEL
    made.wait(3 * LATENCY)
    assert old.state is OrderState.CANCELLED
    (new,) = made.core.engine.desk.open_of("a")
    assert (new.price, new.left_points, new.post_only) == (100.1, 9_940, True)  # what 100.5 USDT buys at the ask
    assert made.port.requests() == [("place", "BTC/USDT", 1), ("cancel", "BTC/USDT", 1), ("place", "BTC/USDT", 1)]


def test_a_passive_order_that_fills_while_it_is_taken_back_is_not_ordered_again() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    (old,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.fill(old)
    made.wait(3 * LATENCY)
    assert made.core.engine.desk.open_of("a") == []
    assert made.core.engine.desk.position_points("a", BTC) == 10_000


def test_a_smaller_passive_target_takes_the_larger_order_back() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.act("a", lambda strategy: strategy.target(BTC, "0.4", style="passive"))
    made.wait(3 * LATENCY)
    (order,) = made.core.engine.desk.open_of("a")
    assert (order.is_buy, order.size_points) == (True, 4_000)
    assert (REFUSED, "funds") not in seen(made).told()


def test_a_target_that_turns_around_sells_what_is_on_its_way_when_it_has_come() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    (buy,) = made.core.engine.desk.open_of("a")
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    made.wait(LATENCY)
    made.fill(buy)
    (sell,) = made.core.engine.desk.open_of("a")
    assert (sell.is_buy, sell.size_points) == (False, 10_000)
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_cancel_by_hand_ends_what_a_target_still_waits_for() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: [strategy.target(BTC, "1", style="passive"), strategy.cancel_all()])
    made.wait(5 * LATENCY)
    assert made.core.engine.desk.open_of("a") == []


# Ladders.


def rungs(made: Bench, *bids: tuple[str, str], **more: Any) -> None:
    made.act("a", lambda strategy: strategy.ladder(BTC, bids=bids, **more))


def prices(made: Bench) -> list[float | None]:
    return sorted(order.price or 0 for order in made.core.engine.desk.open_of("a"))


def test_unchanged_rungs_stay_and_a_changed_one_is_amended() -> None:
    made = bench()
    rungs(made, ("99", "1"), ("98", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("99", "1"), ("97", "1"))
    rungs(made, ("99", "1"), ("97", "1"))
    assert made.port.requests()[1:] == [("amend", "BTC/USDT", 1)]
    made.wait(2 * LATENCY)
    assert prices(made) == [97.0, 99.0]
    rungs(made, ("99", "1"), ("97", "1"))
    assert len(made.port.sent) == 2


def test_rungs_are_cancelled_and_placed_in_one_turn_where_nothing_is_amended() -> None:
    made = bench(rules=WITHOUT_AMENDS)
    rungs(made, ("99", "1"), ("98", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("99", "1"), ("97", "1"))
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1), ("place", "BTC/USDT", 1)]


def test_a_rung_that_filled_in_part_keeps_its_place_until_the_ladder_moves() -> None:
    made = bench()
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    (order,) = made.core.engine.desk.open_of("a")
    made.fill(order, 4_000)
    rungs(made, ("99", "1"))
    assert len(made.port.sent) == 1
    rungs(made, ("98", "1"))
    assert made.port.sent[-1].batch.changes == (Change(9_800, 14_000),), "a whole rung beside what has filled"


def test_a_change_that_lacks_money_is_cancelled_and_placed_as_it_is_freed() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("97", "1.5"))
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    made.wait(2 * LATENCY)
    assert seen(made).told()[-1] == (REFUSED, "funds")


def test_a_change_that_a_limit_refuses_takes_the_order_back_all_the_same() -> None:
    made = bench(limits={"max_order_notional": "100 USDT"})
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "2"))
    made.wait(2 * LATENCY)
    assert prices(made) == []
    assert seen(made).told()[-2:] == [(REFUSED, "max_order_notional"), (ReportKind.CANCELLED, "")]


def test_rungs_wait_while_a_cancel_of_their_ladder_frees_the_money() -> None:
    made = bench(capital="100 USDT", rules=WITHOUT_AMENDS)
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    made.wait(2 * LATENCY)
    assert prices(made) == [98.0]
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_newer_ladder_replaces_rungs_that_still_wait() -> None:
    made = bench(capital="100 USDT", rules=WITHOUT_AMENDS)
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    rungs(made, ("97", "1"))
    made.wait(4 * LATENCY)
    assert prices(made) == [97.0]


def test_a_newer_ladder_replaces_one_that_waits_for_room_in_the_limits() -> None:
    made = bench(rules=rules_of(limit=1))
    made.act("a", lambda a: [a.buy(BTC, "1", price="90") for _ in range(40)])
    before = len(made.port.sent)
    rungs(made, ("99", "1"), ("98", "1"))
    rungs(made, ("97", "1"), ("96", "1"))
    made.wait(20 * SECOND)
    sent = [order.price_points for each in made.port.sent[before:] for order in each.batch.orders]
    assert 9_900 not in sent and 9_800 not in sent, "what was wanted before never leaves"
    assert {9_700, 9_600} <= set(sent)


def test_a_newer_ladder_that_wants_nothing_leaves_no_rung_waiting() -> None:
    made = bench(capital="100 USDT", rules=WITHOUT_AMENDS)
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    rungs(made)
    made.wait(4 * LATENCY)
    assert prices(made) == []


def test_rungs_that_wait_for_money_of_an_unsent_order_come_too() -> None:
    made = bench(capital="100 USDT", rules=rules_of(limit=1, batch=1))
    made.act("a", lambda strategy: strategy.buy(ETH, "0.02", price="99"))
    rungs(made, ("98", "1"))
    rungs(made, ("97", "1"))
    rungs(made, ("98", "1"))  # the first order of that price is withdrawn by now: it serves no more
    made.wait(3 * SECOND)
    assert prices(made) == [98.0, 99.0]


def test_rungs_without_money_are_refused_when_nothing_will_free_it() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "2"))
    made.wait(2 * LATENCY)
    assert seen(made).told() == [(REFUSED, "funds")]


@pytest.mark.parametrize("end", ["cancel_all", "stop", "raise"])
def test_waiting_rungs_never_come_after_the_strategy_took_its_orders_back(end: str) -> None:
    made = bench(Scripted(feed=lambda s, status: 1 / 0), capital="100 USDT", rules=WITHOUT_AMENDS)
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    if end == "cancel_all":
        made.act("a", lambda strategy: strategy.cancel_all())
    elif end == "stop":
        list(made.core.stop("test"))
    else:
        made.act("a", lambda strategy: strategy.on_feed(None))
    made.wait(10 * LATENCY)
    assert prices(made) == []
    assert [kind for kind, _, _ in made.port.requests()] == ["place", "cancel"]


def test_two_ladders_of_one_instrument_leave_each_other_alone() -> None:
    made = bench()
    rungs(made, ("99", "1"))
    rungs(made, ("98", "1"), tag="deep")
    rungs(made, tag="deep")
    made.wait(3 * LATENCY)
    assert prices(made) == [99.0]


def test_a_tag_is_a_label_and_takes_no_order_from_its_owner() -> None:
    made = bench()
    own = [rest(made, price="90", tag=tag) for tag in ("ladder", "target")]
    rungs(made, ("99", "1"))
    rungs(made)
    made.act("a", lambda s: s.target(BTC, "0.5", style="passive"))
    made.wait(3 * LATENCY)
    assert all(order.is_open for order in own)
    assert [order.owner for order in own] == [Owner.STRATEGY] * 2


# Cash that something else brings.


def test_a_target_waits_for_the_cash_of_another_ones_sell() -> None:
    made = bench(capital=CASH)
    made.act("a", lambda s: [s.target(ETH, notional="150"), s.target(BTC, 0)])
    (sell,) = made.core.engine.desk.open_of("a")
    assert not sell.is_buy
    made.wait(2 * LATENCY)
    made.fill(sell, None, 10_000)
    made.wait(LATENCY)
    (buy,) = made.core.engine.desk.open_of("a")
    assert (buy.instrument, buy.is_buy, buy.size) == (ETH, True, 1.4925)
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_ladders_bids_wait_for_the_cash_of_a_sell() -> None:
    made = bench(capital=CASH)
    made.act("a", lambda s: [s.ladder(ETH, bids=[("99", "1")]), s.sell(BTC, "1")])
    (sell,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.fill(sell, None, 10_000)
    (bid,) = made.core.engine.desk.open_of("a")
    assert (bid.price, bid.owner) == (99.0, Owner.LADDER)


def test_a_target_that_comes_to_wait_for_cash_later_waits_no_longer_than_others() -> None:
    made = bench(capital="100 USDT,1 BTC")
    made.act("a", lambda s: s.target(ETH, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.act("a", lambda s: s.sell(BTC, "1"))
    made.play(quote(ETH, made.now_ns + 1, 10_100, 10_200))
    made.act("a", lambda s: s.target(ETH, "1", style="passive"))
    made.wait(2 * LATENCY)
    assert [order.instrument for order in made.core.engine.desk.open_of("a")] == [BTC], "ETH waits for the cash of BTC"
    made.wait(made.core.gate.intent_age_max_ns)
    (bid,) = [order for order in made.core.engine.desk.open_of("a") if order.instrument is ETH]
    assert (bid.price, bid.size) == (101.0, 0.9803)


@pytest.mark.parametrize("end", ["stop", "raise"])
def test_nothing_that_waits_for_cash_comes_after_the_end(end: str) -> None:
    """The sell fills, and its own `on_fill` is where the strategy fails."""
    made = bench(Scripted(fill=lambda s, o, f: 1 / 0) if end == "raise" else Scripted(), capital=CASH)
    made.act(
        "a",
        lambda s: [
            s.target(ETH, notional="150"),
            s.ladder(ETH, bids=[("50", "1")]),
            s.buy(ETH, "1", price="60"),
            s.target(BTC, 0),
        ],
    )
    sell = next(order for order in made.core.engine.desk.open_of("a") if not order.is_buy)
    made.wait(2 * LATENCY)
    if end == "stop":
        made.core.engine.stop()
    made.fill(sell, None, 10_000)
    made.wait(10 * SECOND)
    assert made.core.engine.desk.open_of("a") == []
    assert ("place", "ETH/USDT", 1) not in made.port.requests()
