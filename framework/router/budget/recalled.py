"""What earlier sessions drew from a venue's rate limits and the venue still counts, from their journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from framework.kernel.records import (
    AnswerTaken,
    MadeDurable,
    Record,
    ReportTaken,
    RequestSent,
    RequestWithheld,
    RunStarted,
    Turn,
)
from framework.model.batch import BatchKind, RequestKind, request_kind
from framework.model.events import Source
from framework.model.instants import NS_PER_S
from framework.model.orders import Order
from framework.router.budget.budget import Budget
from framework.router.budget.kept import KeptBudget
from framework.router.sending.sender import ANSWERS

CLOCK_SET_NS: Final = 2 * NS_PER_S
"""Between two sessions our clock may be set forward by so much: it was up to a second late, and is up to one early."""


class Out(NamedTuple):
    """A request that was not answered."""

    budget: Budget
    drawn: int
    """Its number there: below 0, no session's own."""


class BudgetRecall:
    """Takes the records of a journal, oldest first, and has each budget count what it counted then.

    A request weighs until a window after its answer; one that nobody answered until a window after the last moment at
    which the venue could accept it. Cancels of a session that is over never hold a sweep back: their connections ended
    with it, so each weighs one window from then.

    Args:
        budgets: venue and account -> its budget; what was drawn elsewhere is nobody's any more.
    """

    def __init__(self, budgets: Mapping[tuple[str, str], Budget]) -> None:
        self._budgets = budgets
        self._now_ns = 0
        self._drawn = 0
        self._out: dict[int, Out] = {}
        """Requests of the session that is read."""
        self._placed: dict[str, Out] = {}
        """Order -> the request that placed it."""
        self._at_disk: deque[Out] = deque()
        """Requests that leave when their record is durable, oldest first."""
        self.takers: Mapping[type[Record], Callable[[Any], None]] = {
            RunStarted: self._begin,
            Turn: self._turn,
            RequestSent: self._sent,
            MadeDurable: self._durable,
            RequestWithheld: self._withheld,
            AnswerTaken: self._answer,
            ReportTaken: self._report,
        }

    def restore(self, venue: str, account: str, kept: KeptBudget) -> None:
        """As a checkpoint has it, before all records; what follows it may answer what was out."""
        budget = self._budgets[venue, account]
        budget.restore(kept.gauges)
        for request in kept.out:
            self._drawn -= 1
            budget.redraw(self._drawn, request)
            if request.request_id:
                self._out[request.request_id] = Out(budget, self._drawn)
            if request.is_at_disk:
                self._at_disk.append(Out(budget, self._drawn))

    def end(self, now_ns: int = 0) -> None:
        """The session that was read is over.

        Args:
            now_ns: it ended before that; its journal may have lost its last instants.
        """
        ended_ns = max(now_ns, self._now_ns)
        for budget in self._budgets.values():
            budget.put_off(CLOCK_SET_NS, self._now_ns, ended_ns)
            budget.end_cancels(ended_ns)
        self._out.clear()
        self._placed.clear()
        self._at_disk.clear()

    def allow_for_lost(self, orders: Sequence[Order], now_ns: int) -> None:
        """Cancels wait for no disk: the last of them may have left and stand in no journal, one for each order at most.

        Args:
            orders: that stood when the journal ended.
            now_ns: they left before it.
        """
        ended_ns = max(now_ns, self._now_ns)
        for order in orders:
            for (venue, _), budget in self._budgets.items():
                for request in (RequestKind.CANCEL, RequestKind.CANCEL_BATCH):
                    if venue == order.instrument.venue and request in budget.rules.costs:
                        self._hold(budget, request, ended_ns)

    def _hold(self, budget: Budget, request: RequestKind, now_ns: int) -> None:
        """Count a request of one order for a window, unless its limit is used up already."""
        if budget.room(request, 1, now_ns):
            self._drawn -= 1
            budget.draw(self._drawn, request, 1, now_ns)
            budget.answered(self._drawn, now_ns)

    def _begin(self, started: RunStarted) -> None:
        self.end(started.started_ns)

    def _turn(self, turn: Turn) -> None:
        self._now_ns = turn.ts_ns

    def _sent(self, sent: RequestSent) -> None:
        """A request was drawn. One without a number only tells of an order that was taken in (`framework.orphans`)."""
        budget = self._budgets.get((sent.venue, sent.account))
        kind = BatchKind(sent.kind)
        request = RequestKind(sent.request) if sent.request else request_kind(kind, len(sent.orders))
        if not sent.request_id or budget is None or request not in budget.rules.costs:
            return
        self._drawn -= 1
        out = self._out[sent.request_id] = Out(budget, self._drawn)
        budget.draw(self._drawn, request, len(sent.orders), self._now_ns)
        if kind is not BatchKind.CANCEL:
            self._at_disk.append(out)
        if kind is BatchKind.PLACE:
            self._placed.update(dict.fromkeys(sent.orders, out))

    def _durable(self, _: MadeDurable) -> None:
        if self._at_disk:
            budget, drawn = self._at_disk.popleft()
            budget.renew(drawn, self._now_ns)

    def _withheld(self, withheld: RequestWithheld) -> None:
        out = self._out.pop(withheld.request_id, None)
        if out is not None:
            out.budget.withheld(out.drawn, self._now_ns)

    def _answer(self, taken: AnswerTaken) -> None:
        """What an answer says of counts and bans holds even where its request is counted no longer."""
        answer = taken.answer
        out = self._out.pop(answer.request_id, None)
        for (venue, _), budget in self._budgets.items():
            if venue == answer.venue:
                budget.heard(replace(answer, request_id=out.drawn if out is not None else 0), self._now_ns)

    def _report(self, taken: ReportTaken) -> None:
        """The private stream may tell of a new order before its request is answered."""
        report = taken.report
        if report.source is not Source.VENUE or ANSWERS.get(report.kind) is not BatchKind.PLACE:
            return
        out = self._placed.pop(report.client_order_id, None)
        if out is not None:
            out.budget.answered(out.drawn, self._now_ns)
