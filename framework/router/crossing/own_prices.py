"""At which prices our own orders of one instrument may trade: the best of each side at hand, whatever rests."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final, NamedTuple

from framework.model.orders import Order

MARKET_KEY: Final = -(2**62)
"""Key of an order at any price: it meets whatever is there."""


def reach_of(price_points: int, *, is_buy: bool) -> int:
    """How far an order reaches, smaller is further: a buy and a sell can trade when their keys add up to 0 or less."""
    if not price_points:
        return MARKET_KEY
    return -price_points if is_buy else price_points


class Best(NamedTuple):
    """The order of a side that reaches furthest."""

    key: int
    client_order_id: str


class OwnPrices:
    """Both sides of one instrument. Post-only orders stand apart: two of them never trade with each other."""

    __slots__ = ("_keys", "_sides")

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        """Order -> how far it reaches."""
        self._sides: tuple[list[tuple[int, str]], ...] = ([], [], [], [])
        """By `2 * is_buy + post_only`: keys and orders, the furthest first."""

    def put(self, order: Order, key: int) -> None:
        """An order may trade as far as this key reaches, whatever it did before."""
        client_order_id = order.client_order_id
        if client_order_id in self._keys:
            self.drop(order)
        self._keys[client_order_id] = key
        insort(self._sides[2 * order.is_buy + order.post_only], (key, client_order_id))

    def drop(self, order: Order) -> bool:
        """An order is gone. True: whoever waited for it may look again, since nobody else there reaches as far."""
        client_order_id = order.client_order_id
        key = self._keys.pop(client_order_id, None)
        if key is None:
            return False
        side = self._sides[2 * order.is_buy + order.post_only]
        del side[bisect_left(side, (key, client_order_id))]
        return not side or side[0][0] > key

    def against(self, order: Order, key: int) -> Best | None:
        """The order of the other side that one would trade with first, if any is within its reach."""
        there = 0 if order.is_buy else 2
        takers, makers = self._sides[there], self._sides[there + 1]
        best = takers[0] if takers else None
        if makers and not order.post_only and (best is None or makers[0][0] < best[0]):
            best = makers[0]
        return Best(*best) if best is not None and best[0] + key <= 0 else None
