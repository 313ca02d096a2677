"""What Bitget's private stream tells of our orders, as reports.

Fills are booked from the `fill` channel alone; V2 names our order there only by the venue's id, so a fill that overtakes
its order waits until that id is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from framework.gateway.bitget.names import Names
from framework.gateway.bitget.reports import report_seen
from framework.kernel.clock import Clock
from framework.model.errors import GridError
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import Order, Pending
from framework.ports import ReportSink
from framework.venues.bitget.pushes import Pushed
from framework.venues.bitget.seen import CANCELLED, FAILED, TRIGGERED, FillSeen, OrderSeen, PlanSeen

WAITING_MAX: Final = 1_000
"""Fills that wait for the name of their order; then the venue is asked instead."""

OWED_S: Final = 2.0
"""An order that counts more filled than was told is given so long: the fill comes on another channel, in its own time."""


class Heard:
    """Of one account, over all its connections.

    Args:
        order_of, names, stray: see `BitgetStream`.
        missed: told what was not told whole: the venue must be asked.
    """

    def __init__(
        self,
        clock: Clock,
        reports: ReportSink,
        order_of: Callable[[str], Order | None],
        names: Names,
        missed: Callable[[str], None],
        stray: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._reports = reports
        self._order_of = order_of
        self._names = names
        names.on_learnt.append(self._learnt)
        self._missed = missed
        self._stray = stray
        self._waiting: dict[str, list[FillSeen]] = {}
        self._owed: dict[str, tuple[int, float]] = {}
        """Order -> size points that its own push counts as filled, and when, on the loop, they must have been told."""

    def claim(self, now_s: float) -> float:
        """Tell of fills that are overdue. Gives when to look again; 0: nothing is owed."""
        while self._owed:
            name, (points, due_s) = next(iter(self._owed.items()))
            if now_s < due_s:
                return due_s
            del self._owed[name]
            order = self._order_of(name)
            if order is not None and order.filled_points < points:
                size = order.instrument.size_text
                told, counted = size(order.filled_points), size(points)
                self._missed(f"{name}: the venue counts {counted} filled, and fills of {told} were told")
        return 0.0

    def take(self, pushed: Pushed) -> None:
        """Tell of all that a push names."""
        for item in pushed.items:
            if isinstance(item, OrderSeen):
                self._ordered(item)
            elif isinstance(item, FillSeen):
                self._filled(item)
            elif isinstance(item, PlanSeen):
                self._planned(item)

    def _learnt(self, venue_order_id: str, client_order_id: str) -> None:
        """A name is known now: what waited for it is told."""
        for fill in self._waiting.pop(venue_order_id, ()):
            self._tell_fill(client_order_id, fill)

    def _ordered(self, seen: OrderSeen) -> None:
        self._names.learn(seen.venue_order_id, seen.client_order_id)
        order = self._order_of(self._names.name(seen.venue_order_id, seen.client_order_id))
        if order is None:
            self._stray(seen.client_order_id)
            return
        self._owe(order, seen)
        report = report_seen(order, seen, self._clock.now_ns, Source.VENUE)
        if report is not None:
            self._reports.report(report)

    def _planned(self, plan: PlanSeen) -> None:
        """A trigger order. One that was set off is another order now, under another name: the venue is asked which."""
        order = self._order_of(plan.client_order_id)
        if order is None:
            self._stray(plan.client_order_id)
        elif plan.status in TRIGGERED:
            if plan.client_order_id in self._names.plans:
                self._end(order, plan, ReportKind.UNKNOWN, "triggered")
        elif plan.status in FAILED:
            self._end(order, plan, ReportKind.EXPIRED, "trigger_failed")
        elif plan.status in CANCELLED:
            was_asked = order.pending is Pending.CANCEL
            kind = ReportKind.CANCELLED if was_asked else ReportKind.EXPIRED
            self._end(order, plan, kind, "" if was_asked else "ended_by_venue")
        else:
            self._names.saw_plan(plan.client_order_id, plan.kind)

    def _end(self, order: Order, plan: PlanSeen, kind: ReportKind, reason: str) -> None:
        """What becomes of an order that waits no more."""
        if not order.is_done:
            name, venue_name = plan.client_order_id, plan.venue_order_id
            self._reports.report(OrderReport(name, self._clock.now_ns, kind, Source.VENUE, venue_name, reason))

    def _owe(self, order: Order, seen: OrderSeen) -> None:
        try:
            points = order.instrument.data_size(f"{seen.filled:f}")
        except GridError as error:
            self._missed(str(error))
            return
        if points > max(order.filled_points, self._owed.get(order.client_order_id, (0, 0.0))[0]):
            self._owed.pop(order.client_order_id, None)  # the latest is owed last
            self._owed[order.client_order_id] = points, asyncio.get_running_loop().time() + OWED_S

    def _filled(self, fill: FillSeen) -> None:
        client_order_id = self._names.name(fill.venue_order_id, fill.client_order_id)
        if client_order_id:
            self._tell_fill(client_order_id, fill)
            return
        if sum(map(len, self._waiting.values())) >= WAITING_MAX:
            self._waiting.clear()
            self._missed(f"{WAITING_MAX} fills of orders that nobody knows")
        self._waiting.setdefault(fill.venue_order_id, []).append(fill)

    def _tell_fill(self, client_order_id: str, fill: FillSeen) -> None:
        order = self._order_of(client_order_id)
        if order is None:
            self._stray(client_order_id)
            return
        there = order.instrument
        try:
            price, size = there.data_price(f"{fill.price:f}"), there.data_size(f"{fill.size:f}")
        except GridError as error:
            self._missed(str(error))
            return
        ours = Fill(fill.trade_id, price, size, fill.fee.amount, fill.fee.asset, fill.is_maker)
        self._reports.report(
            OrderReport(
                client_order_id, self._clock.now_ns, ReportKind.FILLED, Source.VENUE, fill.venue_order_id, fill=ours
            )
        )
