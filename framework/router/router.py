"""The ONE central order router: every intent of every strategy comes here, and leaves as few requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, assert_never

from msgspec import structs

from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import IntentTaken, OrderMade
from framework.kernel.tape_loop import SENDER_PRIORITY, VENUE_PRIORITY
from framework.model.batch import BatchKind, Change
from framework.model.errors import DataError, InvariantError
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Target
from framework.model.orders import Order, OrderState, Pending
from framework.ports import Desk, Journal, Listener, ReportSink, Schedule
from framework.router import ladders, targets
from framework.router.checks import FUNDS, Refusal, asset_of, check, check_change, check_funds, reference_points
from framework.router.gate import Gate
from framework.router.held import Held, Waiting, is_worth_waiting
from framework.router.sender import RATE_LIMITED, Lane, Sender

REFUSAL_DELAY_NS: Final = 1_000_000
"""A refusal is told this much later: a strategy that answers one with the same order again cannot stop the clock."""

WITHDRAWN: Final = "withdrawn"
"""Reason of an order that was cancelled before it left: no request was spent on it."""

BAD_NUMBER: Final = "bad_number"

Fault = Callable[[str, Exception, Sequence[Intent]], None]
"""Puts a strategy aside: its name, what was raised over an intent of it, and its intents that were not taken."""

log = get_logger()


class Router:
    """Takes the intents of a turn, checks them, and hands orders to the sender.

    Args:
        desk: what it may read of market, orders and holdings.
        lanes: venue -> the way there.
        reports: where refusals go, as reports like any other.
        listeners: told of each request that leaves.
        ids: names for the orders that targets and ladders make.
        fault: told of an intent that cannot be taken: that is its strategy's end, not the run's.
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
        fault: Fault,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._gate = gate
        self.sender = Sender(lanes, gate, desk, journal, self._refuse, listeners)
        self.lanes = lanes
        self._desk = desk
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._reports = reports
        self._ids = ids
        self._fault = fault
        self._held = Held()
        self._unacknowledged: dict[str, Change | None] = {}
        """Order -> what is to become of it as soon as the venue knows it: a change, or None for its end."""
        self._wakes_ns: set[int] = set()
        """Instants at which a step is arranged."""

    def accept(self, intents: Iterable[tuple[str, Intent]]) -> None:
        """Take all intents of a turn, then send: what a turn wants shares requests.

        Sells are served before buys: a buy without cash is looked at again when all the rest of its turn is known.
        """
        waiting = list(intents)
        for at, (strategy, intent) in enumerate(waiting):
            if self._is_lost(strategy, intent):
                continue
            try:
                self._take(strategy, intent)
            except (InvariantError, DataError):  # our own promise, or the journal: nothing may go on
                raise
            except Exception as error:  # noqa: BLE001  # a strategy must not end the others' run
                self._fault(strategy, error, [left for name, left in waiting[at:] if name == strategy])
        self._settle()
        self.step()

    def step(self) -> None:
        """Send what may leave now, and come back when budget frees or something has waited too long."""
        now_ns = self._clock.now_ns
        for waiting in self._held.take_late(now_ns):
            self._end_waiting(waiting)
        wakes_ns = [self.sender.step(now_ns), self._held.late_at_ns()]
        self._wake(min((ts_ns for ts_ns in wakes_ns if ts_ns > now_ns), default=0))

    def _wake(self, ts_ns: int) -> None:
        """Step at an instant, unless an earlier step is arranged: that one will see to it."""
        if ts_ns and (not self._wakes_ns or ts_ns < min(self._wakes_ns)):
            self._wakes_ns.add(ts_ns)
            self._schedule.at(ts_ns, SENDER_PRIORITY, partial(self._woken, ts_ns))

    def _woken(self, ts_ns: int) -> None:
        self._wakes_ns.discard(ts_ns)
        self.step()

    def on_report(self, report: OrderReport) -> None:
        """A report was applied: budgets are told, and what waited for it goes on."""
        self.sender.on_report(report, self._clock.now_ns)
        order = self._desk.order(report.client_order_id)
        if order is not None:
            self._ask_late(order, report)
            if order.is_done or report.kind is ReportKind.FILLED:
                self._resume(order)
        if self.sender.waiting:
            self._wake(self._clock.now_ns)

    def _ask_late(self, order: Order, report: OrderReport) -> None:
        """Cancel and amend leave once the venue knows their order; a cancel again after it met a full bucket."""
        order_id = order.client_order_id
        if order_id in self._unacknowledged and order.state is not OrderState.SENT:
            change = self._unacknowledged.pop(order_id)
            if not order.is_done:
                self.sender.put(BatchKind.CANCEL if change is None else BatchKind.AMEND, order, change)
        elif order.is_done:
            return
        elif report.kind is ReportKind.CANCEL_REJECTED and report.reason == RATE_LIMITED:
            self._cancel(order)

    def _is_lost(self, strategy: str, intent: Intent) -> bool:
        """What is not taken: new orders of a strategy that was put aside in this turn, and what is another's."""
        owner = intent.strategy if isinstance(intent, Target | Ladder) else intent.order.strategy
        if owner != strategy:
            log.warning("intent.not_ours", strategy=strategy, owner=owner, intent=type(intent).__name__.lower())
            return True
        return self._desk.is_halted(strategy) and not isinstance(intent, Cancel)

    def _take(self, strategy: str, intent: Intent) -> None:
        match intent:
            case Place(order, refusal):
                self._place(order, Refusal(BAD_NUMBER, refusal) if refusal else check(order, self._desk))
            case Cancel(order):
                self._note(strategy, "cancel", order.instrument, order.client_order_id)
                self._admit_held(order)
                self._held.drop_for(order)
                self._cancel(order)
            case Amend(order, price_points, size_points, refusal):
                self._note(strategy, "amend", order.instrument, order.client_order_id)
                self._admit_held(order)
                change = Change(price_points, size_points)
                self._amend(order, change, Refusal(BAD_NUMBER, refusal) if refusal else None)
            case Target():
                self._note(strategy, "target", intent.instrument, _wanted(intent))
                self._target(intent, self._late_at_ns())
            case Ladder():
                self._note(strategy, "ladder", intent.instrument, f"{intent.tag} {len(intent.rungs)}")
                self._ladder(intent)
            case _:
                assert_never(intent)

    # Orders.

    def _place(self, order: Order, refusal: Refusal | None) -> None:
        """Take a strategy's own order; a buy that lacks cash waits for the end of the turn."""
        if refusal is not None and refusal.reason == FUNDS and asset_of(order) == order.instrument.quote:
            self._held.put(Waiting(order, asset_of(order), self._gate.stale_at_ns(order)))
        else:
            self._admit(order, refusal)

    def _admit(self, order: Order, refusal: Refusal | None) -> None:
        """From now on an order is known; it waits for its request, or is refused."""
        self._desk.admit(order, is_refused=refusal is not None)
        self._journal.write(_made(order))
        if refusal is not None:
            self._refuse(order, refusal.reason, refusal.detail, Source.ROUTER)
        else:
            self.sender.put(BatchKind.PLACE, order)

    def _admit_held(self, order: Order) -> None:
        """From now on a buy that waits for cash is known; it reserves nothing."""
        if self._held.holds(order) and self._desk.order(order.client_order_id) is None:
            self._desk.admit(order, is_held=True)
            self._journal.write(_made(order))

    def _cancel(self, order: Order) -> None:
        """Take an order back: an unsent one never leaves, a sent one gets a cancel, once."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        if order.state is OrderState.QUEUED:
            if self.sender.withdraw(BatchKind.PLACE, order) or self._held.drop(order):
                self._desk.cancel_asked(order)
                self._refuse(order, WITHDRAWN, "cancelled before it left", Source.ROUTER, ReportKind.CANCELLED)
        else:
            self._desk.cancel_asked(order)
            self.sender.withdraw(BatchKind.AMEND, order)
            if order.state is OrderState.SENT:
                # What overtakes the place finds nothing there: it waits for the acknowledgement.
                self._unacknowledged[order.client_order_id] = None
            else:
                self.sender.put(BatchKind.CANCEL, order)

    def _amend(self, order: Order, change: Change, refusal: Refusal | None) -> None:
        """Change an order that rests; an unsent one is changed where it waits."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        refusal = refusal or check_change(order, change, self._desk)
        if refusal is not None:
            self._refuse(order, refusal.reason, refusal.detail, Source.ROUTER, ReportKind.AMEND_REJECTED)
        elif order.state is OrderState.QUEUED:
            self._desk.change(order, change)
            self._later(partial(self._tell_amended, order))
        else:
            self._desk.change_asked(order, change)
            if order.state is OrderState.SENT:
                self._unacknowledged[order.client_order_id] = change
            else:
                self.sender.put(BatchKind.AMEND, order, change)

    def _tell_amended(self, order: Order) -> None:
        """An unsent order was changed: the strategy hears of it."""
        report = OrderReport(
            order.client_order_id,
            self._clock.now_ns,
            ReportKind.AMENDED,
            Source.ROUTER,
            price_points=order.price_points,
            size_points=order.size_points,
        )
        self._reports.report(report)

    # Targets and ladders.

    def _target(self, target: Target, until_ns: int) -> None:
        """Send what is missing. Resting orders that no longer serve go first, and the target waits for that."""
        self._held.drop(target)
        for order in targets.obsolete(target, self._desk):
            self._cancel(order)
        missing = targets.missing_points(target, self._desk)
        if targets.must_wait(target, missing, self._desk):
            self._held.put(Waiting(target))
        elif targets.lacks_cash(target, missing, self._desk):
            self._held.put(Waiting(target, target.instrument.quote, until_ns))
            return
        self._reach(target, missing)

    def _reach(self, target: Target, missing: int) -> None:
        """Order what is missing, as far as free assets carry it."""
        if not missing:
            return
        order = targets.order_for(target, missing, self._desk, self._clock.now_ns)
        refusal = check(order, self._desk)
        if refusal is None or not self._held.holds(target):
            self._admit_made(order, refusal)

    def _ladder(self, ladder: Ladder) -> None:
        """Cancel what no longer fits, place what is new; a newer ladder replaces what still waits of an older one."""
        cancels, places = ladders.difference(ladder, self._desk.open_of(ladder.strategy))
        for order in cancels:
            self._cancel(order)
        self._held.drop(ladder)
        self._place_rungs(structs.replace(ladder, rungs=places), self._late_at_ns())

    def _place_rungs(self, ladder: Ladder, until_ns: int) -> None:
        """Place rungs; those that lack cash wait for the end of the turn."""
        short = []
        for rung in ladder.rungs:
            order = ladders.order_for(ladder, rung, self._clock.now_ns)
            refusal = check(order, self._desk)
            if refusal is not None and refusal.reason == FUNDS:
                short.append((rung, asset_of(order)))
            else:
                self._admit_made(order, refusal)
        if short:
            rungs = tuple(rung for rung, _ in short)
            self._held.put(Waiting(structs.replace(ladder, rungs=rungs), short[0][1], until_ns))

    def _admit_made(self, order: Order, refusal: Refusal | None) -> None:
        """Name an order that a target or ladder made, and take it."""
        order.client_order_id = self._ids.next(order.strategy)
        self._admit(order, refusal)

    # What waits.

    def _late_at_ns(self) -> int:
        """When something that begins to wait now has waited too long."""
        return self._clock.now_ns + self._gate.intent_age_max_ns

    def _settle(self) -> None:
        """All of a turn is known: what began to wait goes on waiting only where that helps."""
        for waiting in self._held.take_fresh():
            if self._may_leave(waiting) or not is_worth_waiting(waiting, self._desk):
                self._held.drop(waiting.wanted)
                self._end_waiting(waiting)
            elif isinstance(waiting.wanted, Order):
                self._admit_held(waiting.wanted)

    def _may_leave(self, waiting: Waiting) -> bool:
        """Whether a buy that lacked cash has it now."""
        return isinstance(waiting.wanted, Order) and self._lack(waiting.wanted) is None

    def _lack(self, order: Order) -> Refusal | None:
        return check_funds(order, reference_points(order, self._desk), self._desk)

    def _resume(self, order: Order) -> None:
        """An order filled or is done: what waited for that goes on, unless its strategy may make nothing new."""
        if self._desk.is_halted(order.strategy):
            return
        for waiting in self._held.take_due(order):
            match waiting.wanted:
                case Order():
                    self._held.put(waiting)
                case Target():
                    self._target(waiting.wanted, waiting.until_ns or self._late_at_ns())
                case Ladder():
                    self._place_rungs(waiting.wanted, waiting.until_ns)
        self._settle()
        self._wake(self._held.late_at_ns())

    def _end_waiting(self, waiting: Waiting) -> None:
        """Send what can be sent now, and refuse the rest."""
        wanted = waiting.wanted
        match wanted:
            case Order():
                self._end_waiting_buy(wanted)
            case _ if self._desk.is_halted(wanted.strategy):
                return
            case Target():
                self._reach(wanted, targets.missing_points(wanted, self._desk))
            case Ladder():
                for rung in wanted.rungs:
                    order = ladders.order_for(wanted, rung, self._clock.now_ns)
                    self._admit_made(order, check(order, self._desk))

    def _end_waiting_buy(self, order: Order) -> None:
        """Send a buy if its cash came, else refuse it."""
        lack = self._lack(order)
        if self._desk.order(order.client_order_id) is None:
            self._admit(order, lack)
        elif lack is None:
            self._desk.release(order)
            self.sender.put(BatchKind.PLACE, order)
        else:
            self._refuse(order, lack.reason, lack.detail, Source.ROUTER)

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
        order.owner.value,
    )
