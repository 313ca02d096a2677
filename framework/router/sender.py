"""The sender: turns waiting orders into requests; `step(now)` sends what may leave and says when to come back.

Budget first, then take, then journal, then the gate: what arrives while we wait for budget joins the batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from framework.kernel.logging import get_logger
from framework.kernel.records import RequestSent
from framework.model.batch import Batch, BatchKind, Change, Refused
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.rules import VenueRules, request_kind
from framework.ports import Desk, Journal, Listener, OrderPort
from framework.router.budget import Budget
from framework.router.gate import STALE, Gate

RATE_LIMITED: Final = "rate_limited"

SERVICE: Final = (BatchKind.CANCEL, BatchKind.PLACE, BatchKind.AMEND)
"""Cancels are always served first."""

ANSWERS: Final[Mapping[ReportKind, BatchKind]] = {
    ReportKind.ACCEPTED: BatchKind.PLACE,
    ReportKind.REJECTED: BatchKind.PLACE,
    ReportKind.FILLED: BatchKind.PLACE,
    ReportKind.EXPIRED: BatchKind.PLACE,
    ReportKind.CANCELLED: BatchKind.CANCEL,
    ReportKind.CANCEL_REJECTED: BatchKind.CANCEL,
    ReportKind.AMENDED: BatchKind.AMEND,
    ReportKind.AMEND_REJECTED: BatchKind.AMEND,
}
"""Which request a venue's report answers."""

log = get_logger()


@dataclass
class Lane:
    """The way to one venue and account: its rules, its budget, its order port."""

    rules: VenueRules
    account: str
    port: OrderPort
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.rules)


class Slot(NamedTuple):
    """Where orders wait for a request of their kind."""

    venue: str
    account: str
    instrument: Instrument
    kind: BatchKind


class Sender:
    """Slots of waiting orders, and the requests that are out.

    Args:
        lanes: venue -> the way there.
        refuse: tells of an order that the gate did not let pass.
        listeners: told of each request that left.
    """

    def __init__(
        self,
        lanes: Mapping[str, Lane],
        gate: Gate,
        desk: Desk,
        journal: Journal,
        refuse: Callable[[Order, str, str, Source, ReportKind], None],
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._lanes = lanes
        self._gate = gate
        self._desk = desk
        self._journal = journal
        self._refuse = refuse
        self._slots: dict[BatchKind, dict[Slot, dict[str, Order]]] = {kind: {} for kind in SERVICE}
        self._changes: dict[str, Change] = {}
        self._asked: dict[tuple[str, BatchKind], deque[int]] = {}
        """The requests of one kind that are out for an order, oldest first: answers of a kind keep their order."""
        self._requests = 0
        self._listeners = listeners

    def put(self, kind: BatchKind, order: Order, change: Change | None = None) -> None:
        """Let an order wait for a request; a newer change of the same order replaces the older."""
        lane = self._lanes[order.instrument.venue]
        slot = Slot(order.instrument.venue, lane.account, order.instrument, kind)
        self._slots[kind].setdefault(slot, {})[order.client_order_id] = order
        if change is not None:
            self._changes[order.client_order_id] = change

    def withdraw(self, kind: BatchKind, order: Order) -> bool:
        """Take an order out of the slots of a kind. False: it does not wait there, or has left."""
        lane = self._lanes[order.instrument.venue]
        slot = Slot(order.instrument.venue, lane.account, order.instrument, kind)
        if kind is BatchKind.AMEND:
            self._changes.pop(order.client_order_id, None)
        return self._slots[kind].get(slot, {}).pop(order.client_order_id, None) is not None

    def step(self, now_ns: int) -> int:
        """Send what the budget allows. Returns when to step again, 0 when nothing waits for time."""
        wakes_ns = []
        for kind in SERVICE:
            slots = self._slots[kind]
            due = [slot for slot, waiting in slots.items() if waiting]
            while due:
                slot = due.pop(0)
                if not self._send_one(slot, slots[slot], now_ns):
                    wakes_ns.append(self._wake_at_ns(slot, slots[slot], now_ns))
                    continue
                # One request each in turn: who floods a pair does not keep the others waiting.
                slots[slot] = slots.pop(slot)
                if slots[slot]:
                    due.append(slot)
        return min(wakes_ns, default=0)

    def on_report(self, report: OrderReport, now_ns: int) -> None:
        """A venue's report: its request was answered, and a 429 pauses its bucket."""
        order = self._desk.order(report.client_order_id)
        if order is None or report.source is not Source.VENUE:
            return
        if order.is_done:
            self.withdraw(BatchKind.CANCEL, order)
            self.withdraw(BatchKind.AMEND, order)
        kind = ANSWERS.get(report.kind)
        if kind is None:
            return
        request_id = self._answered(report.client_order_id, kind)
        if request_id is None:
            return
        budget = self._lanes[order.instrument.venue].budget
        if report.reason == RATE_LIMITED:
            log.warning("budget.paused", venue=order.instrument.venue, kind=kind.value)
            budget.refused(request_id, now_ns)
        budget.answered(request_id, now_ns)

    def _answered(self, client_order_id: str, kind: BatchKind) -> int | None:
        """The oldest request of a kind that is out for an order; it is out no longer."""
        requests = self._asked.get((client_order_id, kind))
        if requests is None:
            return None
        request_id = requests.popleft()
        if not requests:
            del self._asked[client_order_id, kind]
        return request_id

    @property
    def waiting(self) -> int:
        """Orders that wait for a request."""
        return sum(len(waiting) for slots in self._slots.values() for waiting in slots.values())

    def _shape(self, slot: Slot, waiting: Mapping[str, Order]) -> int:
        """How many of the waiting orders the next request takes, if the budget has room for them."""
        return min(len(waiting), self._lanes[slot.venue].rules.batch_max[slot.kind])

    def _wake_at_ns(self, slot: Slot, waiting: Mapping[str, Order], now_ns: int) -> int:
        """When budget comes back, or the oldest order becomes stale."""
        count = self._shape(slot, waiting)
        frees_ns = self._lanes[slot.venue].budget.frees_at_ns(request_kind(slot.kind, count), count, now_ns)
        if slot.kind is not BatchKind.PLACE:
            return frees_ns
        return min(frees_ns, self._gate.stale_at_ns(next(iter(waiting.values()))))

    def _send_one(self, slot: Slot, waiting: dict[str, Order], now_ns: int) -> bool:
        """One request of a slot; False when its budget is used up."""
        budget = self._lanes[slot.venue].budget
        if slot.kind is BatchKind.PLACE:
            self._drop_stale(waiting, now_ns)
        count = self._shape(slot, waiting)
        if not count:
            return True
        kind = request_kind(slot.kind, count)
        count = budget.room(kind, count, now_ns)
        if not count:
            return False
        batch = self._take(slot, waiting, count)
        cleared = self._gate.clear(batch, now_ns)
        if isinstance(cleared, Refused):
            said = ReportKind.AMEND_REJECTED if slot.kind is BatchKind.AMEND else ReportKind.REFUSED
            for order in batch.orders:
                self._refuse(order, cleared.reason, cleared.detail, Source.GATE, said)
            return True
        budget.draw(batch.request_id, kind, count, now_ns)
        self._journal.write(_record(batch))
        self._desk.handed_over(batch)
        for order in batch.orders:
            self._asked.setdefault((order.client_order_id, batch.kind), deque()).append(batch.request_id)
        self._lanes[slot.venue].port.send(cleared)
        for listener in self._listeners:
            listener.sent(cleared)
        return True

    def _drop_stale(self, waiting: dict[str, Order], now_ns: int) -> None:
        """Refuse what waited too long by itself: those that share its request are not to suffer."""
        while waiting:
            oldest = next(iter(waiting.values()))
            detail = self._gate.stale(oldest, now_ns)
            if not detail:
                return
            del waiting[oldest.client_order_id]
            self._refuse(oldest, STALE, detail, Source.GATE, ReportKind.REFUSED)

    def _take(self, slot: Slot, waiting: dict[str, Order], count: int) -> Batch:
        """The next batch: sells before buys, so that their money is there; otherwise in order of arrival."""
        orders = sorted(waiting.values(), key=lambda order: order.is_buy)[:count]
        for order in orders:
            del waiting[order.client_order_id]
        self._requests += 1
        changes = (
            tuple(self._changes.pop(order.client_order_id) for order in orders) if slot.kind is BatchKind.AMEND else ()
        )
        return Batch(self._requests, slot.venue, slot.account, slot.instrument, slot.kind, tuple(orders), changes)


def _record(batch: Batch) -> RequestSent:
    return RequestSent(
        request_id=batch.request_id,
        venue=batch.venue,
        account=batch.account,
        instrument=batch.instrument.id,
        kind=batch.kind.value,
        orders=tuple(order.client_order_id for order in batch.orders),
        changes=tuple((change.price_points, change.size_points) for change in batch.changes),
    )
