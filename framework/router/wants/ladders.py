"""From a wanted ladder to what changes: orders that stay, are cancelled, are placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, Owner, Pending


class Difference(NamedTuple):
    """What has to happen for a ladder to stand."""

    cancels: tuple[Order, ...]
    places: tuple[Rung, ...]


def difference(ladder: Ladder, standing: Iterable[Order]) -> Difference:
    """Compare the wanted rungs with the orders of this ladder that stand.

    An order stays for a rung of its side and size whose price is within `keep_within_bps`; each serves one rung. As many
    stay as can, and among such choices those that stand nearest to their rungs: nothing cheaper exists.
    """
    standing = [order for order in standing if is_of(order, ladder) and order.pending is not Pending.CANCEL]
    orders: dict[tuple[bool, int], list[Order]] = {}
    for order in standing:
        orders.setdefault((order.is_buy, order.left_points), []).append(order)
    rungs: dict[tuple[bool, int], list[int]] = {}
    for at, rung in enumerate(ladder.rungs):
        rungs.setdefault((rung.is_buy, rung.size_points), []).append(at)
    kept: set[str] = set()
    served: set[int] = set()
    for alike, found in orders.items():
        for order, at in _pairs(found, rungs.get(alike, []), ladder):
            kept.add(order.client_order_id)
            served.add(at)
    return Difference(
        tuple([order for order in standing if order.client_order_id not in kept]),
        tuple([rung for at, rung in enumerate(ladder.rungs) if at not in served]),
    )


def _pairs(orders: list[Order], rungs: list[int], ladder: Ladder) -> Iterator[tuple[Order, int]]:
    """Which order stays for which rung (by its place in the ladder), of one side and size."""
    for some, there in _groups(orders, rungs, ladder):
        if len(some) == len(there) == 1:
            yield some[0], there[0]
        else:
            yield from _nearest(some, there, ladder)


def _groups(orders: list[Order], rungs: list[int], ladder: Ladder) -> Iterator[tuple[list[Order], list[int]]]:
    """Orders and rungs that compete for each other, apart from those that do not. Mostly there is one of each."""
    rungs = sorted(rungs, key=lambda at: ladder.rungs[at].price_points)
    start = first = last = 0
    some: list[Order] = []
    for order in sorted(orders, key=lambda order: order.price_points):
        while start < len(rungs) and not _reaches(order, ladder.rungs[rungs[start]], ladder):
            start += 1
        end = start
        while end < len(rungs) and serves(order, ladder.rungs[rungs[end]], ladder.keep_within_bps):
            end += 1
        if some and start >= last:
            yield some, rungs[first:last]
            some = []
        if end > start:
            first, last = (first, max(last, end)) if some else (start, end)
            some.append(order)
    if some:
        yield some, rungs[first:last]


def _reaches(order: Order, rung: Rung, ladder: Ladder) -> bool:
    """Whether an order, or one of a higher price, may still stay for a rung."""
    return rung.price_points >= order.price_points or serves(order, rung, ladder.keep_within_bps)


def _nearest(orders: list[Order], rungs: list[int], ladder: Ladder) -> Iterator[tuple[Order, int]]:
    """Of a group by price: as many pairs as can be, then the least distance in all.

    Pairs need never cross, so the best of what is left is known for each (order, rung).
    """
    best = [[(0, 0)] * (len(rungs) + 1) for _ in range(len(orders) + 1)]
    for row in range(len(orders) - 1, -1, -1):
        for column in range(len(rungs) - 1, -1, -1):
            best[row][column] = min(
                _paired(orders[row], ladder.rungs[rungs[column]], ladder, best[row + 1][column + 1]),
                best[row + 1][column],
                best[row][column + 1],
            )
    row = column = 0
    while row < len(orders) and column < len(rungs):
        here = best[row][column]
        if here == _paired(orders[row], ladder.rungs[rungs[column]], ladder, best[row + 1][column + 1]):
            yield orders[row], rungs[column]
            row, column = row + 1, column + 1
        elif here == best[row + 1][column]:
            row += 1
        else:
            column += 1


def _paired(order: Order, rung: Rung, ladder: Ladder, rest: tuple[int, int]) -> tuple[int, int]:
    """Pairs (negative) and distance with this pair before the rest; worse than anything where it cannot be."""
    if not serves(order, rung, ladder.keep_within_bps):
        return (1, 0)
    return (rest[0] - 1, rest[1] + abs(order.price_points - rung.price_points))


def is_of(order: Order, ladder: Ladder) -> bool:
    """Whether an order is a rung of this ladder: made for one, there, under its tag."""
    return order.owner is Owner.LADDER and order.instrument is ladder.instrument and order.tag == ladder.tag


def order_for(ladder: Ladder, rung: Rung, now_ns: int) -> Order:
    """The order of a rung, still without a name."""
    return Order(
        client_order_id="",
        strategy=ladder.strategy,
        instrument=ladder.instrument,
        is_buy=rung.is_buy,
        size_points=rung.size_points,
        price_points=rung.price_points,
        post_only=True,
        tag=ladder.tag,
        owner=Owner.LADDER,
        ts_created_ns=now_ns,
    )


def serves(order: Order, rung: Rung, keep_within_bps: float) -> bool:
    """Whether an order can stand for a rung as it is."""
    if order.is_buy != rung.is_buy or order.left_points != rung.size_points:
        return False
    return abs(order.price_points - rung.price_points) * 10_000 <= keep_within_bps * rung.price_points
