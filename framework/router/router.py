"""The ONE central order router: every intent of every strategy comes here, and leaves as few requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from framework.router.checks import Refusal, check
from framework.router.gate import Gate
from framework.router.ladders import difference
from framework.router.sender import Lane, Sender
from framework.router.targets import missing_points, order_for

REFUSAL_DELAY_NS: Final = 1_000_000
"""A refusal is told this much later: a strategy that answers one with the same order again cannot stop the clock."""

LadderKey = tuple[str, Instrument, str]


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
        self._held: dict[LadderKey, list[Rung]] = {}
        """Rungs that wait for a cancel of their ladder to free the money."""
        self._unacknowledged: dict[str, Order] = {}
        """Orders to be cancelled as soon as the venue knows them."""
        self._wake_ns = 0

    def turn(self, intents: Iterable[tuple[str, Intent]]) -> None:
        """Take all intents of a turn, then send: what a turn wants shares requests."""
        for strategy, intent in intents:
            self._take(strategy, intent)
        self.step()

    def step(self) -> None:
        """Send what may leave now, and come back when budget frees."""
        now_ns = self._clock.now_ns
        self._wake_ns = 0
        wake_ns = self.sender.step(now_ns)
        if wake_ns > now_ns:
            self._wake(wake_ns)

    def _wake(self, ts_ns: int) -> None:
        """Step at an instant, unless an earlier step is already arranged."""
        if not self._wake_ns or ts_ns < self._wake_ns:
            self._wake_ns = ts_ns
            self._schedule.at(ts_ns, SENDER_PRIORITY, self.step)

    def heard(self, report: OrderReport) -> None:
        """A report was applied: budgets are told, and what waited for it goes on."""
        self.sender.heard(report, self._clock.now_ns)
        order = self._desk.order(report.client_order_id)
        if order is not None and self._is_acknowledged(order):
            self.sender.put(BatchKind.CANCEL, order)
        if self._held and order is not None:
            self._resume(order)
        if self.sender.waiting:
            self._wake(self._clock.now_ns)

    def _is_acknowledged(self, order: Order) -> bool:
        """Whether a cancel waited for this: the venue knows the order, and it still stands."""
        waited = self._unacknowledged.pop(order.client_order_id, None)
        return waited is not None and not order.is_done

    def _take(self, strategy: str, intent: Intent) -> None:
        match intent:
            case Place(order, refusal):
                self._place(order, Refusal("bad_number", refusal) if refusal else None)
            case Cancel(order):
                self._note(strategy, "cancel", order.instrument, order.client_order_id)
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
        if order.state is OrderState.QUEUED:
            if self.sender.withdraw(order):
                self._refuse(order, "withdrawn", "cancelled before it left", Source.ROUTER)
        elif not order.is_done and order.pending is not Pending.CANCEL:
            order.pending = Pending.CANCEL
            if order.state is OrderState.SENT:
                # A cancel that overtakes its place finds nothing there: it waits for the acknowledgement.
                self._unacknowledged[order.client_order_id] = order
            else:
                self.sender.put(BatchKind.CANCEL, order)

    def _amend(self, order: Order, change: Change) -> None:
        """Change an order that rests; an unsent one is changed where it waits."""
        if order.state is OrderState.QUEUED:
            order.price_points, order.size_points = change.price_points, change.size_points
        elif not order.is_done and order.pending is not Pending.CANCEL:
            self.sender.put(BatchKind.AMEND, order, change)

    def _target(self, target: Target) -> None:
        """Send what is missing; passive orders at an old price are taken back first."""
        for order in self._desk.open_of(target.strategy):
            stands = order.instrument is target.instrument and order.tag == (target.tag or "target")
            if stands and order.post_only and not self._is_at_touch(order):
                self._cancel(order)
        missing = missing_points(target, self._desk)
        if missing:
            order = order_for(target, missing, self._ids.next(target.strategy), self._desk, self._clock.now_ns)
            self._place(order)

    def _is_at_touch(self, order: Order) -> bool:
        quote = self._desk.quote(order.instrument)
        return quote is not None and order.price_points == (quote.bid_points if order.is_buy else quote.ask_points)

    def _ladder(self, ladder: Ladder) -> None:
        """Cancel what no longer fits, place what is new; a newer ladder replaces what still waits of an older one."""
        key = (ladder.strategy, ladder.instrument, ladder.tag)
        standing = [order for order in self._desk.open_of(ladder.strategy) if order.instrument is ladder.instrument]
        go, come = difference(ladder, standing)
        for order in go:
            self._cancel(order)
        self._held.pop(key, None)
        self._raise(key, list(come))

    def _raise(self, key: LadderKey, rungs: list[Rung]) -> None:
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
            self._held[key] = held

    def _resume(self, order: Order) -> None:
        key = (order.strategy, order.instrument, order.tag)
        rungs = self._held.get(key)
        if rungs is not None and order.is_done:
            del self._held[key]
            self._raise(key, rungs)

    def _has_pending_cancel(self, key: LadderKey) -> bool:
        strategy, instrument, tag = key
        return any(
            order.pending is Pending.CANCEL and order.instrument is instrument and order.tag == tag
            for order in self._desk.open_of(strategy)
        )

    def _rung_order(self, key: LadderKey, rung: Rung) -> Order:
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

    def _refuse(self, order: Order, reason: str, detail: str, source: Source) -> None:
        """Tell the strategy why not, a moment later, by a report like any other."""
        ts_ns = self._clock.now_ns + REFUSAL_DELAY_NS
        report = OrderReport(order.client_order_id, ts_ns, ReportKind.REFUSED, source, "", reason, detail)
        self._schedule.at(ts_ns, VENUE_PRIORITY, partial(self._reports.report, report))

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
