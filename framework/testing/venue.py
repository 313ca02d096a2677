"""The venue of a trial: it does what the test says, and next to nothing by itself."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

from framework.core import Core
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import Batch, BatchKind, Cleared
from framework.model.events import Fill, OrderReport, Quote, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order


class ObedientVenue:
    """An order port that answers at once: accepts orders, fills market orders at the quote, cancels and amends.

    Args:
        auto_accept: without it orders wait for the test to accept them.
    """

    def __init__(self, auto_accept: bool) -> None:
        self.requests: list[Cleared] = []
        """Every request that came."""
        self.refusals: list[str] = []
        """Reasons to reject the next orders."""
        self.quotes: dict[Instrument, Quote] = {}
        """The last quote of each instrument: what market orders fill at."""
        self.core: Core
        """Who hears the answers; a restart gives it another."""
        self._auto_accept = auto_accept
        self._trades = 0

    def send(self, cleared: Cleared) -> None:
        """Take a request (`ports.OrderPort`)."""
        self.requests.append(cleared)
        for index, order in enumerate(cleared.batch.orders):
            self._answer(cleared.batch, index, order)

    def say(self, order: Order, kind: ReportKind, **more: Any) -> None:
        """Report something of an order: a turn of its own, at this instant."""

        def arrive() -> None:
            self.core.report(OrderReport(order.client_order_id, self._now_ns, kind, Source.VENUE, **more))

        self.core.loop.at(self._now_ns, VENUE_PRIORITY, arrive)

    def accept(self, order: Order) -> None:
        """The order rests from now on."""
        self.say(order, ReportKind.ACCEPTED, venue_order_id=f"v{order.client_order_id}")

    def fill(self, order: Order, size_points: int, price_points: int = 0) -> None:
        """Fill an order: at a price, or at its limit, or at the quote. The instrument's fees are taken."""
        points = price_points or order.price_points or self._touch_points(order)
        self.say(order, ReportKind.FILLED, fill=self._fill(order, points, size_points))

    @property
    def _now_ns(self) -> int:
        return self.core.clock.now_ns

    def _answer(self, batch: Batch, index: int, order: Order) -> None:
        if batch.kind is BatchKind.PLACE:
            self._placed(order)
        elif batch.kind is BatchKind.CANCEL:
            self.say(order, ReportKind.CANCELLED)
        else:
            change = batch.changes[index]
            self.say(order, ReportKind.AMENDED, price_points=change.price_points, size_points=change.size_points)

    def _placed(self, order: Order) -> None:
        if self.refusals:
            self.say(order, ReportKind.REJECTED, reason=self.refusals.pop(0))
        elif self._auto_accept:
            self.accept(order)
            if order.is_market:
                self.fill(order, order.size_points)

    def _touch_points(self, order: Order) -> int:
        quote = self.quotes[order.instrument]
        return quote.ask_points if order.is_buy else quote.bid_points

    def _fill(self, order: Order, price_points: int, size_points: int) -> Fill:
        there = order.instrument
        rate = there.taker_fee if order.is_market else there.maker_fee
        value = there.size_exact(size_points) if order.is_buy else there.notional(price_points, size_points)
        fee = (value * rate).quantize(Decimal(1).scaleb(-there.fee_digits), ROUND_CEILING)
        self._trades += 1
        asset = there.base if order.is_buy else there.quote
        return Fill(f"f{self._trades}", price_points, size_points, fee, asset, not order.is_market)
