"""From a wanted position to orders: never twice, never for dust, never beyond what is free."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.model.instrument import Instrument
from framework.model.intents import Style, Target
from framework.model.orders import OrderState, Owner, Pending, TimeInForce, write
from framework.router.wants.targets import (
    is_sendable,
    missing_points,
    must_wait,
    obsolete,
    order_for,
    points_on_their_way,
    wanted_points,
)
from tests.wired import NOON, FakeDesk, order_of, quote, spot

BTC = spot(lot_points=10)
PERP = Instrument("BTC/USDT:USDT", "bitget", 2, 4)


def target(size: int | None = None, notional: str | None = None, **more: Any) -> Target:
    there = more.pop("there", BTC)
    return Target("a", there, size, None if notional is None else Decimal(notional), **more)


def desk(position: int = 0, *orders: Any, **free: str) -> FakeDesk:
    made = FakeDesk(quote(BTC, NOON), quote(PERP, NOON), free={"USDT": "100000", "BTC": str(position / 10_000), **free})
    made.positions = {BTC: position, PERP: position}
    made.orders = list(orders)
    return made


def resting(id_: str = "o1", **facts: Any) -> Any:
    order = order_of(BTC, id_, tag="target", owner=Owner.TARGET, post_only=True, **facts)
    write(order, state=OrderState.OPEN)
    return order


def test_a_size_is_wanted_as_it_is_and_a_notional_at_the_middle() -> None:
    assert wanted_points(target(-70), desk()) == -70
    assert wanted_points(target(notional="201"), desk()) == 20_000
    assert wanted_points(target(notional="-201"), desk()) == -20_000
    assert wanted_points(target(notional="201"), FakeDesk()) is None


def test_what_is_held_and_what_is_on_its_way_is_not_missing() -> None:
    there = desk(4_000, order_of(BTC, "o1", size_points=3_000))
    assert missing_points(target(10_000), there) == 3_000
    there.orders.append(order_of(BTC, "o2", size_points=3_000, tag="elsewhere"))
    assert missing_points(target(10_000), there) == 0


def test_orders_of_other_strategies_and_instruments_are_not_on_their_way() -> None:
    there = desk(0, order_of(BTC, "o1", strategy="b"), order_of(PERP, "o2"))
    assert points_on_their_way("a", BTC, there) == 0
    there.orders.append(order_of(BTC, "o3", is_buy=False, size_points=30))
    assert points_on_their_way("a", BTC, there) == -30


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [(10_009, 0), (10_090, 0), (10_110, 110), (9_990, 0), (9_000, -1_000), (0, -10_000)],
)
def test_a_rest_that_no_order_can_carry_is_dust(wanted: int, missing: int) -> None:
    """Below a lot (10 points), below 1 USDT (100 points at 100.00)."""
    assert missing_points(target(wanted), desk(10_000)) == missing


@pytest.mark.parametrize(("wanted", "ordered"), [(10_119, 110), (9_881, -110)])
def test_an_order_for_what_is_missing_is_rounded_toward_zero_on_the_lot(wanted: int, ordered: int) -> None:
    there = desk(10_000, USDT="1000")
    order = order_for(target(wanted), missing_points(target(wanted), there), there, NOON)
    assert (order.is_buy, order.size_points) == (ordered > 0, abs(ordered))


def test_below_the_smallest_size_is_dust() -> None:
    there = spot(size_min_points=500)
    prices = FakeDesk(quote(there, NOON))
    assert not is_sendable(there, 499, prices)
    assert is_sendable(there, -500, prices)
    assert not is_sendable(there, 500, FakeDesk())


def test_within_leaves_a_near_position_alone() -> None:
    assert missing_points(target(10_000, within=0.1), desk(9_000)) == 0
    assert missing_points(target(10_000, within=0.1), desk(8_999)) == 1_001
    assert missing_points(target(0, within=0.1), desk(8_999)) == -8_999


def test_without_a_quote_nothing_is_missing() -> None:
    assert missing_points(target(10_000), FakeDesk()) == 0
    assert missing_points(target(notional="10"), FakeDesk()) == 0


def test_a_market_target_takes_on_the_lot() -> None:
    order = order_for(target(10_015), 10_015, desk(), NOON)
    assert (order.is_buy, order.size_points, order.price_points, order.post_only) == (True, 10_010, 0, False)
    assert (order.tag, order.strategy, order.ts_created_ns, order.tif) == ("target", "a", NOON, TimeInForce.GTC)


@pytest.mark.parametrize(("missing", "price"), [(1_000, 10_000), (-1_000, 10_100)])
def test_a_passive_target_rests_at_the_best_price_of_its_own_side(missing: int, price: int) -> None:
    order = order_for(target(0, style=Style.PASSIVE, tag="slow"), missing, desk(5_000), NOON)
    assert (order.is_buy, order.price_points, order.post_only, order.tag) == (missing > 0, price, True, "slow")


@pytest.mark.fault("E34")
def test_buys_are_cut_to_the_money_and_sells_to_what_is_held() -> None:
    assert order_for(target(10_000), 10_000, desk(USDT="51.005"), NOON).size_points == 5_000, "1 % above the ask of 101"
    assert order_for(target(10_000), 10_000, desk(USDT="51.004"), NOON).size_points == 4_990
    passive = target(10_000, style=Style.PASSIVE)
    assert order_for(passive, 10_000, desk(USDT="50.5"), NOON).size_points == 5_000, "a limit pays what it says"
    assert order_for(target(-10_000), -10_000, desk(7_777), NOON).size_points == 7_770


def test_where_nothing_is_free_the_whole_gap_is_asked_for_so_that_the_refusal_is_seen() -> None:
    assert order_for(target(10_000), 10_000, desk(USDT="0.5"), NOON).size_points == 10_000
    assert order_for(target(-10_000), -10_000, desk(0), NOON).size_points == 10_000


def test_a_perpetual_is_sold_by_the_money() -> None:
    order = order_for(target(-50_000, there=PERP), -50_000, desk(0, USDT="303"), NOON)
    assert (order.is_buy, order.size_points) == (False, 30_000)


PASSIVE: Any = {"style": Style.PASSIVE}


@pytest.mark.parametrize(
    ("wanted", "position", "facts"),
    [
        (10_000, 0, {"price_points": 9_999}),  # the price moved
        (10_000, 0, {"price_points": 10_100, "is_buy": False}),  # the wrong side
        (5_000, 0, {}),  # too much
        (0, 0, {}),  # none is wanted any more
        (-10_000, 0, {}),
        (5_000, 10_000, {"price_points": 10_100, "is_buy": False}),  # sells too much
    ],
)
def test_a_resting_order_that_serves_no_longer_is_obsolete(wanted: int, position: int, facts: dict[str, Any]) -> None:
    order = resting(**facts)
    assert obsolete(target(wanted, **PASSIVE), desk(position, order)) == [order]


@pytest.mark.parametrize(
    ("wanted", "position", "facts"),
    [
        (10_000, 0, {}),
        (20_000, 0, {}),  # more comes beside it
        (10_000, 50, {}),  # 0.50 USDT too much is dust
        (0, 10_000, {"price_points": 10_100, "is_buy": False}),
    ],
)
def test_a_resting_order_that_serves_stays(wanted: int, position: int, facts: dict[str, Any]) -> None:
    assert obsolete(target(wanted, **PASSIVE), desk(position, resting(**facts))) == []


def test_a_market_target_takes_resting_orders_back_and_leaves_market_orders() -> None:
    rests, takes = resting(), order_of(BTC, "o2", tag="target", owner=Owner.TARGET, price_points=0)
    assert obsolete(target(20_000), desk(0, rests, takes)) == [rests]


def test_orders_of_other_tags_are_left_alone() -> None:
    order = resting(price_points=9_000)
    write(order, tag="ladder")
    assert obsolete(target(0, **PASSIVE), desk(0, order)) == []


def test_without_a_quote_nothing_is_obsolete() -> None:
    there = desk(0, resting(price_points=9_000))
    there.quotes.clear()
    assert obsolete(target(0, **PASSIVE), there) == []


def test_a_target_waits_for_orders_that_go_or_lead_the_other_way() -> None:
    order = resting()
    assert not must_wait(target(20_000), 10_000, desk(0, order))
    assert not must_wait(target(10_000), 0, desk(0, order))
    assert must_wait(target(5_000), -5_000, desk(0, order))
    write(order, pending=Pending.CANCEL)
    assert must_wait(target(10_000), 0, desk(0, order))
