"""At which prices our own orders of one instrument may trade: the best of each side at hand, whatever rests."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from framework.model.orders import Order

MARKET_KEY: Final = -(2**62)
"""Key of an order at any price: it meets whatever is there."""
STALE_MAX: Final = 64
"""Left-over entries of a heap that are borne before it is made anew."""


def reach_of(price_points: int, *, is_buy: bool) -> int:
    """How far an order reaches, smaller is further: a buy and a sell can trade when their keys add up to 0 or less."""
    if not price_points:
        return MARKET_KEY
    return -price_points if is_buy else price_points


class Best(NamedTuple):
    """The order of a side that reaches furthest."""

    key: int
    client_order_id: str


class Reaches:
    """Orders of one side by how far they reach; the furthest is known at once, a change costs its logarithm."""

    __slots__ = ("_heap", "keys")

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}
        """How far each reaches. Who is taken out of it stands there no longer; where it is empty nobody need be looked for."""
        self._heap: list[tuple[int, str]] = []

    def put(self, client_order_id: str, key: int) -> None:
        """An order stands there, or reaches further or less far than before."""
        keys, heap = self.keys, self._heap
        if keys.get(client_order_id) == key:
            return
        keys[client_order_id] = key
        heappush(heap, (key, client_order_id))
        if len(heap) > 2 * len(keys) + STALE_MAX:
            self._heap = [(key, name) for name, key in keys.items()]
            heapify(self._heap)

    def best(self) -> Best | None:
        """The one that reaches furthest."""
        heap, keys = self._heap, self.keys
        while heap:
            key, client_order_id = heap[0]
            if keys.get(client_order_id) == key:
                return Best(key, client_order_id)
            heappop(heap)
        return None

    def __len__(self) -> int:
        return len(self.keys)


class OwnPrices:
    """Both sides of one instrument. Post-only orders stand apart: two of them never trade with each other."""

    __slots__ = ("_sides",)

    def __init__(self) -> None:
        self._sides = tuple(Reaches() for _ in range(4))
        """By `2 * is_buy + post_only`."""

    def put(self, order: Order, key: int) -> None:
        """An order may trade as far as this key reaches."""
        self._sides[2 * order.is_buy + order.post_only].put(order.client_order_id, key)

    def drop(self, order: Order) -> bool:
        """An order is gone. True: whoever waited for it may look again, since nobody else there reaches as far."""
        side = self._sides[2 * order.is_buy + order.post_only]
        key = side.keys.pop(order.client_order_id, None)
        best = side.best() if side.keys else None
        return key is not None and (best is None or best.key > key)

    def against(self, order: Order, key: int) -> Best | None:
        """The order of the other side that one would trade with first, if any is within its reach."""
        there = 0 if order.is_buy else 2
        takers, makers = self._sides[there], self._sides[there + 1]
        best = takers.best() if takers.keys else None
        if makers.keys and not order.post_only:
            maker = makers.best()
            if best is None or (maker is not None and maker.key < best.key):
                best = maker
        return best if best is not None and best.key + key <= 0 else None
