"""A packing fills its ceilings and never passes them; the classes come one after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.router.planning.packing import Ceiling, Packing
from framework.router.planning.piles import Pair, Pile
from framework.router.planning.tariffs import Draw, Tariff

SINGLES, BATCHES, EVERY = range(3)
PLACES = Tariff((Draw(SINGLES, 1, 0, 0, 0), Draw(BATCHES, 0, 0, 1, 0), Draw(EVERY, 1, 1, 0, 0)), (1, 0, 1), 2, 4, False)
CANCELS = Tariff((Draw(EVERY, 1, 1, 0, 0),), (0, 0, 1), 4, 4, True)
CHANGES = Tariff((Draw(BATCHES, 1, 0, 0, 0), Draw(EVERY, 1, 0, 0, 0)), (0, 1, 1), 1, 1, False)
SHRINKS = Tariff((Draw(EVERY, 3, 0, 0, 0),), (0, 0, 3), 1, 1, False)


def pile(tariff: Tariff, service: int, *orders: int) -> Pile:
    return Pile(tariff, service, [Pair(first_id, first_id, count) for first_id, count in enumerate(orders)])


def ceilings(*units: int) -> list[Ceiling]:
    return [Ceiling(there, there) for there in units]


def packed(piles: list[Pile], *units: int) -> Packing:
    packing = Packing(piles, ceilings(*units))
    assert packing.pack()
    return packing


def test_orders_go_alone_where_no_batch_is_to_be_had() -> None:
    packing = packed([pile(PLACES, 3, 5)], 9, 0, 9)
    assert (packing.stacks[0].singles, packing.stacks[0].batches, packing.drawn) == (5, [], [5, 0, 5])


def test_orders_share_batches_where_that_saves_requests() -> None:
    packing = packed([pile(PLACES, 3, 5)], 9, 9, 9)
    assert (packing.stacks[0].singles, packing.stacks[0].batches, packing.drawn) == (1, [4], [1, 2, 2])


def test_a_batch_of_one_goes_where_no_order_may_go_alone() -> None:
    packing = packed([pile(PLACES, 3, 5)], 0, 9, 9)
    assert (packing.stacks[0].singles, packing.stacks[0].batches, packing.counts) == (0, [4, 1], [5])


def test_a_lower_class_gets_what_a_higher_one_leaves() -> None:
    assert packed([pile(PLACES, 2, 3), pile(PLACES, 3, 3)], 4, 0, 9).counts == [3, 1]


def test_a_higher_class_goes_alone_where_a_lower_one_fills_the_batch() -> None:
    packing = packed([pile(PLACES, 2, 1), pile(PLACES, 3, 2)], 1, 1, 9)
    assert packing.counts == [1, 2]
    assert [stack.batches for stack in packing.stacks] == [[], [2]]


def test_cancels_draw_in_fewer_requests_to_leave_room_to_the_rest() -> None:
    assert packed([pile(CANCELS, 1, 4), pile(PLACES, 3, 3)], 9, 0, 4).counts == [4, 3]


def test_what_two_tariffs_must_leave_is_not_yet_said_whose_it_is() -> None:
    packing = packed([pile(PLACES, 3, 2), pile(CHANGES, 3, 2)], 9, 2, 3)
    assert (packing.counts, packing.waived, packing.drawn[EVERY]) == ([3], {3: 1}, 3)


def test_of_two_tariffs_the_dearer_leaves_its_own() -> None:
    packing = packed([pile(PLACES, 3, 2), pile(SHRINKS, 3, 2)], 9, 0, 6)
    assert (packing.counts, packing.waived, packing.drawn[EVERY]) == ([3], {}, 5)


def test_only_cancels_pass_the_ceiling_of_others() -> None:
    there = [*ceilings(9, 9), Ceiling(cancels=5, others=2)]
    both = Packing([pile(CANCELS, 1, 1, 1, 1), pile(PLACES, 3, 2)], there)
    both.pack()
    assert both.counts == [3, 0]
    places = Packing([pile(PLACES, 3, 4, 4, 4)], there)
    places.pack()
    assert places.counts == [8]


def test_it_ends_at_the_first_class_that_has_less_than_is_wanted() -> None:
    packing = Packing([pile(PLACES, 2, 3), pile(PLACES, 3, 3)], ceilings(2, 0, 9))
    assert not packing.pack([3, 0])
    assert packing.counts == []
    assert Packing([pile(PLACES, 2, 3), pile(PLACES, 3, 3)], ceilings(2, 0, 9)).pack([2, 0])


@given(
    orders=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), min_size=3, max_size=3),
    units=st.lists(st.integers(0, 12), min_size=3, max_size=3),
)
def test_what_is_drawn_is_what_the_requests_cost(orders: list[list[int]], units: list[int]) -> None:
    piles = [pile(CANCELS, 1, *orders[0]), pile(PLACES, 2, *orders[1]), pile(PLACES, 3, *orders[2])]
    packing = packed(piles, *units)
    places = packing.stacks[1:]
    assert packing.drawn == [
        sum(stack.singles for stack in places),
        sum(-(-batch // 2) for stack in places for batch in stack.batches),
        sum(stack.singles + len(stack.batches) for stack in packing.stacks),
    ]
    assert all(drawn <= most for drawn, most in zip(packing.drawn, units, strict=True))
