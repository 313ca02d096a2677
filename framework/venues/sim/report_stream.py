"""The way back: reports travel over one connection, in order, and reach the sink a latency later."""

from __future__ import annotations

import random
from functools import partial
from typing import Final

from msgspec import structs

from framework.kernel.clock import Clock
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.latency import Latency
from framework.model.request_answer import RequestAnswer
from framework.ports import ReportSink, Schedule
from framework.venues.sim.faults import Faults

VENUE: Final = Source.VENUE
"""By a name of its own, as `framework.model.batch.PLACE`."""


class ReportStream:
    """The private stream of one account. A later report never overtakes an earlier one."""

    def __init__(
        self, clock: Clock, schedule: Schedule, sink: ReportSink, latency: Latency, rng: random.Random
    ) -> None:
        self._clock = clock
        self._schedule = schedule
        self._sink = sink
        self._latency = latency
        self._rng = rng
        self._last_ns = 0
        self._answer: RequestAnswer | None = None
        self.faults: Faults | None = None

    def begin(self, answer: RequestAnswer) -> None:
        """What the answer to a request says of it as a whole travels with the first report of its orders."""
        self._answer = answer

    def end(self) -> None:
        """All of a request's orders were answered: where there was none, the answer travels by itself."""
        if self._answer is not None:
            answer, self._answer = self._answer, None
            self._schedule.at(self._due_ns(), VENUE_PRIORITY, partial(self._sink.answered, answer))

    def _due_ns(self) -> int:
        self._last_ns = max(self._last_ns, self._clock.now_ns + self._latency.draw_ns(self._rng))
        return self._last_ns

    def _deliver(self, answer: RequestAnswer, report: OrderReport) -> None:
        self._sink.answered(answer)
        self._sink.report(report)

    def post(
        self,
        client_order_id: str,
        kind: ReportKind,
        venue_order_id: str = "",
        reason: str = "",
        detail: str = "",
        fill: Fill | None = None,
        price_points: int = 0,
        size_points: int = 0,
        filled_points: int = -1,
    ) -> None:
        """Send a report of one order on its way."""
        due_ns = self._due_ns()
        report = OrderReport(
            client_order_id,
            due_ns,
            kind,
            VENUE,
            venue_order_id,
            reason,
            detail,
            fill,
            price_points,
            size_points,
            filled_points,
        )
        if self.faults is not None:
            self._post_badly(report)
            return
        if self._answer is None:
            action = partial(self._sink.report, report)
        else:
            answer, self._answer = self._answer, None
            action = partial(self._deliver, answer, report)
        self._schedule.at(due_ns, VENUE_PRIORITY, action)

    def _post_badly(self, report: OrderReport) -> None:
        """As many copies as arrive, each when it does; what the answer says of limits comes in any case."""
        assert self.faults is not None
        self.end()
        for delay_ns in self.faults.of_report(report):
            late = structs.replace(report, ts_recv_ns=report.ts_recv_ns + delay_ns)
            self._schedule.at(late.ts_recv_ns, VENUE_PRIORITY, partial(self._sink.report, late))
