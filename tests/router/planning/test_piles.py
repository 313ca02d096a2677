"""A pile's steps come best first: so many of them move the most orders that so many can, into the fewest batches."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from framework.router.planning.piles import Pair, Pile, Stack
from framework.router.planning.tariffs import Draw, Tariff


def tariff(step: int, batch: int) -> Tariff:
    return Tariff((Draw(0, 1, 0, 1, 0),), (1,), step, batch, False)


def stack_of(orders: list[int], step: int, batch: int) -> Stack:
    """All orders of some pairs, alone."""
    pairs = [Pair(first_id, first_id, count) for first_id, count in enumerate(orders)]
    stack = Stack(Pile(tariff(step, batch), 3, pairs))
    stack.singles = stack.pile.orders
    return stack


def take(stack: Stack, steps: int) -> None:
    """Take so many steps, or all there are."""
    for _ in range(steps):
        step = stack.head()
        if step is not None:
            stack.singles -= step.orders
            stack.take(step)


def best(orders: list[int], step: int, batch: int, steps: int) -> tuple[int, int]:
    """Most orders moved by so many steps, and (negated) the fewest batches, by trying all ways to spread them."""
    batches = [size for count in orders for size in [batch] * (count // batch) + [count % batch] if size]
    ways = product(*[range(-(-size // step) + 1) for size in batches])
    return max(
        (
            sum(min(taken * step, size) for taken, size in zip(way, batches, strict=True)),
            -sum(taken > 0 for taken in way),
        )
        for way in ways
        if sum(way) <= steps
    )


@given(
    orders=st.lists(st.integers(1, 14), min_size=1, max_size=4),
    shape=st.sampled_from([(2, 4), (3, 6), (3, 9), (3, 3), (5, 5)]),
    steps=st.integers(0, 12),
)
def test_the_first_steps_move_most_orders_into_the_fewest_batches(
    orders: list[int], shape: tuple[int, int], steps: int
) -> None:
    stack = stack_of(orders, *shape)
    take(stack, steps)
    assert (sum(stack.batches), -len(stack.batches)) == best(orders, *shape, steps)
    assert stack.orders == sum(orders)


@given(orders=st.lists(st.integers(1, 30), min_size=1, max_size=6), shape=st.sampled_from([(2, 4), (3, 9), (5, 5)]))
def test_no_step_moves_more_than_the_one_before(orders: list[int], shape: tuple[int, int]) -> None:
    stack = stack_of(orders, *shape)
    moved = []
    while (step := stack.head()) is not None:
        moved.append(step.orders)
        take(stack, 1)
    assert moved == sorted(moved, reverse=True)
    assert stack.singles == 0
    assert all(taken <= -size for taken, (size, _) in zip(stack.batches, stack.pile.batches, strict=True))


def test_a_step_moves_no_more_than_go_alone() -> None:
    stack = stack_of([10], 5, 5)
    stack.singles = 3
    step = stack.head()
    assert step is not None
    assert step.orders == 3


def test_a_blocked_pile_still_joins_batches_but_begins_none() -> None:
    stack = stack_of([3, 1], 2, 4)
    take(stack, 1)
    joined = stack.head()
    assert joined is not None
    stack.block(joined._replace(is_new=True))
    assert stack.head() == joined._replace(is_new=False)
    stack.block(joined._replace(is_new=False))
    assert stack.head() is None
