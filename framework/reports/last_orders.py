"""The last orders of a run, each with what became of it."""

from __future__ import annotations

from typing import Final

from framework.model.money import MONEY
from framework.model.orders import Order, Owner, TimeInForce
from framework.reports.words import clean

ORDERS_MAX: Final = 1_000
"""Orders kept, the latest; counts and money are always of all."""


class LastOrders:
    """The orders heard of last. The order itself is kept: it says at any time what has become of it."""

    def __init__(self, keep: int = ORDERS_MAX) -> None:
        self._keep = keep
        self._orders: dict[str, Order] = {}

    def hear(self, order: Order) -> None:
        """A new order; one that is kept already stays in its place, and the oldest is forgotten for it."""
        if order.client_order_id in self._orders:
            return
        self._orders[order.client_order_id] = order
        if len(self._orders) > self._keep:
            del self._orders[next(iter(self._orders))]

    @property
    def listed(self) -> list[Order]:
        """Oldest first."""
        return list(self._orders.values())


def kind_text(order: Order) -> str:
    """What was asked for, and by which verb where it was a wanted state: `limit post-only, ladder`, `market, target`."""
    words = ["market" if order.is_market else "limit"]
    words += [order.tif.value] if order.tif is not TimeInForce.GTC else []
    words += ["post-only"] if order.post_only else []
    words += ["reduce-only"] if order.reduce_only else []
    return " ".join(words) + (f", {order.owner.value}" if order.owner is not Owner.STRATEGY else "")


def why_text(order: Order) -> str:
    """Why it ended as it did, as far as somebody said so: `funds: free 0 USDT, order needs 5 USDT`."""
    return clean(": ".join(part for part in (order.reason.replace("_", " "), order.detail) if part), 200)


def average_text(order: Order) -> str:
    """Mean price of its fills with the decimals of the instrument; empty before the first."""
    if not order.filled_points:
        return ""
    exact = MONEY.divide(order.notional, order.instrument.size_exact(order.filled_points))
    return f"{exact:,.{order.instrument.price_digits}f}"


def state_text(order: Order) -> str:
    """`filled`, `cancelled`; `cancelled, partly filled` where money moved before."""
    is_part = 0 < order.filled_points < order.size_points
    return f"{order.state.value}, partly filled" if is_part else order.state.value
