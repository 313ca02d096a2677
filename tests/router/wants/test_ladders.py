"""A ladder changes as little as it can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.batch import Change
from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, OrderState, Owner, Pending, write
from framework.router.planning.tariffs import NO_WAY, ChangeUnits, change_units
from framework.router.wants.ladders import LadderChange, Standing, change_for, difference, standing_as
from framework.venues.named import EVERY_TABLE, rules_named
from tests.wired import order_of, spot

BTC = spot()
KEEPS_PLACE = ChangeUnits(4, 2, 4, keeps_place=True)
LOSES_PLACE = ChangeUnits(2, 2, 2, keeps_place=False)
TABLES = {name: change_units(rules) for name, rules in EVERY_TABLE.items()}


def ladder(*rungs: tuple[bool, int, int], keep: float = 0.0) -> Ladder:
    return Ladder("a", BTC, tuple(Rung(*rung) for rung in rungs), keep)


def standing(*rungs: tuple[bool, int, int], state: OrderState = OrderState.OPEN) -> list[Order]:
    return [
        order_of(
            BTC,
            f"o{index}",
            is_buy=is_buy,
            price_points=price,
            size_points=size,
            tag="ladder",
            owner=Owner.LADDER,
            state=state,
        )
        for index, (is_buy, price, size) in enumerate(rungs)
    ]


def change_of(wanted: Ladder, orders: Sequence[Order], units: ChangeUnits = NO_WAY) -> LadderChange:
    """What changes, where nothing is under way."""
    return difference(wanted, [standing_as(order, ()) for order in orders], units)


def serves(order: Order, rung: Rung, wanted: Ladder) -> bool:
    """Whether an order is on the rung's side, near its price, and of its size: its own, where such a rung is near."""
    near = [
        there.size_points
        for there in wanted.rungs
        if there.is_buy is order.is_buy
        and abs(order.price_points - there.price_points) * 10_000 <= wanted.keep_within_bps * there.price_points
    ]
    size = order.size_points if order.filled_points and order.size_points in near else order.left_points
    off = abs(order.price_points - rung.price_points) * 10_000
    return (
        order.is_buy is rung.is_buy and size == rung.size_points and off <= wanted.keep_within_bps * rung.price_points
    )


def test_unchanged_rungs_stay_and_changed_ones_go_and_come() -> None:
    stays, goes = standing((True, 10_000, 50), (False, 10_100, 50))
    change = change_of(ladder((True, 10_000, 50), (False, 10_200, 50)), [stays, goes])
    assert change.cancels == (goes,)
    assert change.places == (Rung(False, 10_200, 50),)


def test_two_equal_rungs_need_two_orders() -> None:
    (order,) = standing((True, 10_000, 50))
    change = change_of(ladder((True, 10_000, 50), (True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert change.places == (Rung(True, 10_000, 50),)


def test_an_empty_ladder_takes_everything_of_it_back() -> None:
    orders = standing((True, 10_000, 50), (False, 10_100, 50))
    assert change_of(ladder(), orders).cancels == tuple(orders)


def test_orders_of_another_tag_are_not_the_ladders() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, tag="mine")
    change = change_of(ladder((True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert len(change.places) == 1


def test_an_order_that_is_being_cancelled_serves_no_rung() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, pending=Pending.CANCEL)
    change = change_of(ladder((True, 10_000, 50)), [order])
    assert change.cancels == ()
    assert len(change.places) == 1


@pytest.mark.parametrize(("price", "keep", "stays"), [(10_010, 10, True), (10_011, 10, False), (10_001, 0, False)])
def test_an_order_stays_within_the_tolerance_only(price: int, keep: float, stays: bool) -> None:
    orders = standing((True, 10_000, 50))
    assert change_of(ladder((True, price, 50), keep=keep), orders).cancels == (() if stays else tuple(orders))


def test_an_order_that_filled_in_part_keeps_its_place_in_a_rung_of_its_size() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, filled_points=20)
    for units in TABLES.values():
        assert change_of(ladder((True, 10_000, 50)), [order], units) == LadderChange((), ())


def test_else_it_is_measured_by_what_is_left() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, filled_points=20)
    assert change_of(ladder((True, 10_000, 30)), [order]) == LadderChange((), ())
    assert change_of(ladder((True, 10_000, 40)), [order]).cancels == (order,)
    assert change_for(order, Rung(True, 10_000, 40)) == Change(10_000, 60)


def test_what_is_being_changed_counts_as_changed() -> None:
    (order,) = standing((True, 10_000, 50))
    write(order, filled_points=20)
    moved = standing_as(order, [Change(10_050, 60), Change(10_100, 70)])
    assert moved == Standing(order, 10_100, 50)
    assert difference(ladder((True, 10_100, 50)), [moved], LOSES_PLACE) == LadderChange((), ())


def test_what_rests_elsewhere_is_amended_the_best_prices_first() -> None:
    orders = standing((True, 9_990, 50), (True, 10_000, 50), (False, 10_100, 50))
    wanted = ladder((True, 10_010, 50), (True, 10_005, 50), (True, 9_900, 50), (False, 10_200, 60))
    assert change_of(wanted, orders, LOSES_PLACE) == LadderChange(
        (),
        (Rung(True, 9_900, 50),),
        (
            (orders[1], Rung(True, 10_010, 50)),
            (orders[0], Rung(True, 10_005, 50)),
            (orders[2], Rung(False, 10_200, 60)),
        ),
    )


def test_an_order_that_only_loses_size_is_amended_where_that_keeps_its_place() -> None:
    orders = standing((True, 10_000, 50), (True, 9_990, 50))
    wanted = ladder((True, 10_010, 50), (True, 10_000, 30))
    shrunk, moved = (orders[0], Rung(True, 10_000, 30)), (orders[1], Rung(True, 10_010, 50))
    assert change_of(wanted, orders, KEEPS_PLACE).amends == (shrunk, moved)
    assert change_of(wanted, orders, LOSES_PLACE).amends == (
        (orders[0], Rung(True, 10_010, 50)),
        (orders[1], Rung(True, 10_000, 30)),
    )


@pytest.mark.parametrize("state", [OrderState.QUEUED, OrderState.SENT, OrderState.UNKNOWN])
def test_what_does_not_rest_is_not_amended(state: OrderState) -> None:
    orders = standing((True, 10_000, 50), state=state)
    assert change_of(ladder((True, 10_010, 50)), orders, LOSES_PLACE).cancels == tuple(orders)


def test_nothing_is_amended_where_that_is_dearer_than_to_cancel_and_place() -> None:
    orders = standing((True, 10_000, 50))
    assert change_of(ladder((True, 10_010, 50)), orders, ChangeUnits(1, 1, 0, keeps_place=False)).amends == ()


@pytest.mark.parametrize("name", TABLES)
def test_amending_is_cheaper_than_to_cancel_and_place_wherever_an_order_keeps_its_id(name: str) -> None:
    units = TABLES[name]
    if rules_named(name).amends_under_one_id:
        assert 0 < units.amend < units.place + units.cancel
    else:
        assert units.amend == 0


RUNGS = st.lists(st.tuples(st.booleans(), st.integers(1, 4), st.integers(1, 2)), max_size=8)


@given(RUNGS, RUNGS)
def test_what_stays_and_comes_is_the_ladder_and_the_change_is_least(
    wanted: list[tuple[bool, int, int]], there: list[tuple[bool, int, int]]
) -> None:
    orders = standing(*there)
    change = change_of(ladder(*wanted), orders)
    stays = [order for order in orders if order not in change.cancels]
    stand = Counter((order.is_buy, order.price_points, order.size_points) for order in stays)
    assert stand + Counter((rung.is_buy, rung.price_points, rung.size_points) for rung in change.places) == Counter(
        wanted
    )
    assert len(stays) == (Counter(wanted) & Counter(there)).total()


PRICED = st.lists(
    st.tuples(st.booleans(), st.integers(9_990, 10_010), st.sampled_from([50, 60]), st.sampled_from([0, 0, 10])),
    max_size=4,
)


def ways(orders: Sequence[Order], rungs: Sequence[Rung], wanted: Ladder, units: ChangeUnits) -> Iterator[int]:
    """Units of every way there is: each order stays, is amended, or is cancelled; what no order stands for is placed."""
    if not orders:
        yield units.place * len(rungs)
        return
    order, *others = orders
    for cost in ways(others, rungs, wanted, units):
        yield cost + units.cancel
    for at, rung in enumerate(rungs):
        rest = [*rungs[:at], *rungs[at + 1 :]]
        if serves(order, rung, wanted):
            yield from ways(others, rest, wanted, units)
        elif units.amend and order.is_buy is rung.is_buy:
            for cost in ways(others, rest, wanted, units):
                yield cost + units.amend


@pytest.mark.parametrize("name", TABLES)
@given(now=PRICED, then=PRICED, keep=st.sampled_from([0.0, 3.0, 8.0, 25.0]))
def test_no_other_change_costs_fewer_units(
    name: str, now: list[tuple[bool, int, int, int]], then: list[tuple[bool, int, int, int]], keep: float
) -> None:
    orders, wanted, units = (
        standing(*[there[:3] for there in now]),
        ladder(*[rung[:3] for rung in then], keep=keep),
        TABLES[name],
    )
    for order, (*_, filled) in zip(orders, now, strict=True):
        write(order, filled_points=filled)
    cancels, places, amends = change_of(wanted, orders, units)
    cost = units.cancel * len(cancels) + units.place * len(places) + units.amend * len(amends)
    assert cost == min(ways(orders, wanted.rungs, wanted, units))


def test_of_two_that_could_stay_the_nearer_one_does() -> None:
    far, near = standing((True, 9_998, 50), (True, 10_000, 50))
    assert change_of(ladder((True, 10_001, 50), keep=10.0), [far, near]) == LadderChange((far,), ())


def test_one_that_serves_two_rungs_leaves_the_other_rung_to_its_only_order() -> None:
    """First come, first served would cancel one order and place it again."""
    both, high = standing((True, 10_000, 50), (True, 10_008, 50))
    assert change_of(ladder((True, 10_004, 50), (True, 9_996, 50), keep=5.0), [both, high]) == LadderChange((), ())
