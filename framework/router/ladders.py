"""From a wanted ladder to what changes: orders that stay, are cancelled, are placed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, Owner, Pending


class Difference(NamedTuple):
    """What has to happen for a ladder to stand."""

    cancels: tuple[Order, ...]
    places: tuple[Rung, ...]


def difference(ladder: Ladder, standing: Iterable[Order]) -> Difference:
    """Compare the wanted rungs with the orders of this ladder that stand.

    An order stays for a rung of its side and size whose price is within `keep_within_bps`; each serves one rung.
    """
    standing = [order for order in standing if is_of(order, ladder) and order.pending is not Pending.CANCEL]
    places: list[Rung] = []
    for rung in ladder.rungs:
        match = next((order for order in standing if serves(order, rung, ladder.keep_within_bps)), None)
        if match is None:
            places.append(rung)
        else:
            standing.remove(match)
    return Difference(tuple(standing), tuple(places))


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
