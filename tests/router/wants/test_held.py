"""What waits, for whom, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from framework.model.intents import Ladder, Target
from framework.model.orders import Order, OrderState, Owner, Pending, TimeInForce, write
from framework.router.wants.held import Held, Waiting, is_prompt, is_worth_waiting, key_of
from tests.wired import NOON, SECOND, FakeDesk, order_of, spot

BTC, ETH = spot(), spot("ETH/USDT")
TARGET = Target("a", ETH, 5, None)
LADDER = Ladder("a", BTC, (), tag="deep")


def sell(id_: str = "s1", **facts: Any) -> Order:
    return order_of(facts.pop("there", BTC), id_, **{"is_buy": False, "price_points": 0, **facts})


def test_a_newer_want_of_a_key_replaces_the_older() -> None:
    held = Held()
    held.put(Waiting(TARGET))
    held.put(Waiting(Target("a", ETH, 7, None), "USDT"))
    (waiting,) = held.take_fresh()
    assert waiting.asset == "USDT"
    assert held.take_fresh() == []
    assert held.drop(TARGET)
    assert not held.drop(TARGET)


def test_a_target_and_a_ladder_of_one_tag_have_keys_of_their_own() -> None:
    target, ladder = Target("a", BTC, 5, None, tag="x"), Ladder("a", BTC, (), tag="x")
    assert len({key_of(target), key_of(ladder), key_of(order_of(BTC, tag="x"))}) == 3
    assert key_of(target) == key_of(order_of(BTC, tag="x", owner=Owner.TARGET))


def test_an_order_of_the_key_that_is_done_makes_it_due() -> None:
    held, order = Held(), order_of(BTC, tag="deep", owner=Owner.LADDER)
    held.put(Waiting(LADDER))
    assert held.take_due(order) == []
    write(order, state=OrderState.CANCELLED)
    assert [waiting.wanted for waiting in held.take_due(order)] == [LADDER]
    assert held.take_due(order) == []


@pytest.mark.parametrize(
    ("facts", "is_due"),
    [({}, True), ({"is_buy": True}, False), ({"strategy": "b"}, False), ({"there": spot("BTC/EUR")}, False)],
)
def test_a_sell_of_the_same_strategy_for_that_cash_makes_it_due(facts: dict[str, Any], is_due: bool) -> None:
    held = Held()
    held.put(Waiting(order_of(ETH, "b1"), "USDT", NOON))
    assert bool(held.take_due(sell(**facts))) is is_due


def test_it_waits_no_longer_than_it_may() -> None:
    held = Held()
    held.put(Waiting(TARGET))
    assert held.late_at_ns() == 0
    held.put(Waiting(order_of(ETH, "b1"), "USDT", NOON + SECOND))
    assert held.late_at_ns() == NOON + SECOND
    assert held.take_late(NOON + SECOND - 1) == []
    assert len(held.take_late(NOON + SECOND)) == 1
    assert held.holds(TARGET)


def test_an_order_taken_back_ends_targets_and_ladders_that_wait_for_it() -> None:
    held, buy = Held(), order_of(ETH, "b1")
    for waiting in (Waiting(TARGET, "USDT", NOON), Waiting(LADDER), Waiting(buy, "USDT", NOON)):
        held.put(waiting)
    held.drop_for(sell())
    assert (held.holds(TARGET), held.holds(LADDER), held.holds(buy)) == (False, True, True)
    held.drop_for(order_of(BTC, tag="deep", owner=Owner.LADDER))
    assert not held.holds(LADDER)


@pytest.mark.parametrize(
    ("facts", "is_counted_on"),
    [
        ({}, True),
        ({"price_points": 10_000}, False),
        ({"price_points": 10_000, "tif": TimeInForce.IOC}, True),
        ({"price_points": 10_000, "owner": Owner.TARGET}, True),
        ({"price_points": 10_000, "owner": Owner.LADDER}, False),
    ],
)
def test_only_a_sell_that_is_not_to_rest_is_counted_on(facts: dict[str, Any], is_counted_on: bool) -> None:
    desk, order = FakeDesk(), sell(**facts)
    desk.orders.append(order)
    assert is_prompt(order) is is_counted_on
    assert is_worth_waiting(Waiting(TARGET, "USDT", NOON), desk) is is_counted_on
    write(order, pending=Pending.CANCEL)
    assert not is_worth_waiting(Waiting(TARGET, "USDT", NOON), desk)


def test_a_cancel_of_its_own_key_frees_money_too() -> None:
    desk, order = FakeDesk(), order_of(BTC, tag="deep", owner=Owner.LADDER)
    desk.orders.append(order)
    assert not is_worth_waiting(Waiting(LADDER, "USDT", NOON), desk)
    write(order, pending=Pending.CANCEL)
    assert is_worth_waiting(Waiting(LADDER, "USDT", NOON), desk)


def test_it_counts_the_buys_of_each_strategy_that_wait() -> None:
    held, buys = Held(), [order_of(ETH, f"b{count}") for count in range(3)]
    for buy in [*buys, buys[0]]:
        held.put(Waiting(buy, "USDT", NOON))
    held.put(Waiting(TARGET, "USDT"))
    assert (held.buys("a"), held.buys("b")) == (3, 0)
    held.drop(buys[0])
    assert held.buys("a") == 2
    held.take_late(NOON)
    assert held.buys("a") == 0
