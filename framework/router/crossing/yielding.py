"""The way to the sender: an order goes on, unless it could trade with an older one of ours; then it yields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from framework.kernel.clock import Clock
from framework.kernel.records import OrderBounded, OrderHeld
from framework.model.batch import PLACE, Change
from framework.model.events import ROUTER, OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.model.self_cross import SelfCross
from framework.ports import Desk, Journal
from framework.router.answers import Answers
from framework.router.checks import Refusal
from framework.router.crossing.crossing import Blocked, Crossing, is_bounded
from framework.router.crossing.inside import Inside, match_of
from framework.router.crossing.own_prices import Best
from framework.router.gate import Gate
from framework.router.sending.sender import Sender

SELF_CROSS: Final = "self_cross"
"""Reason of an order, or of a change, that would have traded with another order of ours."""
DUST: Final = "dust"
"""Reason of the end of what a match left, and no order could carry."""
LOOK_EVERY_NS: Final = 100_000_000
"""How often market orders that wait are held against the quote."""


class Yielding:
    """Lets admitted orders and their changes go on, lets them wait, or refuses them.

    Args:
        self_cross: what becomes of the newer of two that could trade with each other.
        change_again: told of a change that waited and may be asked for now.
        refusal: what keeps an order from leaving now that it has waited, or got a price: money, limits, the venue's rules.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        clock: Clock,
        sender: Sender,
        gate: Gate,
        journal: Journal,
        answers: Answers,
        self_cross: SelfCross,
        change_again: Callable[[Order, Change], None],
        refusal: Callable[[Order, int], Refusal | None],
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._sender = sender
        self._gate = gate
        self._journal = journal
        self._answers = answers
        self._self_cross = self_cross
        self._change_again = change_again
        self._refusal = refusal
        self._crossing = Crossing(desk)
        self.blocked = self._crossing.blocked
        self._inside = Inside(answers)
        self._look_ns = 0

    def let_go(self, order: Order) -> None:
        """Let an admitted order wait for a request, unless it could trade with another one of ours."""
        best = self._crossing.stand(order)
        if best is None:
            self._sender.put(PLACE, order)
            return
        if self._self_cross is SelfCross.CROSS and self._match(order, best):
            return
        bounds_points = self._crossing.bounds(order, best)
        if bounds_points:
            self._leave(order, bounds_points, best.client_order_id)
        else:
            self._yield_to(order, best.client_order_id)

    def _match(self, order: Order, best: Best) -> bool:
        """Trade inside with the order of ours that it would meet first. False: the two may not."""
        other = self._desk.order(best.client_order_id)
        match = match_of(order, other, self._desk) if other is not None else None
        if other is None or match is None:
            return False
        if self._crossing.drop(other) is None and not self._sender.withdraw(PLACE, other):
            return False
        self._crossing.leave(other)
        self._inside.trade(order, other, match)
        return True

    def is_matched(self, order: Order) -> bool:
        """Whether an order is about to be filled by another one of ours."""
        return self._inside.holds(order)

    def changed(self, order: Order) -> None:
        """An unsent order has another price: one that may leave keeps its place, unless it would meet ours now."""
        waited = self._crossing.drop(order) is not None
        if not waited and self._crossing.stand(order) is None:
            return
        if waited or self._sender.withdraw(PLACE, order):
            self._crossing.leave(order)
            self.let_go(order)

    def stops(self, order: Order, change: Change) -> bool:
        """Whether a change of an order that left has to wait, or was refused; if not, the venue may be asked at once."""
        best = self._crossing.against_change(order, change.price_points)
        if best is not None:
            self._yield_to(order, best.client_order_id, change)
            return True
        self._crossing.drop(order)
        return False

    def asked(self, order: Order) -> None:
        """The venue is to give an order another price: from now on it may have either."""
        self._crossing.move(order)

    def stands(self, order: Order) -> None:
        """An order of an earlier session stands at the venue, or may."""
        self._crossing.enter(order)

    def drop(self, order: Order) -> bool:
        """An order is taken back: neither it, nor what a match leaves of it, nor a change waits. False: nothing waited."""
        return self._inside.drop(order) or self._crossing.drop(order) is not None

    def on_report(self, order: Order, report: OrderReport) -> None:
        """What waited for an order, not to trade with it, may go on; and what is left of one that was matched inside."""
        if report.fill is not None and report.source is ROUTER and self._inside.booked(order):
            self._go_on(order, report.fill.price_points)
        self._crossing.on_report(order, report)
        if self._crossing.loosened:
            self.free()

    def _go_on(self, order: Order, price_points: int) -> None:
        """What a match leaves of an order goes on, or ends where no order could carry it."""
        if order.instrument.carries(price_points, order.left_points):
            self.let_go(order)
            return
        self._desk.cancel_asked(order)
        left = order.instrument.size_text(order.left_points)
        detail = f"{left} {order.instrument.base} are left, less than any order"
        self._answers.refuse(order, DUST, detail, Source.ROUTER, ReportKind.CANCELLED)

    def free(self) -> None:
        """Let go what would meet no order of ours any more."""
        if not self._crossing.loosened:
            return
        for (order, change, _, against), bounds_points in self._crossing.take_free():
            if change is None:
                self._leave(order, bounds_points or (0,), against)
            else:
                self._change_again(order, change)

    def in_way(self, order: Order) -> list[Order]:
        """The orders of ours that one which waits here waits for; none if it does not wait."""
        return self._crossing.in_way(order)

    def waiting(self, strategy: str) -> int:
        """Orders of a strategy, and changes, that wait here."""
        return self._crossing.waiting(strategy)

    def end_late(self, now_ns: int) -> None:
        """Refuse what would have met an order of ours for as long as it may wait."""
        if self._crossing.watches_quotes and now_ns >= self._look_ns:
            self._look_ns = now_ns + LOOK_EVERY_NS
            self._crossing.look_again()
        for order, change, _, against in self._crossing.take_late(now_ns):
            self._refuse(order, against, change)
        self.free()

    def late_at_ns(self) -> int:
        """When something will have waited too long, or is to be looked at again; 0 when nothing will."""
        late_ns = self._crossing.late_at_ns()
        return min(late_ns, self._look_ns) if self._crossing.watches_quotes else late_ns

    def _leave(self, order: Order, prices_points: Sequence[int], against: str) -> None:
        """Let an order go at the first of some prices that it has money and room for; 0: at its own."""
        refusal = None
        for price_points in prices_points:
            refusal = self._refusal(order, price_points)
            if refusal is None:
                if price_points:
                    self._desk.bound(order, price_points)
                    self._journal.write(OrderBounded(order.client_order_id, price_points, against))
                elif order.is_market:
                    self._desk.release(order)  # the market went on meanwhile: money is set aside as it stands now
                self._crossing.enter(order)
                self._sender.put(PLACE, order)
                return
        assert refusal is not None, order
        self._answers.refuse(order, refusal.reason, refusal.detail, Source.ROUTER)

    def _yield_to(self, order: Order, against: str, change: Change | None = None) -> None:
        if self._self_cross is SelfCross.REFUSE:
            self._refuse(order, against, change)
            return
        late_ns = self._clock.now_ns + self._gate.intent_age_max_ns
        until_ns = late_ns
        if change is None:  # what only reduces does not become stale: nobody waits for it who is older
            until_ns = 0 if order.reduce_only else self._gate.stale_at_ns(order)
        if is_bounded(order) and not self._crossing.watches_quotes:
            self._look_ns = self._clock.now_ns + LOOK_EVERY_NS
        self._crossing.wait(Blocked(order, change, until_ns, against))
        asked = None if change is None else (change.price_points, change.size_points)
        self._journal.write(OrderHeld(order.client_order_id, SELF_CROSS, against, asked))

    def _refuse(self, order: Order, against: str, change: Change | None) -> None:
        kind = ReportKind.REFUSED if change is None else ReportKind.AMEND_REJECTED
        self._answers.refuse(order, SELF_CROSS, f"would trade with our own {against}", Source.ROUTER, kind)
