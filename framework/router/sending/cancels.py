"""Cancels that never left or have no answer: asked again, rarer and rarer, until their order is done or stands no more to go.

Cancelling twice does no harm, and an order that its strategy wants back must not go on resting because a line was down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from framework.kernel.clock import NS_PER_S
from framework.model.orders import Order, Pending

BACKOFF_S: Final = (1, 2, 4, 8, 15, 30)
"""Before each try; the last one goes on."""


class Cancels:
    """Orders whose cancel is to be asked again, and when."""

    def __init__(self) -> None:
        self.tries: dict[str, tuple[Order, int, int]] = {}
        """Order id -> the order, when to ask again, how often that was done."""

    def watch(self, order: Order, now_ns: int) -> None:
        """Its cancel never left, or nobody knows what became of it. One that is watched already keeps its time."""
        self.tries.setdefault(order.client_order_id, (order, now_ns + BACKOFF_S[0] * NS_PER_S, 0))

    def drop(self, order: Order) -> None:
        """Its cancel need not be asked again."""
        self.tries.pop(order.client_order_id, None)

    def take_due(self, now_ns: int) -> Iterator[Order]:
        """Those to be asked now; each again later, unless it is done or nobody wants it back."""
        for client_order_id, (order, due_ns, tries) in list(self.tries.items()):
            if order.is_done or order.pending is not Pending.CANCEL:
                del self.tries[client_order_id]
            elif due_ns <= now_ns:
                wait_s = BACKOFF_S[min(tries + 1, len(BACKOFF_S) - 1)]
                self.tries[client_order_id] = order, now_ns + wait_s * NS_PER_S, tries + 1
                yield order

    def due_ns(self) -> int:
        """When the next is to be asked; 0: none is."""
        return min([due_ns for _, due_ns, _ in self.tries.values()], default=0)
