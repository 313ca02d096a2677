"""From a wanted ladder to what changes: orders that stay, are amended, are cancelled, are placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from framework.model.batch import Change
from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, OrderState, Owner, Pending
from framework.router.planning.tariffs import ChangeUnits


class Standing(Struct, frozen=True):
    """An order of a ladder as it will stand: a change that is under way counts as made."""

    order: Order
    price_points: int
    left_points: int


class LadderChange(NamedTuple):
    """What has to happen for a ladder to stand."""

    cancels: tuple[Order, ...]
    places: tuple[Rung, ...]
    amends: tuple[tuple[Order, Rung], ...] = ()


def difference(ladder: Ladder, standing: Iterable[Standing], units: ChangeUnits) -> LadderChange:
    """Compare the wanted rungs with the orders of this ladder that stand.

    An order stays for a rung of its side and size whose price is within `keep_within_bps`; each serves one rung. As many
    stay as can, and among such choices those that stand nearest to their rungs. Of the others as many as can are amended,
    where that costs less than to cancel and place (every table has it so): first those from which only size is taken,
    where that keeps their place; it counts as any other change, dear as it may be in weight (decision 10). So the change
    costs the fewest units there are.
    """
    standing = [one for one in standing if is_of(one.order, ladder) and one.order.pending is not Pending.CANCEL]
    orders: dict[tuple[bool, int], list[Standing]] = {}
    for one in standing:
        orders.setdefault((one.order.is_buy, _size(one, ladder)), []).append(one)
    rungs: dict[tuple[bool, int], list[int]] = {}
    for at, rung in enumerate(ladder.rungs):
        rungs.setdefault((rung.is_buy, rung.size_points), []).append(at)
    kept: set[str] = set()
    served: set[int] = set()
    for alike, found in orders.items():
        for one, at in _pairs(found, rungs.get(alike, []), ladder):
            kept.add(one.order.client_order_id)
            served.add(at)
    left = [one for one in standing if one.order.client_order_id not in kept]
    missing = [rung for at, rung in enumerate(ladder.rungs) if at not in served]
    amends = list(_amends(left, missing, units)) if units.amend and left and missing else []
    changed = {order.client_order_id for order, _ in amends}
    for _, rung in amends:
        missing.remove(rung)
    return LadderChange(
        tuple([one.order for one in left if one.order.client_order_id not in changed]), tuple(missing), tuple(amends)
    )


def standing_as(order: Order, changes: Iterable[Change]) -> Standing:
    """An order as the last of the changes that are under way will have it."""
    price_points, left_points = order.price_points, order.left_points
    for change in changes:
        price_points, left_points = change.price_points, change.size_points - order.filled_points
    return Standing(order, price_points, left_points)


def change_for(order: Order, rung: Rung) -> Change:
    """What makes an order stand for a rung."""
    return Change(rung.price_points, order.filled_points + rung.size_points)


def _size(one: Standing, ladder: Ladder) -> int:
    """The size of rung that an order stands for: its own where the ladder still has that there, else what is left of it.

    So an order that has filled in part is not topped up: that would cost its place in the queue.
    """
    order = one.order
    if order.filled_points:
        whole = order.is_buy, one.left_points + order.filled_points
        if any((rung.is_buy, rung.size_points) == whole and _is_near(one, rung, ladder) for rung in ladder.rungs):
            return whole[1]
    return one.left_points


def _amends(left: Iterable[Standing], missing: Iterable[Rung], units: ChangeUnits) -> Iterator[tuple[Order, Rung]]:
    """Orders that rest and are not to stay, each with a rung that has none: the best prices of both first."""
    for is_buy in (True, False):
        orders = [one for one in left if one.order.is_buy is is_buy and one.order.state is OrderState.OPEN]
        rungs = [rung for rung in missing if rung.is_buy is is_buy]
        for one in list(orders) if units.keeps_place else ():
            smaller = [rung for rung in rungs if _only_shrinks(one, rung)]
            if smaller:
                rung = max(smaller, key=lambda rung: rung.size_points)
                orders.remove(one)
                rungs.remove(rung)
                yield one.order, rung
        orders.sort(key=lambda one: one.price_points, reverse=is_buy)
        rungs.sort(key=lambda rung: rung.price_points, reverse=is_buy)
        yield from ((one.order, rung) for one, rung in zip(orders, rungs, strict=False))


def _only_shrinks(one: Standing, rung: Rung) -> bool:
    return rung.price_points == one.price_points and rung.size_points < one.left_points


def _pairs(orders: list[Standing], rungs: list[int], ladder: Ladder) -> Iterator[tuple[Standing, int]]:
    """Which order stays for which rung (by its place in the ladder), of one side and size."""
    for some, there in _groups(orders, rungs, ladder):
        if len(some) == len(there) == 1:
            yield some[0], there[0]
        else:
            yield from _nearest(some, there, ladder)


def _groups(orders: list[Standing], rungs: list[int], ladder: Ladder) -> Iterator[tuple[list[Standing], list[int]]]:
    """Orders and rungs that compete for each other, apart from those that do not. Mostly there is one of each."""
    rungs = sorted(rungs, key=lambda at: ladder.rungs[at].price_points)
    start = first = last = 0
    some: list[Standing] = []
    for order in sorted(orders, key=lambda order: order.price_points):
        while start < len(rungs) and not _reaches(order, ladder.rungs[rungs[start]], ladder):
            start += 1
        end = start
        while end < len(rungs) and _is_near(order, ladder.rungs[rungs[end]], ladder):
            end += 1
        if some and start >= last:
            yield some, rungs[first:last]
            some = []
        if end > start:
            first, last = (first, max(last, end)) if some else (start, end)
            some.append(order)
    if some:
        yield some, rungs[first:last]


def _reaches(order: Standing, rung: Rung, ladder: Ladder) -> bool:
    """Whether an order, or one of a higher price, may still stay for a rung."""
    return rung.price_points >= order.price_points or _is_near(order, rung, ladder)


def _nearest(orders: list[Standing], rungs: list[int], ladder: Ladder) -> Iterator[tuple[Standing, int]]:
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


def _paired(order: Standing, rung: Rung, ladder: Ladder, rest: tuple[int, int]) -> tuple[int, int]:
    """Pairs (negative) and distance with this pair before the rest; worse than anything where it cannot be."""
    if not _is_near(order, rung, ladder):
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


def _is_near(one: Standing, rung: Rung, ladder: Ladder) -> bool:
    """Whether an order's price is within what the ladder tolerates."""
    return abs(one.price_points - rung.price_points) * 10_000 <= ladder.keep_within_bps * rung.price_points
