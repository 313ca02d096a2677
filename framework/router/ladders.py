"""From a wanted ladder to what changes: orders that stay, go, and come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from framework.model.intents import Ladder, Rung
from framework.model.orders import Order, Pending


class Difference(NamedTuple):
    """What has to happen for a ladder to stand."""

    go: tuple[Order, ...]
    come: tuple[Rung, ...]


def difference(ladder: Ladder, standing: Iterable[Order]) -> Difference:
    """Compare the wanted rungs with the orders of this ladder that stand.

    An order stays for a rung of its side and size whose price is within `keep_within_bps`; each serves one rung.
    """
    standing = [order for order in standing if order.tag == ladder.tag and order.pending is not Pending.CANCEL]
    come: list[Rung] = []
    for rung in ladder.rungs:
        match = next((order for order in standing if serves(order, rung, ladder.keep_within_bps)), None)
        if match is None:
            come.append(rung)
        else:
            standing.remove(match)
    return Difference(tuple(standing), tuple(come))


def serves(order: Order, rung: Rung, keep_within_bps: float) -> bool:
    """Whether an order can stand for a rung as it is."""
    if order.is_buy != rung.is_buy or order.left_points != rung.size_points:
        return False
    return abs(order.price_points - rung.price_points) * 10_000 <= keep_within_bps * rung.price_points
