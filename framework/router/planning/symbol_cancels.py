"""One request that cancels all that stands of a pair: which pairs may go so, and what waits until it is answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from framework.model.batch import BatchKind
from framework.model.instrument import Instrument
from framework.model.orders import Order, Pending
from framework.ports import Desk

WEIGHED_MAX: Final = 3
"""Pairs of which every choice is weighed; of more, the first so many are, those with most orders first."""

Chosen = tuple[int, ...]
"""Which of the pairs go in a request of their own, by place."""


def choices(pairs: Sequence[tuple[int, int, int]]) -> Iterator[Chosen]:
    """The choices to weigh; none of them first.

    Args:
        pairs: (service class, - orders, id of the oldest) of each pair that may go so.
    """
    if len(pairs) <= WEIGHED_MAX:
        for takes in product((False, True), repeat=len(pairs)):
            yield tuple([place for place, is_taken in enumerate(takes) if is_taken])
        return
    first = sorted(range(len(pairs)), key=pairs.__getitem__)
    for count in range(len(first) + 1):
        yield tuple(first[:count])


def all_go(desk: Desk, instrument: Instrument, cancels: int) -> bool:
    """Whether so many cancels that wait are for all of our orders there that are not done."""
    orders = desk.open_orders(instrument)
    return len(orders) == cancels and all(order.pending is Pending.CANCEL for order in orders)


class SymbolCancels:
    """Those that are out: what would create or change an order there waits, since it could be hit.

    Args:
        bound_ns: longest time from sending a request to the venue accepting it; what has no answer is over then.
    """

    def __init__(self, bound_ns: int) -> None:
        self._bound_ns = bound_ns
        self._out: dict[Instrument, set[str]] = {}
        self._until_ns: dict[Instrument, int] = {}

    def sent(self, instrument: Instrument, orders: Sequence[Order], now_ns: int) -> None:
        """A request left."""
        self._out.setdefault(instrument, set()).update([order.client_order_id for order in orders])
        self._until_ns[instrument] = now_ns + self._bound_ns

    def told(self, order: Order) -> None:
        """An order is done, or its cancel was answered."""
        left = self._out.get(order.instrument)
        if left is not None:
            left.discard(order.client_order_id)
            if not left:
                self._end(order.instrument)

    def holds(self, kind: BatchKind, instrument: Instrument) -> bool:
        """Whether orders of a kind are to wait there."""
        return instrument in self._out and kind is not BatchKind.CANCEL

    def end_late(self, now_ns: int) -> None:
        """Forget those that the venue can accept no longer."""
        if self._until_ns:
            for instrument in [there for there, until_ns in self._until_ns.items() if until_ns <= now_ns]:
                self._end(instrument)

    def ends_at_ns(self) -> int:
        """When the next one without an answer is over; 0: none is out."""
        return min(self._until_ns.values(), default=0)

    def _end(self, instrument: Instrument) -> None:
        del self._out[instrument], self._until_ns[instrument]
