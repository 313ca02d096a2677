"""One request cancels a whole symbol where all orders there are ours and go, and nothing new runs into it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from framework.model.batch import BatchKind, RequestKind
from framework.model.orders import Order, OrderState
from framework.model.rules import Bucket, Cost, CountedBy, VenueRules
from framework.router.planning.symbol_cancels import choices
from tests.router.scene import BTC
from tests.wired import LATENCY, NOON, SECOND, Bench, Scripted, quote, rules_of, spot

ETH = spot("ETH/USDT")
SYMBOL = RequestKind.CANCEL_SYMBOL


def rules() -> VenueRules:
    plain = rules_of()
    bucket = Bucket("cancel_symbol", 5, SECOND, CountedBy.UID, "made up")
    return replace(plain, buckets=(*plain.buckets, bucket), costs={**plain.costs, SYMBOL: (Cost("cancel_symbol"),)})


def house(*, is_ours_alone: bool = True) -> Bench:
    capital = dict.fromkeys("ab", "1000000 USDT,100 BTC,100 ETH")
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC, ETH), capital=capital)
    made.core.connect({"bitget": made.port}, {"bitget": rules()})
    made.core.router.lanes["bitget"].is_ours_alone = is_ours_alone
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 2))
    return made


def rest(made: Bench, name: str, count: int, there: Any = BTC) -> list[Order]:
    orders: list[Order] = made.act(name, lambda it: [it.buy(there, "1", price="90") for _ in range(count)])
    made.wait(3 * LATENCY)
    assert all(order.is_open for order in orders)
    return orders


def cancel(made: Bench, name: str, orders: list[Order]) -> None:
    made.act(name, lambda it: [it.cancel(order) for order in orders])


def forms(made: Bench) -> list[tuple[str, int]]:
    return [(sent.batch.request.value, len(sent.batch.orders)) for sent in made.port.sent]


def test_a_strategy_that_cancels_all_that_stands_needs_one_request() -> None:
    made = house()
    orders = rest(made, "a", 15)
    cancel(made, "a", orders)
    assert forms(made)[-1] == ("cancel_symbol", 15)
    made.wait(3 * LATENCY)
    assert {order.state for order in orders} == {OrderState.CANCELLED}


@pytest.mark.parametrize("other", ["another order", "another's order", "a fresh order", "not alone", "few"])
def test_it_is_not_used_where_anything_could_be_hit_or_little_is_saved(other: str) -> None:
    made = house(is_ours_alone=other != "not alone")
    orders = rest(made, "a", 10 if other == "few" else 15)
    if other == "another order":
        orders.pop()
    if other == "another's order":
        rest(made, "b", 1)
    if other == "a fresh order":
        made.act("b", lambda b: b.buy(BTC, "1", price="91"))
    cancel(made, "a", orders)
    assert forms(made)[-1] == ("cancel_batch", len(orders))


def test_places_of_the_pair_wait_for_its_answer_and_others_do_not() -> None:
    made = house()
    cancel(made, "a", rest(made, "a", 15))
    held = made.act("b", lambda b: b.buy(BTC, "1", price="91"))
    free = made.act("b", lambda b: b.buy(ETH, "1", price="91"))
    assert (held.state, free.state) == (OrderState.QUEUED, OrderState.SENT)
    made.wait(2 * LATENCY)
    assert held.state is not OrderState.QUEUED
    made.wait(2 * LATENCY)
    assert held.is_open


def test_without_an_answer_they_wait_until_the_venue_can_accept_it_no_longer() -> None:
    made = house()
    orders = rest(made, "a", 15)
    made.port.is_silent = True
    cancel(made, "a", orders)
    held = made.act("b", lambda b: b.sell(BTC, "1", price="110", reduce_only=True))
    bound_ns = rules().acceptance_bound_ns
    made.wait(bound_ns - SECOND)
    assert held.state is OrderState.QUEUED
    made.wait(2 * SECOND)
    assert held.state is OrderState.SENT


def test_one_that_is_refused_for_its_rate_is_asked_again_order_by_order_or_whole() -> None:
    made = house()
    orders = rest(made, "a", 15)
    made.port.rejects = ["rate_limited"]
    cancel(made, "a", orders)
    made.wait(5 * SECOND)
    assert {order.state for order in orders} == {OrderState.CANCELLED}


def test_up_to_three_pairs_are_weighed_in_every_choice_and_of_more_the_largest_first() -> None:
    few = [(1, -5, 7), (1, -9, 3), (0, -2, 9)]
    assert len(set(choices(few))) == 8
    assert next(choices(few)) == ()
    assert list(choices([*few, (1, -9, 2)])) == [(), (2,), (2, 3), (2, 3, 1), (2, 3, 1, 0)]


def test_what_is_held_is_of_the_pair_and_creates_or_changes() -> None:
    made = house()
    cancel(made, "a", rest(made, "a", 15))
    out = made.core.router.lanes["bitget"].symbol_cancels
    assert [out.holds(kind, BTC) for kind in BatchKind] == [True, False, True]
    assert not out.holds(BatchKind.PLACE, ETH)
    made.wait(3 * LATENCY)
    assert not out.holds(BatchKind.PLACE, BTC)
