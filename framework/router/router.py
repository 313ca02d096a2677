"""The ONE central order router: every intent of every strategy comes here, and leaves as few requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, assert_never

from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.records import IntentTaken, OrderMade
from framework.kernel.tape_loop import SENDER_PRIORITY, VENUE_PRIORITY
from framework.model.batch import BatchKind, Change
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Rung, Target
from framework.model.orders import Order, OrderState, Pending
from framework.ports import Desk, Journal, ReportSink, Schedule
from framework.router.checks import Refusal, check, check_change
from framework.router.gate import Gate
from framework.router.ladders import difference
from framework.router.sender import RATE_LIMITED, Lane, Sender
from framework.router.targets import TAG, missing_points, must_wait, obsolete, order_for

REFUSAL_DELAY_NS: Final = 1_000_000
"""A refusal is told this much later: a strategy that answers one with the same order again cannot stop the clock."""

WITHDRAWN: Final = "withdrawn"
"""Reason of an order that was cancelled before it left: no request was spent on it."""

Key = tuple[str, Instrument, str]
"""Strategy, instrument and tag: whose ladder or target."""


class Router:
    """Takes the intents of a turn, checks them, and hands orders to the sender.

    Args:
        desk: what it may read of market, orders and holdings.
        lanes: venue -> the way there.
        reports: where refusals go, as reports like any other.
        ids: names for the orders that targets and ladders make.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        lanes: Mapping[str, Lane],
        gate: Gate,
        clock: Clock,
        schedule: Schedule,
        journal: Journal,
        reports: ReportSink,
        ids: OrderIds,
    ) -> None:
        self.gate = gate
        self.sender = Sender(lanes, gate, desk, journal, self._refuse)
        self.lanes = lanes
        self._desk = desk
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._reports = reports
        self._ids = ids
        self._held_rungs: dict[Key, list[Rung]] = {}
        """Rungs that wait for a cancel of their ladder to free the money."""
        self._held_targets: dict[Key, Target] = {}
        """Targets to be looked at again when an order of theirs is done."""
        self._unacknowledged: dict[str, Order] = {}
        """Orders to be cancelled as soon as the venue knows them."""
        self._wakes_ns: set[int] = set()
        """Instants at which a step is arranged."""

    def turn(self, intents: Iterable[tuple[str, Intent]]) -> None:
        """Take all intents of a turn, then send: what a turn wants shares requests."""
        for strategy, intent in intents:
            self._take(strategy, intent)
        self.step()

    def step(self) -> None:
        """Send what may leave now, and come back when budget frees."""
        now_ns = self._clock.now_ns
        wake_ns = self.sender.step(now_ns)
        if wake_ns > now_ns:
            self._wake(wake_ns)

    def _wake(self, ts_ns: int) -> None:
        """Step at an instant, unless an earlier step is arranged: that one will see to it."""
        if not self._wakes_ns or ts_ns < min(self._wakes_ns):
            self._wakes_ns.add(ts_ns)
            self._schedule.at(ts_ns, SENDER_PRIORITY, partial(self._woken, ts_ns))

    def _woken(self, ts_ns: int) -> None:
        self._wakes_ns.discard(ts_ns)
        self.step()

    def heard(self, report: OrderReport) -> None:
        """A report was applied: budgets are told, and what waited for it goes on."""
        self.sender.heard(report, self._clock.now_ns)
        order = self._desk.order(report.client_order_id)
        if order is not None:
            self._insist(order, report)
            if order.is_done:
                self._resume(order)
        if self.sender.waiting:
            self._wake(self._clock.now_ns)

    def _insist(self, order: Order, report: OrderReport) -> None:
        """A cancel leaves once the venue knows its order, and again after it met a full bucket."""
        waited = self._unacknowledged.pop(order.client_order_id, None)
        if order.is_done:
            return
        if waited is not None:
            self.sender.put(BatchKind.CANCEL, order)
        elif report.kind is ReportKind.CANCEL_REJECTED and report.reason == RATE_LIMITED:
            self._cancel(order)

    def _take(self, strategy: str, intent: Intent) -> None:
        match intent:
            case Place(order, refusal):
                self._place(order, Refusal("bad_number", refusal) if refusal else None)
            case Cancel(order):
                self._note(strategy, "cancel", order.instrument, order.client_order_id)
                self._let_go((order.strategy, order.instrument, order.tag))
                self._cancel(order)
            case Amend(order, price_points, size_points):
                self._note(strategy, "amend", order.instrument, order.client_order_id)
                self._amend(order, Change(price_points, size_points))
            case Target():
                self._note(strategy, "target", intent.instrument, _wanted(intent))
                self._target(intent)
            case Ladder():
                self._note(strategy, "ladder", intent.instrument, f"{intent.tag} {len(intent.rungs)}")
                self._ladder(intent)
            case _:
                assert_never(intent)

    def _place(self, order: Order, refusal: Refusal | None = None) -> None:
        """Check an order and let it wait for its request."""
        refusal = refusal or check(order, self._desk)
        self._desk.admit(order, is_refused=refusal is not None)
        self._journal.write(_made(order))
        if refusal is not None:
            self._refuse(order, refusal.reason, refusal.detail, Source.ROUTER)
        else:
            self.sender.put(BatchKind.PLACE, order)

    def _cancel(self, order: Order) -> None:
        """Take an order back: an unsent one never leaves, a sent one gets a cancel, once."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        if order.state is OrderState.QUEUED:
            if self.sender.withdraw(BatchKind.PLACE, order):
                order.pending = Pending.CANCEL
                self._refuse(order, WITHDRAWN, "cancelled before it left", Source.ROUTER, ReportKind.CANCELLED)
        else:
            order.pending = Pending.CANCEL
            self.sender.withdraw(BatchKind.AMEND, order)
            if order.state is OrderState.SENT:
                # A cancel that overtakes its place finds nothing there: it waits for the acknowledgement.
                self._unacknowledged[order.client_order_id] = order
            else:
                self.sender.put(BatchKind.CANCEL, order)

    def _amend(self, order: Order, change: Change) -> None:
        """Change an order that rests; an unsent one is changed where it waits."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        refusal = check_change(order, change, self._desk)
        if refusal is not None:
            self._refuse(order, refusal.reason, refusal.detail, Source.ROUTER, ReportKind.AMEND_REJECTED)
        elif order.state is OrderState.QUEUED:
            order.price_points, order.size_points = change.price_points, change.size_points
            self._later(partial(self._tell_amended, order))
        else:
            self.sender.put(BatchKind.AMEND, order, change)

    def _tell_amended(self, order: Order) -> None:
        """An unsent order was changed: what it reserves follows, and the strategy hears of it."""
        report = OrderReport(
            order.client_order_id,
            self._clock.now_ns,
            ReportKind.AMENDED,
            Source.ROUTER,
            price_points=order.price_points,
            size_points=order.size_points,
        )
        self._reports.report(report)

    def _target(self, target: Target) -> None:
        """Send what is missing. Resting orders that no longer serve go first, and the target waits for that."""
        key = (target.strategy, target.instrument, target.tag or TAG)
        self._held_targets.pop(key, None)
        for order in obsolete(target, self._desk):
            self._cancel(order)
        missing = missing_points(target, self._desk)
        is_held = must_wait(target, missing, self._desk)
        if is_held:
            self._held_targets[key] = target
        if missing:
            order = order_for(target, missing, self._desk, self._clock.now_ns)
            if not is_held or check(order, self._desk) is None:
                order.client_order_id = self._ids.next(target.strategy)
                self._place(order)

    def _ladder(self, ladder: Ladder) -> None:
        """Cancel what no longer fits, place what is new; a newer ladder replaces what still waits of an older one."""
        key = (ladder.strategy, ladder.instrument, ladder.tag)
        standing = [order for order in self._desk.open_of(ladder.strategy) if order.instrument is ladder.instrument]
        go, come = difference(ladder, standing)
        for order in go:
            self._cancel(order)
        self._held_rungs.pop(key, None)
        self._raise(key, list(come))

    def _raise(self, key: Key, rungs: list[Rung]) -> None:
        """Place rungs; those without money wait while a cancel of the same ladder is on its way."""
        held = []
        for rung in rungs:
            order = self._rung_order(key, rung)
            refusal = check(order, self._desk)
            if refusal is not None and refusal.reason == "funds" and self._has_pending_cancel(key):
                held.append(rung)
            else:
                order.client_order_id = self._ids.next(order.strategy)
                self._place(order)
        if held:
            self._held_rungs[key] = held

    def _resume(self, order: Order) -> None:
        """An order is done: what waited for that goes on."""
        key = (order.strategy, order.instrument, order.tag)
        rungs, target = self._let_go(key)
        if rungs:
            self._raise(key, rungs)
        if target is not None:
            self._target(target)

    def _let_go(self, key: Key) -> tuple[list[Rung], Target | None]:
        """What is held of a ladder or target; from now on it is held no longer."""
        return self._held_rungs.pop(key, []), self._held_targets.pop(key, None)

    def _has_pending_cancel(self, key: Key) -> bool:
        strategy, instrument, tag = key
        return any(
            order.pending is Pending.CANCEL and order.instrument is instrument and order.tag == tag
            for order in self._desk.open_of(strategy)
        )

    def _rung_order(self, key: Key, rung: Rung) -> Order:
        strategy, instrument, tag = key
        return Order(
            client_order_id="",
            strategy=strategy,
            instrument=instrument,
            is_buy=rung.is_buy,
            size_points=rung.size_points,
            price_points=rung.price_points,
            post_only=True,
            tag=tag,
            ts_created_ns=self._clock.now_ns,
        )

    def _refuse(
        self, order: Order, reason: str, detail: str, source: Source, kind: ReportKind = ReportKind.REFUSED
    ) -> None:
        """Tell the strategy why not, a moment later, by a report like any other."""
        ts_ns = self._clock.now_ns + REFUSAL_DELAY_NS
        report = OrderReport(order.client_order_id, ts_ns, kind, source, "", reason, detail)
        self._later(partial(self._reports.report, report))

    def _later(self, action: Callable[[], None]) -> None:
        self._schedule.at(self._clock.now_ns + REFUSAL_DELAY_NS, VENUE_PRIORITY, action)

    def _note(self, strategy: str, verb: str, instrument: Instrument, subject: str) -> None:
        self._journal.write(IntentTaken(strategy, verb, instrument.id, subject))


def _wanted(target: Target) -> str:
    wanted = target.notional if target.size_points is None else target.instrument.size_text(target.size_points)
    return f"{wanted} {target.style.value}"


def _made(order: Order) -> OrderMade:
    return OrderMade(
        order.client_order_id,
        order.strategy,
        order.instrument.id,
        order.is_buy,
        order.size_points,
        order.price_points,
        order.tif.value,
        order.post_only,
        order.reduce_only,
        order.tag,
    )
