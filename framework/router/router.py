"""The ONE central order router: every intent of every strategy comes here, and leaves as few requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, assert_never

from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import IntentTaken
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.batch import Change
from framework.model.errors import DataError, InvariantError
from framework.model.events import OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Target
from framework.model.orders import DONE, Order
from framework.model.self_cross import SelfCross
from framework.ports import Desk, Journal, Listener, ReportSink, Schedule
from framework.router.answers import Answers
from framework.router.checks import Refusal
from framework.router.doubt.endings import Endings
from framework.router.gate import Gate
from framework.router.orders import Orders
from framework.router.planning.tariffs import change_units
from framework.router.risk import Risk
from framework.router.sending.lane import Lane
from framework.router.sending.sender import Sender
from framework.router.wants.dust import Dust
from framework.router.wants.held import Held
from framework.router.wants.told import Told
from framework.router.wants.wants import Wants

BAD_NUMBER: Final = "bad_number"
WANTS: Final = (Target, Ladder)

Fault = Callable[[str, Exception, Sequence[Intent]], None]
"""Puts a strategy aside: its name, what was raised over an intent of it, and its intents that were not taken."""

log = get_logger()


class Router:
    """Takes the intents of a turn, has them made into orders, and lets the sender step when it is time.

    Args:
        desk: what it may read of market, orders and holdings.
        lanes: venue -> the way there.
        reports: where refusals go, as reports like any other.
        listeners: told of each request that leaves.
        ids: names for the orders that targets and ladders make.
        endings: knows of which orders that ended fills may still come.
        risk: the limits that orders are held against; None: nothing is limited.
        fault: told of an intent that cannot be taken: that is its strategy's end, not the run's.
        self_cross: what becomes of an order that would trade with another of ours.
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
        endings: Endings,
        fault: Fault,
        risk: Risk | None = None,
        listeners: Sequence[Listener] = (),
        self_cross: SelfCross = SelfCross.HOLD,
    ) -> None:
        answers, held = Answers(clock, schedule, reports), Held()
        self.lanes = lanes
        self.sender = Sender(lanes, gate, desk, journal, answers.refuse, listeners)
        self.orders = Orders(
            desk=desk,
            clock=clock,
            self_cross=self_cross,
            sender=self.sender,
            gate=gate,
            journal=journal,
            answers=answers,
            held=held,
            ids=ids,
            venues=tuple(lanes),
            risk=risk,
        )
        self.told = Told(desk, clock, risk)
        self.wants = Wants(
            desk=desk,
            clock=clock,
            gate=gate,
            ids=ids,
            orders=self.orders,
            held=held,
            dust=Dust(desk, clock, listeners),
            endings=endings,
            told=self.told,
            units={venue: change_units(lane.rules) for venue, lane in lanes.items()},
        )
        self._endings = endings
        self._desk = desk
        self._gate = gate
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._fault = fault
        endings.on_settled.append(self._settled)
        self.sender.look_again = lambda: self._wake(self._clock.now_ns)
        self._wakes_ns: set[int] = set()
        """Instants at which a step is arranged."""

    def accept(self, intents: Sequence[tuple[str, Intent]]) -> None:
        """Take all intents of a turn, then send: what a turn wants shares requests.

        Sells are served before buys: a buy without cash is looked at again when all the rest of its turn is known.
        """
        for at, (strategy, intent) in enumerate(intents):
            try:
                if not self._is_lost(strategy, intent):
                    self._take(strategy, intent)
            except (InvariantError, DataError):  # our own promise, or the journal: nothing may go on
                raise
            except Exception as error:  # noqa: BLE001  # a strategy must not end the others' run
                self._fault(strategy, error, [left for name, left in intents[at:] if name == strategy])
        self.wants.settle()
        self.orders.yielding.free()
        self.step()

    def step(self) -> None:
        """Send what may leave now, and come back when budget frees or something has waited too long."""
        now_ns = self._clock.now_ns
        something_waits = self.orders.something_waits()
        if something_waits:
            self.wants.end_late(now_ns)
            self.orders.yielding.end_late(now_ns)
            self.orders.cancel_again(now_ns)
        wake_ns = self.sender.step(now_ns)
        if something_waits:
            wake_ns = min([ts_ns for ts_ns in (wake_ns, *self._late_ns()) if ts_ns > now_ns], default=0)
        self._wake(wake_ns)

    def _late_ns(self) -> Sequence[int]:
        """When what waits for something else than a request is to be looked at again; 0: never."""
        return self.wants.late_at_ns(), self.orders.yielding.late_at_ns(), self.orders.cancels.due_ns()

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
        order = self._desk.order(report.client_order_id)
        if order is not None and self._desk.lacks_fills(order):
            self._endings.await_fills(order)
        self._endings.on_report(report)
        if order is not None:
            self.sender.on_report(order, report, self._clock.now_ns)
            self.orders.on_report(order, report)
            if order.state in DONE or report.kind is ReportKind.FILLED:
                self.wants.resume(order)
            if self.orders.something_waits():
                for ts_ns in self._late_ns():
                    self._wake(ts_ns)
        if self.sender.waiting:
            self._wake(self._clock.now_ns)

    def _settled(self, order: Order) -> None:
        """All that filled of an order that ended is known."""
        self._desk.settle(order)
        self.orders.settled(order)
        self.wants.settled(order)
        self._wake(self._clock.now_ns)

    def _is_lost(self, strategy: str, intent: Intent) -> bool:
        """What is not taken: another's, what is new of a strategy put aside in this turn, wants where trading is killed."""
        is_silent = False
        if isinstance(intent, WANTS):
            owner, is_silent = intent.strategy, self._gate.silences(strategy, intent.instrument)
        else:
            owner = intent.order.strategy
        if owner != strategy:
            log.warning("intent.not_ours", strategy=strategy, owner=owner, intent=type(intent).__name__.lower())
            return True
        return is_silent or (self._desk.is_halted(strategy) and not isinstance(intent, Cancel))

    def _take(self, strategy: str, intent: Intent) -> None:
        match intent:
            case Place(order, refusal, reason):
                self.orders.place(order, Refusal(reason, refusal) if refusal else None)
            case Cancel(order):
                self._journal.write(IntentTaken(strategy, "cancel", order.instrument.id, order.client_order_id))
                self.orders.admit_held(order)
                self.wants.give_up(order)
                self.orders.cancel(order)
            case Amend(order, price_points, size_points, refusal):
                asked = IntentTaken(
                    strategy, "amend", order.instrument.id, order.client_order_id, price_points, size_points
                )
                self._journal.write(asked)
                self.orders.admit_held(order)
                self.orders.amend(order, Change(price_points, size_points), _bad_number(refusal))
            case Target():
                self._journal.write(IntentTaken(strategy, "target", intent.instrument.id, _wanted(intent)))
                self.wants.target(intent)
            case Ladder():
                rungs = tuple([(rung.is_buy, rung.price_points, rung.size_points) for rung in intent.rungs])
                subject = f"{intent.tag} {len(rungs)}"
                self._journal.write(IntentTaken(strategy, "ladder", intent.instrument.id, subject, rungs=rungs))
                self.wants.ladder(intent)
            case _:
                assert_never(intent)

    def relisted(self, there: Instrument) -> None:
        """A market has other filters from now on."""
        self.orders.refit(there)
        self.step()

    def take_back(self, order: Order) -> None:
        """Cancel an order on nobody's behalf but ours: nothing that waits for it goes on."""
        self.wants.give_up(order)
        self.orders.cancel(order)


def _bad_number(refusal: str) -> Refusal | None:
    return Refusal(BAD_NUMBER, refusal) if refusal else None


def _wanted(target: Target) -> str:
    wanted = target.notional if target.size_points is None else target.instrument.size_text(target.size_points)
    return f"{wanted} {target.style.value}"
