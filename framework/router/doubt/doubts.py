"""Orders in doubt: asked after, in rounds that grow rarer, until the venue shows what became of them. Never sent again.

An order is in doubt when it is UNKNOWN, when a cancel or a change of it met "no such order", and when a report would have
taken it where the table of states forbids. What the venue shows is believed (`adoption`); that it shows nothing is a
proof only under the conditions of `absence`. What stays in doubt long after the last moment of acceptance alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.logging import get_logger
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.counting import counted
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending
from framework.model.questions import Ask, Reply, SeenFill, SeenOrder
from framework.model.reasons import LIMITED, UNKNOWN_ORDER
from framework.model.rules import VenueRules
from framework.ports import Desk, ReportSink, Schedule
from framework.router.doubt.absence import SKEW_NS, Absence, acknowledged_words
from framework.router.doubt.adoption import (
    change_report,
    end_of_change,
    fill_report,
    is_ahead,
    is_behind,
    refusal_report,
    state_report,
)
from framework.router.doubt.doubt import STUCK_NS, Doubt
from framework.router.doubt.enquiries import Enquiries

FIRST_NS: Final = NS_PER_S // 4
"""Before the first question: mostly the private stream has told by then."""
PUT_OFF_MAX: Final = 5
"""Who else asks, as sweeps do again and again, keeps nobody in doubt: after so many rounds that gave way one is asked."""
PROVED: Final = "proved_absent"
NO_WORD: Final = "no_word_since_the_restart"
"""Why an order without a report of its own is asked after."""
RESOLVED: Final = "resolved_absent"
LOUD: Final = frozenset({ReportKind.UNKNOWN, ReportKind.CANCEL_REJECTED, ReportKind.AMEND_REJECTED})
"""Reports that may put an order in doubt."""

log = get_logger()


class Doubts:
    """All orders in doubt of a run.

    Args:
        rules: venue -> until when it may accept, and how long it remembers.
        reports: takes what was found, as reports like any other.
    """

    def __init__(
        self,
        enquiries: Enquiries,
        clock: Clock,
        schedule: Schedule,
        desk: Desk,
        reports: ReportSink,
        rules: Mapping[str, VenueRules],
    ) -> None:
        self._enquiries = enquiries
        self._clock = clock
        self._schedule = schedule
        self._desk = desk
        self._reports = reports
        self._rules = rules
        self._doubts: dict[str, Doubt] = {}
        self._absent: dict[str, None] = {}
        """Orders that were called absent: if one of them comes alive, that alarms."""
        self._wake_ns = 0
        self._rounds: dict[str, int] = {}
        """Venue -> the last question of the last round."""
        self._lists: dict[tuple[str, Ask], int] = {}
        """Lists that were asked for and not told yet -> since when."""
        self.on_alarm: list[Callable[[Order, str], None]] = []
        """Told of an order that stays in doubt for too long, and of one that was called absent and is not: this trips."""

    @property
    def orders(self) -> list[Order]:
        """The orders in doubt, in the order in which they came into it."""
        return [doubt.order for doubt in self._doubts.values()]

    def recall(self, absent: Iterable[str]) -> None:
        """Orders that were called absent in earlier sessions."""
        self._absent.update(dict.fromkeys(absent))

    # What puts an order in doubt, and takes it out.

    def on_report(self, report: OrderReport) -> None:
        """A report was applied."""
        if report.kind not in LOUD and not self._doubts and not self._absent:
            return
        order = self._desk.order(report.client_order_id)
        if order is None:
            return
        if order.client_order_id in self._absent and order.state is not OrderState.ABSENT:
            del self._absent[order.client_order_id]
            self._alarm(order, f"it was called absent and is {order.state.value}, {counted(order.fills, 'fill')}")
        if report.kind is ReportKind.AMENDED and order.client_order_id in self._doubts:
            self._doubts[order.client_order_id].current_ns = self._clock.now_ns
        if order.is_done:
            self._doubts.pop(order.client_order_id, None)
        elif order.state is OrderState.UNKNOWN or _is_denied(report):
            if report.kind is ReportKind.UNKNOWN:
                self._begin_anew(order)
            self.look_up(order)

    def look_up(self, order: Order, first_ns: int = FIRST_NS) -> None:
        """Ask the venue what it knows of an order that has left and is not done.

        Args:
            first_ns: before the first question of its own.
        """
        now_ns, venue = self._clock.now_ns, order.instrument.venue
        if order.is_done or order.state is OrderState.QUEUED or order.client_order_id in self._doubts:
            return
        if order.state is not OrderState.UNKNOWN and not self._enquiries.can_ask(venue):
            return  # as far as we know it stands, and nobody can tell more
        self._doubts[order.client_order_id] = Doubt(order, self._absence(order), now_ns, first_ns)
        log.warning(
            "order.doubted", order=order.client_order_id, state=order.state.value, reason=order.reason or NO_WORD
        )
        self._wake()

    def _begin_anew(self, order: Order) -> None:
        """A request of an order in doubt ended without an answer: that is in doubt as well, and counts from now.

        It may have left after the order came into doubt: what spoke for absence so far was asked too early, and what shows
        the order as it was is no word on what became of it. Of cancels only that matters: no order comes of them.
        """
        doubt = self._doubts.get(order.client_order_id)
        if doubt is None:
            return
        doubt.pending, doubt.current_ns = order.pending, self._clock.now_ns
        if order.pending is Pending.AMEND or not doubt.is_unknown:
            doubt.is_unknown = True
            doubt.absence = self._absence(order)

    def _absence(self, order: Order) -> Absence:
        venue = order.instrument.venue
        return Absence(order, self._rules[venue], self._clock.now_ns, self._enquiries.ahead_ns(venue))

    def resolve(self, client_order_id: str, reason: str, *, though_acknowledged: bool = False) -> str:
        """A person knows that an order never reached its venue, or that nothing of it is left there. Empty: done; else why not."""
        order = self._desk.order(client_order_id)
        if not reason.strip():
            return "expected a reason, found none: say with --reason how you know"
        if order is None:
            return f"expected an order of this run, found none called {client_order_id or '(nothing)'}"
        if order.state is not OrderState.UNKNOWN:
            return f"expected {client_order_id} to be unknown, found it {order.state.value}: nothing is to be resolved"
        if order.is_acknowledged and not though_acknowledged:
            return acknowledged_words(order)
        self._call_absent(order, RESOLVED, reason)
        return ""

    # Rounds of questions.

    def _wake(self) -> None:
        """Come back for the next round, unless that is arranged."""
        due_ns = min((doubt.next_ns for doubt in self._doubts.values()), default=0)
        if due_ns and (self._wake_ns <= self._clock.now_ns or due_ns < self._wake_ns):
            self._wake_ns = max(due_ns, self._clock.now_ns)
            self._schedule.at(self._wake_ns, SENDER_PRIORITY, partial(self._look, self._wake_ns))

    def _look(self, wake_ns: int) -> None:
        if wake_ns != self._wake_ns:
            return
        self._wake_ns = 0
        now_ns = self._clock.now_ns
        due: dict[str, list[Doubt]] = {}
        for doubt in list(self._doubts.values()):
            if doubt.next_ns <= now_ns:
                due.setdefault(doubt.order.instrument.venue, []).append(doubt)
        for venue, doubts in due.items():
            if self._gives_way(venue, doubts):
                for doubt in doubts:  # what waits may answer for them too, or they share the next round
                    doubt.next_ns = now_ns + NS_PER_S
                    doubt.put_off += 1
            else:
                self._ask(venue, doubts)
        self._wake()

    def _gives_way(self, venue: str, doubts: Sequence[Doubt]) -> bool:
        """Whether a round is put off: the one before has not left yet, or others ask, and it has not given way too often."""
        if not self._enquiries.is_behind(venue):
            return False
        is_waiting = self._enquiries.waits(venue, self._rounds.get(venue, 0))
        return is_waiting or max(doubt.put_off for doubt in doubts) < PUT_OFF_MAX

    def _ask(self, venue: str, doubts: Sequence[Doubt]) -> None:
        """One round: each order by its id; what that leaves open, lists tell."""
        now_ns = self._clock.now_ns
        for doubt in doubts:
            doubt.asked(now_ns, len(doubts))
            if now_ns > doubt.absence.accepted_until_ns + STUCK_NS and not doubt.is_told:
                doubt.is_told = True
                self._alarm(
                    doubt.order, "nobody knows what became of it: run.py resolve ORDER --absent --reason decides"
                )
        if not self._enquiries.can_ask(venue):
            return
        floor_ns, latest_ns = self._enquiries.floor_ns(venue), now_ns + self._enquiries.ahead_ns(venue)
        if any(doubt.needs_time(floor_ns, latest_ns) for doubt in doubts):
            self._enquiries.ask(venue, Ask.TIME, lambda reply: None)  # noqa: ARG005  # the floor under later answers
        for doubt in doubts:
            order_id = doubt.order.client_order_id
            self._rounds[venue] = self._enquiries.ask(venue, Ask.ORDER, self._found, client_order_id=order_id)

    def _ask_lists(self, venue: str, *asks: Ask) -> None:
        """Ask for lists that show all orders in doubt, unless a question for such a one is out."""
        since_ns = min(doubt.order.ts_created_ns for doubt in self._of(venue)) - SKEW_NS
        for ask in asks:
            out_ns = self._lists.get((venue, ask))
            if out_ns is None or out_ns > since_ns:
                self._lists[venue, ask] = since_ns
                self._rounds[venue] = self._enquiries.ask(venue, ask, self._heard, since_ns=since_ns)

    def _heard(self, reply: Reply) -> None:
        """A list that was asked for here."""
        self._lists.pop((reply.question.venue, reply.question.ask), None)
        self.hear(reply)

    # Replies.

    def _found(self, reply: Reply) -> None:
        """What the venue says of one order."""
        doubt = self._doubts.get(reply.question.client_order_id)
        if doubt is None or reply.failure:
            return
        if reply.orders:
            self._show(doubt, reply.orders[0], reply)
            if doubt.seen is not None:
                self._ask_lists(reply.question.venue, Ask.FILLS)
            return
        self._miss(doubt, reply)
        # Before, it may still be on its way: lists that lack it would say nothing. Among open orders it
        # is looked for once all the same: one that waits for a price may be found there alone.
        is_late = doubt.order.is_acknowledged or reply.looked_ns > doubt.absence.accepted_until_ns
        if doubt.order.client_order_id not in self._doubts:
            return
        if is_late:
            self._ask_lists(reply.question.venue, Ask.OPEN_ORDERS, Ask.FILLS)
        elif Ask.OPEN_ORDERS not in doubt.missing:
            self._ask_lists(reply.question.venue, Ask.OPEN_ORDERS)

    def _listed(self, reply: Reply) -> None:
        """The orders that rest there."""
        if reply.failure:
            return
        shown = {seen.client_order_id: seen for seen in reply.orders if seen.client_order_id}
        for doubt in self._of(reply.question.venue):
            seen = shown.get(doubt.order.client_order_id)
            if seen is None:
                self._miss(doubt, reply)
            else:
                self._show(doubt, seen, reply)

    def _filled(self, reply: Reply) -> None:
        """Fills: those that were not booked are, whosever of ours they are."""
        if reply.failure:
            return
        doubts = self._of(reply.question.venue)
        owners = {
            doubt.order.venue_order_id: doubt.order.client_order_id for doubt in doubts if doubt.order.venue_order_id
        }
        for seen in reply.fills:
            client_order_id = seen.client_order_id or owners.get(seen.venue_order_id, "")
            self._book(seen, client_order_id)
        for doubt in doubts:
            if doubt.seen is not None:
                self._believe(doubt, *doubt.seen)
            self._weigh(doubt, reply)

    def of(self, venue: str) -> list[Order]:
        """The orders in doubt at a venue."""
        return [doubt.order for doubt in self._of(venue)]

    def hear(self, reply: Reply) -> None:
        """Take a list that somebody else asked for: fills, or orders."""
        if reply.question.ask is Ask.FILLS:
            self._filled(reply)
        else:
            self._listed(reply)

    def _of(self, venue: str) -> list[Doubt]:
        return [doubt for doubt in self._doubts.values() if doubt.order.instrument.venue == venue]

    def _book(self, seen: SeenFill, client_order_id: str) -> None:
        order = self._desk.order(client_order_id)
        if order is not None and not self._desk.has_booked(order, seen.fill):
            doubt = self._doubts.get(client_order_id)
            if doubt is not None:
                doubt.absence.contradict()
            self._reports.report(fill_report(seen, client_order_id, self._clock.now_ns))

    def _show(self, doubt: Doubt, seen: SeenOrder, reply: Reply) -> None:
        """The venue has it: whatever spoke for its absence is void."""
        doubt.absence.contradict()
        doubt.missing.clear()
        self._believe(doubt, seen, reply)

    def _believe(self, doubt: Doubt, seen: SeenOrder, reply: Reply) -> None:
        """Make the order what the venue shows, once all its fills are booked."""
        order, now_ns = doubt.order, self._clock.now_ns
        doubt.seen = (seen, reply) if is_ahead(order, seen) else None
        if doubt.seen is not None or is_behind(order, seen):
            return
        report = state_report(order, seen, now_ns) or end_of_change(order, seen, now_ns)
        if report is not None:
            self._reports.report(report)
        is_newer = reply.question.asked_ns >= doubt.current_ns
        change = change_report(order, seen, now_ns)
        if change is not None and is_newer and order.pending in (doubt.pending, Pending.NOTHING) and not order.is_done:
            self._reports.report(change)
        if order.is_done or order.state is not OrderState.OPEN or not is_newer:
            return
        if seen.state is not OrderState.OPEN:
            return  # it ended there: of changes that nobody answered, each further look ends one
        if order.pending is Pending.AMEND and reply.looked_ns <= doubt.absence.accepted_until_ns:
            return  # it may still happen
        if order.pending is not Pending.NOTHING and order.pending is doubt.pending:
            refusal = refusal_report(order, now_ns)
            assert refusal is not None, order
            del self._doubts[order.client_order_id]
            self._reports.report(refusal)
        else:
            self._doubts.pop(order.client_order_id, None)

    def _miss(self, doubt: Doubt, reply: Reply) -> None:
        """A list or a lookup lacks it."""
        doubt.missing[reply.question.ask] = None
        order = doubt.order
        if order.state is OrderState.OPEN and doubt.pending is not Pending.AMEND and len(doubt.missing) > 1:
            detail = "the venue accepted it and shows it no more, neither by its id nor among open orders"
            self._reports.report(self._report(order, ReportKind.UNKNOWN, "venue_lost_it", detail))
        self._weigh(doubt, reply)

    def _weigh(self, doubt: Doubt, reply: Reply) -> None:
        doubt.absence.take(reply)
        if doubt.absence.is_proved and doubt.order.state is OrderState.UNKNOWN:
            self._call_absent(doubt.order, PROVED, "three answers, twice, after the venue could accept it no more")

    # What comes of it.

    def _call_absent(self, order: Order, reason: str, detail: str) -> None:
        self._absent = {known: None for known in self._absent if self._desk.order(known) is not None}
        self._absent[order.client_order_id] = None
        self._reports.report(self._report(order, ReportKind.ABSENT, reason, detail))

    def _report(self, order: Order, kind: ReportKind, reason: str, detail: str) -> OrderReport:
        return OrderReport(order.client_order_id, self._clock.now_ns, kind, Source.RECONCILE, "", reason, detail)

    def _alarm(self, order: Order, why: str) -> None:
        log.error("order.alarmed", order=order.client_order_id, state=order.state.value, why=why)
        for call in self.on_alarm:
            call(order, why)


def _is_denied(report: OrderReport) -> bool:
    """Whether a venue refused a cancel or a change in a way that leaves it open what became of the order."""
    if report.source is not Source.VENUE or report.reason in LIMITED:
        return False
    return report.kind is ReportKind.CANCEL_REJECTED or (
        report.kind is ReportKind.AMEND_REJECTED and report.reason == UNKNOWN_ORDER
    )
