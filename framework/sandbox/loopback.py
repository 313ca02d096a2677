"""The simulated exchange without its simulated network: a request is judged when it is there, answers come at once.

It keeps what a real venue can be asked for later: every order that it accepted, and every fill.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from framework.kernel.clock import Clock
from framework.model.batch import BatchKind, Change, request_kind
from framework.model.events import Fill, MarketEvent, OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.latency import Fixed
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.venues.sim.orders import VenueOrder
from framework.venues.sim.venue import SentRequest, SimVenue

ENDS = {ReportKind.CANCELLED, ReportKind.EXPIRED}
REFUSALS = {ReportKind.REJECTED, ReportKind.CANCEL_REJECTED, ReportKind.AMEND_REJECTED}
"""For who asked alone: nothing became of the order."""


class AtOnce:
    """A schedule on which everything is due: the real network is slow enough."""

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:  # noqa: ARG002 - nothing waits
        """Do it now."""
        action()


class PastOrder:
    """What the venue remembers of an order."""

    __slots__ = ("order", "reason", "state", "ts_ns", "venue_order_id")

    def __init__(self, order: VenueOrder, venue_order_id: str, ts_ns: int) -> None:
        self.order = order
        self.venue_order_id = venue_order_id
        self.ts_ns = ts_ns
        self.state = "open"
        self.reason = ""


class PastFill:
    """A fill, as it is asked for later."""

    __slots__ = ("fill", "order", "ts_ns")

    def __init__(self, order: VenueOrder, fill: Fill, ts_ns: int) -> None:
        self.order = order
        self.fill = fill
        self.ts_ns = ts_ns


class LoopbackVenue:
    """One account at one venue.

    Args:
        told: hears every report of an accepted order, in order; refusals are for who asked alone.
    """

    def __init__(
        self,
        rules: VenueRules,
        instruments: Sequence[Instrument],
        balances: Mapping[str, Decimal],
        clock: Clock,
        seed: int = 1,
    ) -> None:
        self.rules = rules
        self.clock = clock
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.orders: dict[str, PastOrder] = {}
        self.fills: list[PastFill] = []
        self.last = RequestAnswer(0, rules.venue)
        """What the answer to the last request says of limits."""
        self.told: Callable[[OrderReport], None] = lambda report: None  # noqa: ARG005
        self.observed: Callable[[MarketEvent], None] = lambda event: None  # noqa: ARG005
        """Hears how the market moves, once the venue has seen it."""
        self._arriving: dict[str, VenueOrder] = {}
        self._said: dict[str, OrderReport] = {}
        """First report of each order of the request that is being judged: what its answer says."""
        self._sim = SimVenue(
            rules, instruments, balances, clock, AtOnce(), self, Fixed(0), random.Random(seed), tells_limits=True
        )

    def observe(self, event: MarketEvent) -> None:
        """The market moves; resting orders may fill."""
        self._sim.observe(event)
        self.observed(event)

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> (free, locked)."""
        return self._sim.balances()

    def open_ids(self, symbol: str) -> list[str]:
        """Client ids of the orders that rest, oldest first; of every symbol where none is named."""
        resting = self._sim.open_orders()
        return [order.client_order_id for order in resting if symbol in ("", order.instrument.symbol)]

    def place(self, instrument: Instrument, orders: Sequence[VenueOrder]) -> list[OrderReport]:
        """Judge new orders. One report each, in their order."""
        return self._judge(BatchKind.PLACE, instrument, [order.client_order_id for order in orders], orders)

    def cancel(self, instrument: Instrument, ids: Sequence[str]) -> list[OrderReport]:
        """Take orders back. One report each."""
        return self._judge(BatchKind.CANCEL, instrument, ids)

    def amend(self, instrument: Instrument, ids: Sequence[str], changes: Sequence[Change]) -> list[OrderReport]:
        """Change orders. One report each."""
        return self._judge(BatchKind.AMEND, instrument, ids, (), changes)

    def report(self, report: OrderReport) -> None:
        """Take what the simulated exchange says: keep it, and tell it on."""
        self._said.setdefault(report.client_order_id, report)
        if report.kind in REFUSALS:
            return
        order = self._arriving.get(report.client_order_id)
        if order is not None and report.client_order_id not in self.orders:
            # A fill at once, or an end at once, is acknowledgement enough.
            self.orders[report.client_order_id] = PastOrder(order, report.venue_order_id, report.ts_recv_ns)
        record = self.orders.get(report.client_order_id)
        if record is None:
            return
        if report.fill is not None:
            self.fills.append(PastFill(record.order, report.fill, report.ts_recv_ns))
            record.state = "open" if record.order.left_points else "filled"
        elif report.kind in ENDS:
            record.state, record.reason = report.kind.value, report.reason
        record.venue_order_id = report.venue_order_id or record.venue_order_id
        self.told(report)

    def answered(self, answer: RequestAnswer) -> None:
        """Keep what the simulated exchange says of a whole request."""
        self.last = answer

    def _judge(
        self,
        kind: BatchKind,
        instrument: Instrument,
        ids: Sequence[str],
        orders: Sequence[VenueOrder] = (),
        changes: Sequence[Change] = (),
    ) -> list[OrderReport]:
        self._said.clear()
        self._arriving = {order.client_order_id: order for order in orders}
        self._sim.arrive(
            SentRequest(
                0,
                request_kind(kind, len(ids)),
                kind,
                instrument,
                () if orders else tuple(ids),
                tuple(orders),
                tuple(changes),
            )
        )
        return [self._said[client_order_id] for client_order_id in ids]
