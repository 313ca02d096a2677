"""Every request has a deadline on the Clock: a port that stays silent leaves no order in flight for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import PLACE, Batch, BatchKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import SENT, Order, OrderState
from framework.ports import LEAVES_WITHIN_NS, ReportSink, Schedule

ANSWER_NS: Final = LEAVES_WITHIN_NS + 5 * NS_PER_S
"""Silence of this length is no answer. It is the backstop: a transport has shorter deadlines of its own."""
NO_ANSWER: Final = "no_answer"


class Deadlines:
    """Watches the requests that left, with one wake-up for all of them.

    Args:
        is_out: whether a cancel or a change (its id) is still without an answer for an order.
        reports: takes the order reports that silence makes.
    """

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        reports: ReportSink,
        is_out: Callable[[Order, BatchKind, int], bool],
        answer_ns: int = ANSWER_NS,
    ) -> None:
        self._clock = clock
        self._schedule = schedule
        self._reports = reports
        self._is_out = is_out
        self._answer_ns = answer_ns
        self._watched: deque[tuple[int, Batch]] = deque()
        """Deadline and request, in the order of sending, which is that of the deadlines."""

    def sent(self, batch: Batch) -> None:
        """A request was handed to its port."""
        self._watched.append((self._clock.now_ns + self._answer_ns, batch))
        if len(self._watched) == 1:
            self._wake()

    def _wake(self) -> None:
        self._schedule.at(self._watched[0][0], VENUE_PRIORITY, self._look)

    def _look(self) -> None:
        now_ns = self._clock.now_ns
        while self._watched:
            due_ns, batch = self._watched[0]
            open_ = [order for order in batch.orders if self._is_silent(order, batch)]
            if open_ and due_ns > now_ns:
                break
            self._watched.popleft()
            for order in open_:
                self._reports.report(self._unanswered(order))
        if self._watched:
            self._wake()

    def _is_silent(self, order: Order, batch: Batch) -> bool:
        """Whether an answer is missing that would say what became of the order."""
        if batch.kind is PLACE:
            return order.state is SENT
        is_in_doubt = not order.is_done and order.state is not OrderState.UNKNOWN
        return is_in_doubt and self._is_out(order, batch.kind, batch.request_id)

    def _unanswered(self, order: Order) -> OrderReport:
        detail = f"no answer within {self._answer_ns // NS_PER_S} s"
        now_ns = self._clock.now_ns
        return OrderReport(order.client_order_id, now_ns, ReportKind.UNKNOWN, Source.ROUTER, "", NO_ANSWER, detail)
