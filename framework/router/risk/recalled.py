"""What the limits have counted comes back after a restart, from the journal of earlier sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from framework.kernel.records import LimitLifted, NetNoted, Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind
from framework.model.events import ReportKind
from framework.ports import Desk
from framework.router.risk.risk import Risk


class RiskRecall:
    """Takes the records of a journal, oldest first, each after the desk has taken it.

    Windows count as they did, with one difference: an order, a change or a cancel counts when it left, not when it was
    asked for; what was refused, merged, or taken back before, does not count.
    """

    def __init__(self, risk: Risk, desk: Desk) -> None:
        self._risk = risk
        self._desk = desk
        self._now_ns = 0
        self.takers: Mapping[type[Record], Callable[[Any], None]] = {
            Turn: self._turn,
            RequestSent: self._sent,
            ReportTaken: self._report,
            NetNoted: self._noted,
            LimitLifted: self._lifted,
        }

    def _turn(self, turn: Turn) -> None:
        self._now_ns = turn.ts_ns

    def _sent(self, sent: RequestSent) -> None:
        kind = BatchKind(sent.kind)
        counts = {_COUNTED[kind]: 1}
        for client_order_id in sent.orders:
            order = self._desk.order(client_order_id)
            if order is not None:
                self._risk.tally(order, self._now_ns, **counts)

    def _report(self, taken: ReportTaken) -> None:
        report = taken.report
        order = self._desk.order(report.client_order_id)
        if order is None:
            return
        if report.kind is ReportKind.FILLED:
            self._risk.tally(order, self._now_ns, fills=1)
        self._risk.judge(order, report)

    def _noted(self, noted: NetNoted) -> None:
        self._risk.recall_net(noted, self._now_ns)

    def _lifted(self, lifted: LimitLifted) -> None:
        self._risk.lift(lifted.scope, lifted.strategy, lifted.instrument)


_COUNTED: Final = {BatchKind.PLACE: "orders", BatchKind.AMEND: "changes", BatchKind.CANCEL: "cancels"}
"""What a request counts as, for each of its orders."""
