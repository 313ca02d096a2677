"""What earlier sessions drew from a venue's rate limits and the venue still counts, from their journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from framework.kernel.records import Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind, RequestKind, request_kind
from framework.model.events import ReportKind, Source
from framework.model.orders import Order
from framework.router.budget.budget import Budget


class BudgetRecall:
    """Takes the records of a journal, oldest first.

    A request weighs until a window after its answer; one that nobody answered until a window after the last moment at
    which the venue could accept it. Cancels of a session that is over never hold a sweep back: their connections ended
    with it, so each weighs one window.

    Args:
        budgets: venue and account -> its budget; what was drawn elsewhere is nobody's any more.
    """

    def __init__(self, budgets: Mapping[tuple[str, str], Budget]) -> None:
        self._budgets = budgets
        self._now_ns = 0
        self._drawn = 0
        self._out: dict[str, tuple[Budget, int]] = {}
        """Order -> its last request that was not answered."""
        self.takers: Mapping[type[Record], Callable[[Any], None]] = {
            Turn: self._turn,
            RequestSent: self._sent,
            ReportTaken: self._report,
        }

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

    def _turn(self, turn: Turn) -> None:
        self._now_ns = turn.ts_ns

    def _sent(self, sent: RequestSent) -> None:
        budget = self._budgets.get((sent.venue, sent.account))
        kind = BatchKind(sent.kind)
        request = RequestKind(sent.request) if sent.request else request_kind(kind, len(sent.orders))
        if budget is None or request not in budget.rules.costs:
            return
        self._drawn -= 1  # below 0: no session's own number
        budget.draw(self._drawn, request, len(sent.orders), self._now_ns)
        if kind is BatchKind.CANCEL:
            budget.answered(self._drawn, self._now_ns)
        else:
            self._out.update(dict.fromkeys(sent.orders, (budget, self._drawn)))

    def _report(self, taken: ReportTaken) -> None:
        report = taken.report
        if report.kind is ReportKind.UNKNOWN:
            return
        out = self._out.pop(report.client_order_id, None)
        if out is not None and report.source is Source.VENUE:
            budget, drawn = out
            budget.answered(drawn, self._now_ns)
