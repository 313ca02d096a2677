"""What earlier sessions drew from a venue's rate limits and the venue still counts, from their journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from framework.kernel.records import Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind, RequestKind, request_kind
from framework.model.events import ReportKind, Source
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
