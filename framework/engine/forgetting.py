"""Which done orders are still known: those that may have reached a venue as long as a fill of them may come late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from framework.kernel.clock import NS_PER_S
from framework.model.orders import Order, OrderState
from framework.model.rules import VenueRules

DONE_KEPT_MAX: Final = 20_000
"""Done orders kept for late reports and questions, of each of the two sorts; older ones live in the journal."""
LATE_NS: Final = 60 * NS_PER_S
"""After the last moment at which a venue may accept an order, so much longer a fill of it may be under way to us."""


class DoneOrder(Struct, frozen=True):
    """An order, and when it was done."""

    order: Order
    ts_ns: int


class DoneOrders:
    """Done orders, oldest first. Whoever floods us with what never leaves pushes out nothing that did.

    Of orders that may have reached a venue more than `DONE_KEPT_MAX` are kept only while a fill may come late: as many
    as the venue's limits let through in that time.
    """

    def __init__(self) -> None:
        self.late_ns: Mapping[str, int] = {}
        """Venue -> how long after its end a fill of an order may still come."""
        self._sent: deque[DoneOrder] = deque()
        self._unsent: deque[DoneOrder] = deque()

    def add(self, order: Order, ts_ns: int, *, was_sent: bool) -> bool:
        """An order is done. Whether there are so many that some may be overdue."""
        done = self._sent if was_sent else self._unsent
        done.append(DoneOrder(order, ts_ns))
        return len(done) > DONE_KEPT_MAX

    def kept(self) -> tuple[DoneOrder, ...]:
        """Those that may have reached a venue, oldest first, for a checkpoint."""
        return tuple(self._sent)

    def since(self, ts_ns: int, now_ns: int) -> list[Order]:
        """Those that ended since then, and of which a fill may still come."""
        return [done.order for done in self._sent if done.ts_ns >= ts_ns and not self._is_over(done, now_ns)]

    def remove(self, order: Order) -> None:
        """An order that was called absent is alive."""
        self._sent = deque([done for done in self._sent if done.order is not order])

    def overdue(self, now_ns: int) -> Iterator[Order]:
        """The orders that are known no longer."""
        while len(self._unsent) > DONE_KEPT_MAX:
            yield self._unsent.popleft().order
        while len(self._sent) > DONE_KEPT_MAX and self._is_over(self._sent[0], now_ns):
            yield self._sent.popleft().order

    def _is_over(self, done: DoneOrder, now_ns: int) -> bool:
        late_ns = self.late_ns.get(done.order.instrument.venue, LATE_NS)
        return now_ns > done.ts_ns + late_ns


def late_fill_ns(rules: VenueRules) -> int:
    """How long after the end of an order a venue may still tell of a fill of it."""
    return rules.acceptance_bound_ns + LATE_NS


def was_sent(order: Order, before: OrderState) -> bool:
    """Whether an order that is done now may have reached its venue.

    Args:
        before: its state until then.
    """
    return order.fills > 0 or (before is not OrderState.QUEUED and order.state is not OrderState.REFUSED)
