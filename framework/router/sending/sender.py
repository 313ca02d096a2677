"""The sender: turns waiting orders into requests; `step(now)` sends what may leave and says when to come back.

Budget first, then take, then journal, then the gate: what arrives while we wait for budget joins the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from framework.kernel.logging import get_logger
from framework.kernel.records import RequestSent, RequestWithheld, VenueBanned
from framework.model.batch import AMEND, CANCEL, KINDS, PLACE, Batch, BatchKind, Change, Cleared, Refused, RequestKind
from framework.model.events import VENUE, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import DONE, Order
from framework.model.reasons import GATE_CLOSED, RATE_LIMITED, STALE
from framework.model.request_answer import RequestAnswer
from framework.ports import Desk, Journal, Listener
from framework.router.checks import Refusal
from framework.router.gate import Gate
from framework.router.sending.awaiting import Awaiting, WhenDurable
from framework.router.sending.lane import Lane, Proposed
from framework.router.sending.outstanding import Outstanding
from framework.router.sending.slots import Service, service_of

MOMENT_NS: Final = 100_000_000
"""Shorter than a venue takes to answer, or a sweep to look again."""
QUEUE_FULL: Final = "queue_full"
QUEUE_ORDERS_MAX: Final = 1_000

ANSWERS: Final[Mapping[ReportKind, BatchKind]] = {
    ReportKind.ACCEPTED: PLACE,
    ReportKind.REJECTED: PLACE,
    ReportKind.REFUSED: PLACE,
    ReportKind.FILLED: PLACE,
    ReportKind.EXPIRED: PLACE,
    ReportKind.CANCELLED: CANCEL,
    ReportKind.CANCEL_REJECTED: CANCEL,
    ReportKind.AMENDED: AMEND,
    ReportKind.AMEND_REJECTED: AMEND,
}
"""Which request a report of the venue answers, or one of the gateway that it never left."""

CANCEL_ANSWERS: Final = frozenset({ReportKind.CANCELLED, ReportKind.CANCEL_REJECTED})

log = get_logger()


class Sender:
    """Lanes of waiting orders, and the requests that are out.

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
        self._changes: dict[str, Change] = {}
        self.outstanding = Outstanding(desk)
        """Cancels and changes that are out."""
        self._placed: dict[str, int] = {}
        """Orders that may stand at the venue -> the request that placed them."""
        self.queue_orders_max = QUEUE_ORDERS_MAX
        """How many new orders of a strategy may wait, of ordinary ones and of reducing ones."""
        self._requests = 0
        self._listeners = listeners
        self._awaiting = Awaiting()
        self.watch: Callable[[Batch], None] | None = None
        """Told of each request that was handed over: silence must not last."""
        self.when_durable: WhenDurable | None = None
        """`journal.before_send = "sync"`: a request leaves when its record survives a power cut. None: at once."""
        self.look_again: Callable[[], None] = lambda: None
        """Asked for another step in this instant, where orders began to wait again outside of one."""

    def put(self, kind: BatchKind, order: Order, change: Change | None = None, service: Service | None = None) -> None:
        """Let an order wait for a request; a newer change of the same order replaces the older.

        Args:
            service: a higher class than its own: a kill switch's cancels go before all others.
        """
        lane, is_shrink = self._lanes[order.instrument.venue], False
        if change is not None:
            is_shrink = self._shrinks(lane, order, change)
            self._changes[order.client_order_id] = change
        lane.slots.put(kind, order, service_of(kind, order) if service is None else service, is_shrink=is_shrink)

    def _shrinks(self, lane: Lane, order: Order, change: Change) -> bool:
        """Whether a change only takes size away, where that keeps the order's place and is a request of its own kind.

        While another change of the order is out, nobody knows what this one will meet: it goes as any other.
        """
        if RequestKind.SHRINK not in lane.rules.costs:
            return False
        if self.outstanding.holds(AMEND, order) or self._awaiting.holds(AMEND, order):
            return False
        return change.price_points == order.price_points and change.size_points < order.size_points

    def can_amend(self, order: Order) -> bool:
        """Whether the order's venue changes orders that rest."""
        return self._lanes[order.instrument.venue].rules.amends_under_one_id

    def withdraw(self, kind: BatchKind, order: Order) -> bool:
        """Take an order out of the slots of a kind. False: it does not wait there, or has left."""
        if kind is AMEND:
            self._changes.pop(order.client_order_id, None)
        return self._lanes[order.instrument.venue].slots.drop(kind, order) or self._awaiting.drop(kind, order)

    def is_cancelling(self, order: Order, now_ns: int) -> bool:
        """A cancel of an order left this moment and has no answer: who asks for another, for a cause of its own, gets that."""
        left_ns = self.outstanding.left_ns(CANCEL, order)
        return bool(left_ns) and now_ns - left_ns < MOMENT_NS

    def recall(self, kind: BatchKind, order: Order) -> bool:
        """Take an order out of a request whose record is on its way to the disk: what that record says is not to be sent.

        False: it waits in none. True: it waits nowhere now; put it again, and a new record is made.
        """
        return self._awaiting.drop(kind, order)

    def step(self, now_ns: int) -> int:
        """Send what the budget allows. Returns when to step again, 0 when nothing waits for time."""
        wake_ns = 0
        for lane in self._lanes.values():
            again_ns = self._serve(lane, now_ns) if lane.slots.orders else 0
            if again_ns and (not wake_ns or again_ns < wake_ns):
                wake_ns = again_ns
        return wake_ns

    def full(self, order: Order, elsewhere: int = 0) -> Refusal | None:
        """Why a new order may not wait here: too many of its strategy and class do already. Others are not affected.

        Args:
            elsewhere: how many orders of its strategy wait before they come here, for cash or for others of ours.
        """
        slots = self._lanes[order.instrument.venue].slots
        if slots.orders + elsewhere < self.queue_orders_max:
            return None
        waiting = slots.waiting(order.strategy, service_of(PLACE, order)) + elsewhere
        if waiting < self.queue_orders_max:
            return None
        return Refusal(QUEUE_FULL, f"most {self.queue_orders_max} orders of a strategy may wait, {waiting} do")

    def restore(self, bans: Mapping[tuple[str, str], int]) -> None:
        """Bans that earlier sessions were told of still hold.

        Args:
            bans: (venue, account) -> UTC instant of their end.
        """
        for (venue, account), until_ns in bans.items():
            lane = self._lanes.get(venue)
            if lane is not None and lane.account == account:
                lane.budget.ban(until_ns)

    def on_answer(self, answer: RequestAnswer, now_ns: int) -> None:
        """What an answer says of limits."""
        lane = self._lanes[answer.venue]
        lane.hears_answers = True
        if answer.is_limited:
            log.warning("budget.paused", venue=answer.venue, request=answer.request_id)
        if answer.banned_until_ns > max(now_ns, lane.budget.banned_until_ns):
            log.error("venue.banned_us", venue=answer.venue, account=lane.account, until_ns=answer.banned_until_ns)
            self._journal.write(VenueBanned(answer.venue, lane.account, answer.banned_until_ns))
        lane.budget.heard(answer, now_ns)
        if answer.more_requests:
            for listener in self._listeners:
                listener.went_as(answer.request_id, 1 + answer.more_requests)

    def on_report(self, order: Order, report: OrderReport, now_ns: int) -> None:
        """A venue's report: its request was answered, and a 429 pauses its bucket."""
        lane = self._lanes.get(order.instrument.venue)
        if lane is None:
            return
        order_id, is_done = order.client_order_id, order.state in DONE
        placed_by = self._placed.get(order_id)
        if is_done or report.kind in CANCEL_ANSWERS:
            lane.symbol_cancels.told(order)
        if is_done and placed_by is not None:
            self._ended(lane, order)
        if is_done and lane.slots.orders:
            self.withdraw(CANCEL, order)
            self.withdraw(AMEND, order)
        kind = ANSWERS.get(report.kind)
        if report.source is not VENUE:
            if kind is not None and kind is not PLACE:
                self.outstanding.settled(kind, report)
            return
        answers, is_told = report.request_id, kind is AMEND and report.kind is ReportKind.AMENDED
        if kind is None or (is_told and not answers and self._desk.is_changing(order)):
            return  # said twice, it answers nothing: the change that is out is another
        request_id = placed_by if kind is PLACE else self.outstanding.answered(order_id, kind, answers)
        if request_id is None or (lane.hears_answers and kind is not PLACE):
            return  # another cancel may have ended it, or a person: this request may not even have left yet
        budget = lane.budget
        if report.reason == RATE_LIMITED:
            log.warning("budget.paused", venue=order.instrument.venue, kind=kind.value)
            budget.refused(request_id, now_ns)
        budget.answered(request_id, now_ns)

    def _ended(self, lane: Lane, order: Order) -> None:
        """An order that was placed is done: no cancel of it need find room."""
        del self._placed[order.client_order_id]
        if order.price_points:
            lane.budget.stands(order.instrument, -1)

    @property
    def waiting(self) -> int:
        """Orders that wait for a request, or in one for its record to survive."""
        waiting = self._awaiting.orders
        for lane in self._lanes.values():
            waiting += lane.slots.orders
        return waiting

    @property
    def at_disk(self) -> Collection[int]:
        """Requests that wait for their record to survive."""
        return self._awaiting.requests

    def _serve(self, lane: Lane, now_ns: int) -> int:
        """Send what may leave of a lane. Returns when to look again, 0 when nothing waits."""
        lane.symbol_cancels.end_late(now_ns)
        if lane.slots.orders == 1 and self._send_alone(lane, now_ns):
            return 0
        if not self._gate.look():
            self._drop_barred(lane)
        self._drop_stale(lane, now_ns)
        while lane.slots.orders:
            was_held = lane.holds_cancels(now_ns)
            sent = [self._send(lane, proposed, now_ns) for proposed in lane.plan(now_ns, self._desk)]
            if all(sent) and was_held == lane.holds_cancels(now_ns):
                break
            # What the gate refused leaves its room to others; cancels that leave, after a long wait, let new orders go.
        if not lane.slots.orders:
            return 0
        lane.look(now_ns)
        oldest_ns = lane.slots.oldest_ns()
        wakes_ns = [lane.budget.opens_at_ns(kind, now_ns) for kind in lane.slots.kinds()]
        wakes_ns.append(self._gate.stale_from_ns(oldest_ns) if oldest_ns else 0)
        wakes_ns.append(lane.symbol_cancels.ends_at_ns())
        if lane.slots.has_shrinks:
            wakes_ns.append(lane.budget.frees_at_ns(RequestKind.SHRINK, 1, now_ns))
        return min([ts_ns for ts_ns in wakes_ns if ts_ns > now_ns], default=0)

    def _drop_barred(self, lane: Lane) -> None:
        """Refuse what the gate would not let pass, before it waits for budget or spoils a request of others."""
        for kind, order in lane.slots.creating():
            why = self._gate.barred(order, self._changes.get(order.client_order_id))
            if why:
                self.withdraw(kind, order)
                said = ReportKind.AMEND_REJECTED if kind is AMEND else ReportKind.REFUSED
                self._refuse(order, GATE_CLOSED, why, Source.GATE, said)

    def _drop_stale(self, lane: Lane, now_ns: int) -> None:
        """Refuse what waited too long by itself: those that share its request are not to suffer."""
        for order in lane.slots.take_older(now_ns - self._gate.intent_age_max_ns):
            self._refuse(order, STALE, self._gate.stale(order, now_ns), Source.GATE, ReportKind.REFUSED)

    def _send_alone(self, lane: Lane, now_ns: int) -> bool:
        """The short way of a lone order that finds room. False: it goes on waiting."""
        alone = lane.slots.take_alone()
        if alone is None:
            return False
        request = lane.lone.way(alone.kind, lane.budget.look(now_ns), is_shrink=alone.is_shrink)
        if request is None:
            lane.slots.put(alone.kind, alone.order, alone.service, is_shrink=alone.is_shrink)
            return False
        self._hand_over(lane, alone.order.instrument, request, (alone.order,), now_ns)
        return True

    def _send(self, lane: Lane, proposed: Proposed, now_ns: int) -> bool:
        """Take the orders of a request, the sells of a turn before its buys, and send it. False: the gate refused it."""
        share, request, most = proposed
        orders = tuple(lane.slots.take(share, most))
        assert orders, proposed
        return self._hand_over(lane, share.slot.instrument, request, orders, now_ns)

    def _hand_over(
        self, lane: Lane, instrument: Instrument, request: RequestKind, orders: tuple[Order, ...], now_ns: int
    ) -> bool:
        """Let a request pass the gate, and hand it to the port. False: the gate refused it."""
        kind = KINDS[request]
        request_id = self._requests + 1
        changes: tuple[Change, ...] = ()
        if kind is AMEND:
            changes = tuple([self._changes.pop(order.client_order_id) for order in orders])
        batch = Batch(request_id, lane.rules.venue, lane.account, instrument, request, orders, changes)
        cleared = self._gate.clear(batch, now_ns)
        if isinstance(cleared, Refused):
            self._turn_away(batch, cleared)
            return False
        self._requests = request_id
        lane.budget.draw(request_id, request, len(orders), now_ns)
        self._journal.write(_record(batch, kind))
        if self.when_durable is None or kind is CANCEL:  # a cancel creates nothing: it waits for no disk
            self._send_off(lane, cleared)
        else:
            self._awaiting.hold(batch)
            self.when_durable(lambda later_ns: self._send_durable(lane, request_id, later_ns))
        return True

    def _send_durable(self, lane: Lane, request_id: int, now_ns: int) -> None:
        """The record of a request survives a power cut: let what is left of it pass the gate as it stands now."""
        batch = self._awaiting.release(request_id)
        is_shut = lane.budget.is_shut(batch.request, now_ns)  # a 429 or a ban may have been told while it waited
        cleared = self._gate.clear(batch, now_ns) if batch.orders and not is_shut else None
        if isinstance(cleared, Cleared) and lane.budget.renew(request_id, now_ns):
            self._send_off(lane, cleared)
            return
        self._journal.write(RequestWithheld(request_id))
        lane.budget.withheld(request_id, now_ns)
        if isinstance(cleared, Refused):
            self._turn_away(batch, cleared)
        else:
            self._put_back(batch, batch.orders)
        self.look_again()

    def _put_back(self, batch: Batch, orders: Sequence[Order]) -> None:
        """Let orders of a request that did not leave wait for another one. A newer change of theirs stands."""
        changes = dict(zip([order.client_order_id for order in batch.orders], batch.changes, strict=False))
        for order in orders:
            change = self._changes.get(order.client_order_id) or changes.get(order.client_order_id)
            self.put(batch.kind, order, change)

    def _send_off(self, lane: Lane, cleared: Cleared) -> None:
        batch = cleared.batch
        self._desk.handed_over(batch)
        if KINDS[batch.request] is PLACE:
            resting = 0
            for order in batch.orders:
                self._placed[order.client_order_id] = batch.request_id
                resting += order.price_points > 0
            if resting:  # a market order rests nowhere: what is kept for cancels grows by none
                lane.budget.stands(batch.instrument, resting)
        else:
            self.outstanding.sent(batch, cleared.cleared_ns)
            if batch.request is RequestKind.CANCEL_SYMBOL:
                lane.symbol_cancels.sent(batch.instrument, batch.orders, cleared.cleared_ns)
        lane.port.send(cleared)
        if self.watch is not None:
            self.watch(batch)
        for listener in self._listeners:
            listener.sent(cleared)

    def _turn_away(self, batch: Batch, refused: Refused) -> None:
        """Refuse the orders of a batch. Those that only reduce are not refused for what shares their request."""
        said = ReportKind.AMEND_REJECTED if batch.kind is AMEND else ReportKind.REFUSED
        is_mixed = len({order.reduce_only for order in batch.orders}) > 1
        for order in batch.orders:
            if is_mixed and order.reduce_only:
                self._put_back(batch, (order,))
            else:
                self._refuse(order, refused.reason, refused.detail, Source.GATE, said)


def _record(batch: Batch, kind: BatchKind) -> RequestSent:
    orders = tuple([order.client_order_id for order in batch.orders])
    changes = tuple([(change.price_points, change.size_points) for change in batch.changes]) if batch.changes else ()
    return RequestSent(
        batch.request_id, batch.venue, batch.account, batch.instrument.id, kind, orders, changes, request=batch.request
    )
