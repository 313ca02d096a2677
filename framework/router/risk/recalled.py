"""What the limits have counted comes back after a restart, from the journal of earlier sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from framework.kernel.records import LimitLifted, NetNoted, OrderMade, Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind
from framework.model.events import ReportKind, Source
from framework.model.orders import OrderState
from framework.ports import Desk
from framework.router.risk.risk import Risk


class RiskRecall:
    """Takes the records of a journal, oldest first, each after the desk has taken it.

    Windows count as they did, with one difference: a change or a cancel counts when it left, not when it was asked for;
    what was merged, or never left, does not count.
    """

    def __init__(self, risk: Risk, desk: Desk) -> None:
        self._risk = risk
        self._desk = desk
        self._now_ns = 0
        self._made = ""
        """The order that was made last: refused at once, it counts nowhere."""
        self.takers: Mapping[type[Record], Callable[[Any], None]] = {
            Turn: self._turn,
            OrderMade: self._order,
            RequestSent: self._sent,
            ReportTaken: self._report,
            NetNoted: self._noted,
            LimitLifted: self._lifted,
        }

    def end(self) -> None:
        """The journal is over."""
        self._count_made()

    def _turn(self, turn: Turn) -> None:
        self._count_made()
        self._now_ns = turn.ts_ns

    def _order(self, made: OrderMade) -> None:
        self._count_made()
        self._made = made.client_order_id

    def _count_made(self) -> None:
        order = self._desk.order(self._made) if self._made else None
        self._made = ""
        if order is not None:
            self._risk.tally(order, self._now_ns, orders=1)

    def _sent(self, sent: RequestSent) -> None:
        self._count_made()
        kind = BatchKind(sent.kind)
        orders = [self._desk.order(client_order_id) for client_order_id in sent.orders]
        for order in orders:
            if order is not None and kind is BatchKind.CANCEL:
                self._risk.tally(order, self._now_ns, cancels=1)
            elif order is not None and kind is BatchKind.AMEND:
                self._risk.tally(order, self._now_ns, changes=1)

    def _report(self, taken: ReportTaken) -> None:
        report = taken.report
        order = self._desk.order(report.client_order_id)
        if order is None:
            return
        if order.client_order_id == self._made and order.state is OrderState.REFUSED:
            self._made = ""
        self._count_made()
        if report.kind is ReportKind.FILLED:
            self._risk.tally(order, self._now_ns, fills=1)
        elif report.kind is ReportKind.AMENDED and report.source is Source.ROUTER:
            self._risk.tally(order, self._now_ns, changes=1)
        self._risk.judge(order, report)

    def _noted(self, noted: NetNoted) -> None:
        self._risk.recall_net(noted, self._now_ns)

    def _lifted(self, lifted: LimitLifted) -> None:
        self._risk.lift(lifted.scope, lifted.strategy, lifted.instrument)
