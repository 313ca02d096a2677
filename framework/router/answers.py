"""What we say of orders ourselves: reports like any other, a moment later."""

from __future__ import annotations

from functools import partial
from typing import Final

from framework.kernel.clock import Clock
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.ports import ReportSink, Schedule

REFUSAL_DELAY_NS: Final = 1_000_000
"""A refusal is told this much later: a strategy that answers one with the same order again cannot stop the clock."""


class Answers:
    """Reports that no venue makes: refusals, and changes and fills of orders that have not left.

    Args:
        reports: where they go.
    """

    def __init__(self, clock: Clock, schedule: Schedule, reports: ReportSink) -> None:
        self._clock = clock
        self._schedule = schedule
        self._reports = reports

    def refuse(
        self, order: Order, reason: str, detail: str, source: Source, kind: ReportKind = ReportKind.REFUSED
    ) -> None:
        """Tell the strategy why not."""
        ts_ns = self._clock.now_ns + REFUSAL_DELAY_NS
        self._tell(OrderReport(order.client_order_id, ts_ns, kind, source, "", reason, detail))

    def filled(self, order: Order, fill: Fill, detail: str) -> None:
        """Two orders of ours were matched without a venue: this one gets its fill."""
        ts_ns = self._clock.now_ns + REFUSAL_DELAY_NS
        self._tell(
            OrderReport(order.client_order_id, ts_ns, ReportKind.FILLED, Source.ROUTER, detail=detail, fill=fill)
        )

    def amended(self, order: Order) -> None:
        """An unsent order was changed: the strategy hears of it as it is then."""
        self._schedule.at(self._clock.now_ns + REFUSAL_DELAY_NS, VENUE_PRIORITY, partial(self._tell_amended, order))

    def _tell(self, report: OrderReport) -> None:
        self._schedule.at(report.ts_recv_ns, VENUE_PRIORITY, partial(self._reports.report, report))

    def _tell_amended(self, order: Order) -> None:
        report = OrderReport(
            order.client_order_id,
            self._clock.now_ns,
            ReportKind.AMENDED,
            Source.ROUTER,
            price_points=order.price_points,
            size_points=order.size_points,
        )
        self._reports.report(report)
