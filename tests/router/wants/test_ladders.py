"""A ladder changes as little as it can."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, Owner, Pending, write
from framework.router.wants.ladders import difference, serves
from tests.wired import order_of, spot

BTC = spot()


def ladder(*rungs: tuple[bool, int, int], keep: float = 0.0) -> Ladder:
    return Ladder("a", BTC, tuple(Rung(*rung) for rung in rungs), keep)


def standing(*rungs: tuple[bool, int, int]) -> list[Order]:
    return [
        order_of(
            BTC, f"o{index}", is_buy=is_buy, price_points=price, size_points=size, tag="ladder", owner=Owner.LADDER
        )
        for index, (is_buy, price, size) in enumerate(rungs)
    ]


def test_unchanged_rungs_stay_and_changed_ones_go_and_come() -> None:
    stays, goes = standing((True, 10_000, 50), (False, 10_100, 50))
    change = difference(ladder((True, 10_000, 50), (False, 10_200, 50)), [stays, goes])
    assert change.cancels == (goes,)
    assert change.places == (Rung(False, 10_200, 50),)


def test_two_equal_rungs_need_two_orders() -> None:
    (order,) = standing((True, 10_000, 50))
    change = difference(ladder((True, 10_000, 50), (True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert change.places == (Rung(True, 10_000, 50),)


def test_an_empty_ladder_takes_everything_of_it_back() -> None:
    orders = standing((True, 10_000, 50), (False, 10_100, 50))
    assert difference(ladder(), orders).cancels == tuple(orders)


def test_orders_of_another_tag_are_not_the_ladders() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, tag="mine")
    change = difference(ladder((True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert len(change.places) == 1


def test_an_order_that_is_being_cancelled_serves_no_rung() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, pending=Pending.CANCEL)
    change = difference(ladder((True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert len(change.places) == 1


def test_an_order_serves_within_the_tolerance_only() -> None:
    (order,) = standing((True, 10_000, 50))
    assert serves(order, Rung(True, 10_010, 50), 10.0)
    assert not serves(order, Rung(True, 10_011, 50), 10.0)
    assert not serves(order, Rung(True, 10_001, 50), 0.0)
    assert not serves(order, Rung(False, 10_000, 50), 10.0)


def test_a_partly_filled_order_is_measured_by_what_is_left() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, filled_points=20)
    assert not serves(order, Rung(True, 10_000, 50), 10.0)
    assert serves(order, Rung(True, 10_000, 30), 10.0)


RUNGS = st.lists(st.tuples(st.booleans(), st.integers(1, 4), st.integers(1, 2)), max_size=8)


@given(RUNGS, RUNGS)
def test_what_stays_and_comes_is_the_ladder_and_the_change_is_least(
    wanted: list[tuple[bool, int, int]], there: list[tuple[bool, int, int]]
) -> None:
    orders = standing(*there)
    change = difference(ladder(*wanted), orders)
    stays = [order for order in orders if order not in change.cancels]
    stand = Counter((order.is_buy, order.price_points, order.size_points) for order in stays)
    assert stand + Counter((rung.is_buy, rung.price_points, rung.size_points) for rung in change.places) == Counter(
        wanted
    )
    assert len(stays) == (Counter(wanted) & Counter(there)).total()


PRICED = st.lists(st.tuples(st.booleans(), st.integers(9_990, 10_010), st.sampled_from([50, 60])), max_size=4)


def cheapest(wanted: Ladder, orders: list[Order]) -> tuple[int, int]:
    """Cancels and places, and the distance of what stays, of the best of all choices there are."""
    found = []
    for count in range(min(len(orders), len(wanted.rungs)) + 1):
        for kept in permutations(orders, count):
            for rungs in combinations(wanted.rungs, count):
                pairs = list(zip(kept, rungs, strict=True))
                if all(serves(order, rung, wanted.keep_within_bps) for order, rung in pairs):
                    off = sum(abs(order.price_points - rung.price_points) for order, rung in pairs)
                    found.append((len(orders) + len(wanted.rungs) - 2 * count, off))
    return min(found)


@given(PRICED, PRICED, st.sampled_from([0.0, 3.0, 8.0, 25.0]))
def test_no_other_change_is_cheaper(
    now: list[tuple[bool, int, int]], then: list[tuple[bool, int, int]], keep: float
) -> None:
    orders, wanted = standing(*now), ladder(*then, keep=keep)
    change = difference(wanted, orders)
    assert len(change.cancels) + len(change.places) == cheapest(wanted, orders)[0]


def test_of_two_that_could_stay_the_nearer_one_does() -> None:
    far, near = standing((True, 9_998, 50), (True, 10_000, 50))
    assert difference(ladder((True, 10_001, 50), keep=10.0), [far, near]) == ((far,), ())


def test_one_that_serves_two_rungs_leaves_the_other_rung_to_its_only_order() -> None:
    """First come, first served would cancel one order and place it again."""
    both, high = standing((True, 10_000, 50), (True, 10_008, 50))
    assert difference(ladder((True, 10_004, 50), (True, 9_996, 50), keep=5.0), [both, high]) == ((), ())
