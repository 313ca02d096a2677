"""Orders that ended: fills of them may still be on their way to us, so the venue is asked how much it counts.

The end of an order and its fills come by ways of their own, and either may overtake the other. Until the venue has shown
the order ended, and our books have as much filled as it counts, the position behind it may be another one than our books
have. A venue that has forgotten an order is believed when no fill of it can be under way any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.logging import get_logger
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.events import OrderReport, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState
from framework.model.questions import Ask, Reply
from framework.ports import Schedule
from framework.router.doubt.absence import SKEW_NS
from framework.router.doubt.adoption import is_ahead
from framework.router.doubt.enquiries import Enquiries
from framework.router.doubt.late_fills import named_fills

log = get_logger()

CERTAIN: Final = frozenset({OrderState.FILLED, OrderState.REJECTED, OrderState.REFUSED, OrderState.ABSENT})
"""Ends after which no fill is to come."""
UNSENT: Final = frozenset({Source.ROUTER, Source.GATE})
"""Who ends what never left."""
UNDER_WAY_NS: Final = 60 * NS_PER_S
"""A fill from longer before an order is watched is in our books."""
AGAIN_NS: Final = NS_PER_S // 4
"""Until those that nobody could tell of are asked after again; twice as long each time."""
DOUBLED_MAX: Final = 7


class WatchedOrder(NamedTuple):
    """An order whose end matters."""

    order: Order
    since_ns: int
    """Fills that our books lack are from then or later."""


class Endings:
    """Watches orders, and asks after those that ended.

    Args:
        hear: takes a list of fills, and books those that were not.
        late_ns: venue -> how long after the end of an order a fill of it may still come.
    """

    def __init__(
        self,
        enquiries: Enquiries,
        hear: Callable[[Reply], None],
        clock: Clock,
        schedule: Schedule,
        late_ns: Mapping[str, int],
    ) -> None:
        self.on_settled: list[Callable[[Order], None]] = []
        """Told of an order that hid what is held, once all that filled of it is in our books."""
        self._enquiries = enquiries
        self._hear = hear
        self._clock = clock
        self._schedule = schedule
        self._late_ns = late_ns
        self._hiding: dict[str, Order] = {}
        """Orders on whose account somebody waits."""
        self._wakes = False
        self._tries = 0
        """How often they were asked after again without all being settled."""
        self._watched: dict[str, WatchedOrder] = {}
        self._counted: dict[str, int] = {}
        """Watched orders -> what their venue counts as filled, at their end."""
        self._ended_ns: dict[str, int] = {}
        """Watched orders that are done, and when that was seen first."""
        self._asked: dict[str, None] = {}
        """Those after which a question is out."""

    def watch(self, order: Order, from_ns: int) -> None:
        """When this order ends, or has ended, it is to be known what filled of it.

        Where nobody can be asked the venue is a simulated one, which tells fills before ends.

        Args:
            from_ns: what filled of it long before that is in our books.
        """
        if not self._enquiries.can_ask(order.instrument.venue):
            return
        since_ns = max(order.ts_created_ns - SKEW_NS, from_ns - UNDER_WAY_NS)
        self._watched.setdefault(order.client_order_id, WatchedOrder(order, since_ns))

    def on_report(self, report: OrderReport) -> None:
        """A report was applied."""
        name = report.client_order_id
        watched = self._watched.get(name)
        if watched is None:
            return
        self._counted[name] = max(report.filled_points, self._counted.get(name, -1))
        booked_points = watched.order.filled_points - watched.order.inside_points
        if watched.order.is_done and (report.source in UNSENT or self._counted[name] == booked_points):
            self._settle(name)
            self._tell()

    def await_fills(self, order: Order, ended_ns: int = 0) -> None:
        """An order ended while fills of it may be missing: if they are not told soon, they are asked for.

        Args:
            ended_ns: when that was; 0: now.
        """
        if order.client_order_id not in self._hiding:
            self.watch(order, ended_ns or self._clock.now_ns)
            self._hiding[order.client_order_id] = order
            self._wake()

    def unsettled(self) -> list[Order]:
        """Watched orders that ended, and of which fills may still come."""
        ended = [watched.order for watched in self._watched.values() if watched.order.is_done]
        for order in ended:
            if order.state in CERTAIN or self._is_long_over(order):
                self._settle(order.client_order_id)
        return [order for order in ended if order.client_order_id in self._watched]

    def _is_long_over(self, order: Order) -> bool:
        now_ns = self._clock.now_ns
        ended_ns = self._ended_ns.setdefault(order.client_order_id, now_ns)
        return now_ns > ended_ns + self._late_ns[order.instrument.venue]

    def _settle(self, name: str) -> None:
        self._watched.pop(name, None)
        self._counted.pop(name, None)
        self._ended_ns.pop(name, None)

    def hides(self, strategy: str, instrument: Instrument) -> bool:
        """Whether what a strategy holds is not known, since fills of an order that ended may still come: it is asked."""
        found = [each for each in self.unsettled() if (each.strategy, each.instrument) == (strategy, instrument)]
        for order in found:
            if order.client_order_id not in self._hiding:
                log.info("fills.awaited", strategy=strategy, instrument=instrument.id, order=order.client_order_id)
        if found:
            self._hiding.update({order.client_order_id: order for order in found})
            self.ask()
            self._wake()
        return bool(found)

    def _wake(self) -> None:
        if not self._wakes and self._hiding:
            self._wakes = True
            due_ns = self._clock.now_ns + (AGAIN_NS << min(self._tries, DOUBLED_MAX))
            self._schedule.at(due_ns, SENDER_PRIORITY, self._again)

    def _again(self) -> None:
        self._wakes = False
        self.ask()
        self._tell()
        self._tries = self._tries + 1 if self._hiding else 0
        self._wake()

    def _tell(self) -> None:
        """Tell of those that hide nothing any more."""
        settled = [order for name, order in self._hiding.items() if name not in self._watched]
        for order in settled:
            del self._hiding[order.client_order_id]
        for order in settled:
            for call in self.on_settled:
                call(order)

    def ask(self) -> None:
        """Ask after the oldest of them at each venue, unless questions wait there already."""
        for order in self.unsettled():
            name, venue = order.client_order_id, order.instrument.venue
            if name not in self._asked and not self._enquiries.is_behind(venue):
                self._asked[name] = None
                self._enquiries.ask(venue, Ask.ORDER, self._found, client_order_id=name)

    def _found(self, reply: Reply) -> None:
        """What the venue says of one; without an answer it is asked after again."""
        name = reply.question.client_order_id
        del self._asked[name]
        watched = self._watched.get(name)
        if watched is None or reply.failure or not reply.orders or reply.orders[0].state is OrderState.OPEN:
            return
        if not reply.orders[0].filled_points:
            self._settle(name)
            self._tell()
            return
        self._asked[name] = None
        heard = partial(self._filled, watched.order, reply)
        self._enquiries.ask(reply.question.venue, Ask.FILLS, heard, since_ns=watched.since_ns)

    def _filled(self, order: Order, shown: Reply, reply: Reply) -> None:
        """Fills since: booked, they must bring the order to what the venue counts, or both are asked for again."""
        del self._asked[order.client_order_id]
        if reply.failure:
            return
        self._hear(named_fills(reply, (shown,)))
        if not is_ahead(order, shown.orders[0]):
            self._settle(order.client_order_id)
            self._tell()
