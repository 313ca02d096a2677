"""Where orders wait: once for each kind, strategies in turn, sells of a turn before its buys."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from framework.model.batch import BatchKind
from framework.model.orders import Order
from framework.router.sending.slots import Service, Share, Slots, service_of
from tests.wired import NOON, order_of, spot

BTC = spot()
PLACE, CANCEL = BatchKind.PLACE, BatchKind.CANCEL


def slots_of(*orders: Order, kind: BatchKind = PLACE) -> Slots:
    made = Slots()
    for order in orders:
        made.put(kind, order, service_of(kind, order))
    return made


def served(slots: Slots, count: int) -> list[str]:
    shares, _ = slots.whole()
    return [order.client_order_id for share in shares for order in slots.take(share, count)]


def test_an_order_waits_once_for_each_kind_in_its_highest_class() -> None:
    order = order_of(BTC)
    slots = slots_of(order, order)
    slots.put(CANCEL, order, Service.CANCEL)
    slots.put(CANCEL, order, Service.SWEEP)
    slots.put(CANCEL, order, Service.CANCEL)
    assert slots.orders == 2
    assert [queued.service for queued in slots.whole()[1]] == [Service.ORDINARY, Service.SWEEP]
    assert slots.waiting("a", Service.SWEEP) == 1
    assert slots.waiting("a", Service.CANCEL) == 0


def test_an_order_that_leaves_is_not_there_any_more() -> None:
    order = order_of(BTC)
    slots = slots_of(order)
    assert slots.drop(PLACE, order)
    assert not slots.drop(PLACE, order)
    assert not slots.drop(CANCEL, order)
    assert (slots.orders, slots.kinds(), slots.oldest_ns(), slots.whole()) == (0, [], 0, ([], []))


def test_sells_go_before_the_buys_of_their_turn_and_not_before_older_buys() -> None:
    older = order_of(BTC, "older", ts_created_ns=NOON - 1)
    buy, sell = order_of(BTC, "buy"), order_of(BTC, "sell", is_buy=False)
    assert served(slots_of(older, buy, sell), 3) == ["older", "sell", "buy"]


def test_cancels_go_in_the_order_of_asking() -> None:
    buy, sell = order_of(BTC, "buy"), order_of(BTC, "sell", is_buy=False)
    assert served(slots_of(buy, sell, kind=CANCEL), 2) == ["buy", "sell"]


def test_the_next_of_each_line_has_the_right_to_a_turn_once_it_waited() -> None:
    slots = slots_of(*[order_of(BTC, f"{name}{index}", strategy=name) for name in "ab" for index in range(3)])
    assert [(there.service, there.orders) for there in slots.by_service(NOON)[1]] == [(Service.ORDINARY, 6)]
    assert [(there.service, there.orders) for there in slots.by_service(NOON + 1)[1]] == [
        (Service.TURN, 2),
        (Service.ORDINARY, 4),
    ]


def test_turns_are_not_saved_up_while_nothing_waits() -> None:
    slots = slots_of(*[order_of(BTC, f"a{index}") for index in range(50)])
    assert served(slots, 40) == [f"a{index}" for index in range(40)]
    for index in range(5):
        slots.put(PLACE, order_of(BTC, f"b{index}", strategy="b"), Service.ORDINARY)
    assert Counter(order_id[0] for order_id in served(slots, 10)) == {"a": 5, "b": 5}


LINES = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 3)), max_size=30)


@given(lines=LINES, count=st.integers(1, 30), first=st.sampled_from([Service.REDUCING, Service.TURN, Service.ORDINARY]))
def test_what_is_taken_is_of_the_class_or_behind_it_and_nothing_is_lost(
    lines: list[tuple[str, bool, int]], count: int, first: Service
) -> None:
    orders = [
        order_of(BTC, f"{strategy}{index}", strategy=strategy, reduce_only=is_reducing, ts_created_ns=NOON + age)
        for index, (strategy, is_reducing, age) in enumerate(lines)
    ]
    slots = slots_of(*orders)
    if not orders:
        return
    shares, _ = slots.whole()
    taken = slots.take(Share(shares[0].slot, first), count)
    allowed = [order for order in orders if first is Service.REDUCING or not order.reduce_only]
    assert len(taken) == min(count, len(allowed))
    assert all(order in allowed for order in taken)
    assert slots.orders == len(orders) - len(taken)
    left = slots.take(shares[0], len(orders))
    assert {order.client_order_id for order in taken + left} == {order.client_order_id for order in orders}
    assert [order.reduce_only for order in left] == sorted([order.reduce_only for order in left], reverse=True)


@given(sizes=st.lists(st.integers(1, 40), min_size=2, max_size=6))
def test_no_strategy_gets_more_than_one_order_ahead_of_another_that_waits(sizes: list[int]) -> None:
    names = [f"s{place}" for place in range(len(sizes))]
    slots = slots_of(
        *[
            order_of(BTC, f"{name}-{index}", strategy=name)
            for name, size in zip(names, sizes, strict=True)
            for index in range(size)
        ]
    )
    got: Counter[str] = Counter()
    shares, _ = slots.whole()
    while slots.orders:
        (order,) = slots.take(shares[0], 1)
        got[order.strategy] += 1
        waits = [got[name] for name, size in zip(names, sizes, strict=True) if got[name] < size]
        assert not waits or got[order.strategy] <= min(waits) + 1
