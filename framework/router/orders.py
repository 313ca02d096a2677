"""What becomes of one order before the wire: placed, admitted or refused, amended, taken back."""

from __future__ import annotations

from typing import Final

from framework.kernel.records import OrderMade
from framework.model.batch import BatchKind, Change
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending
from framework.ports import Desk, Journal
from framework.router.answers import Answers
from framework.router.checks import FUNDS, Refusal, asset_of, check, check_change, check_funds, reference_points
from framework.router.gate import Gate
from framework.router.held import Held, Waiting
from framework.router.sender import RATE_LIMITED, Sender

WITHDRAWN: Final = "withdrawn"
"""Reason of an order that was cancelled before it left: no request was spent on it."""


class Orders:
    """Every order on its way to the sender, whoever made it.

    Args:
        desk: what it may read of market, orders and holdings.
        sender: where orders wait for a request.
        answers: tells strategies of refusals.
        held: where buys wait that lack cash.
    """

    def __init__(
        self, *, desk: Desk, sender: Sender, gate: Gate, journal: Journal, answers: Answers, held: Held
    ) -> None:
        self._desk = desk
        self._sender = sender
        self._gate = gate
        self._journal = journal
        self._answers = answers
        self._held = held
        self._unacknowledged: dict[str, Change | None] = {}
        """Order -> what is to become of it as soon as the venue knows it: a change, or None for its end."""

    def place(self, order: Order, refusal: Refusal | None = None) -> None:
        """Take a strategy's own order; a buy that lacks cash waits for the end of the turn."""
        refusal = refusal or check(order, self._desk)
        if refusal is not None and refusal.reason == FUNDS and asset_of(order) == order.instrument.quote:
            self._held.put(Waiting(order, asset_of(order), self._gate.stale_at_ns(order)))
        else:
            self.admit(order, refusal)

    def admit(self, order: Order, refusal: Refusal | None) -> None:
        """From now on an order is known; it waits for its request, or is refused."""
        self._desk.admit(order, is_refused=refusal is not None)
        self._journal.write(_made(order))
        if refusal is not None:
            self._answers.refuse(order, refusal.reason, refusal.detail, Source.ROUTER)
        else:
            self._sender.put(BatchKind.PLACE, order)

    def admit_held(self, order: Order) -> None:
        """From now on a buy that waits for cash is known; it reserves nothing."""
        if self._held.holds(order) and self._desk.order(order.client_order_id) is None:
            self._desk.admit(order, is_held=True)
            self._journal.write(_made(order))

    def end_held(self, order: Order) -> None:
        """A buy waits for cash no longer: send it if its cash came, else refuse it."""
        lack = self.lack(order)
        if self._desk.order(order.client_order_id) is None:
            self.admit(order, lack)
        elif lack is None:
            self._desk.release(order)
            self._sender.put(BatchKind.PLACE, order)
        else:
            self._answers.refuse(order, lack.reason, lack.detail, Source.ROUTER)

    def lack(self, order: Order) -> Refusal | None:
        """The money that an order lacks now, if it does."""
        return check_funds(order, reference_points(order, self._desk), self._desk)

    def cancel(self, order: Order) -> None:
        """Take an order back: an unsent one never leaves, a sent one gets a cancel, once."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        if order.state is OrderState.QUEUED:
            if self._sender.withdraw(BatchKind.PLACE, order) or self._held.drop(order):
                self._desk.cancel_asked(order)
                detail = "cancelled before it left"
                self._answers.refuse(order, WITHDRAWN, detail, Source.ROUTER, ReportKind.CANCELLED)
        else:
            self._desk.cancel_asked(order)
            self._sender.withdraw(BatchKind.AMEND, order)
            if order.state is OrderState.SENT:
                # What overtakes the place finds nothing there: it waits for the acknowledgement.
                self._unacknowledged[order.client_order_id] = None
            else:
                self._sender.put(BatchKind.CANCEL, order)

    def amend(self, order: Order, change: Change, refusal: Refusal | None = None) -> None:
        """Change an order that rests; an unsent one is changed where it waits."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        refusal = refusal or check_change(order, change, self._desk)
        if refusal is not None:
            self._answers.refuse(order, refusal.reason, refusal.detail, Source.ROUTER, ReportKind.AMEND_REJECTED)
        elif order.state is OrderState.QUEUED:
            self._desk.change(order, change)
            self._answers.amended(order)
        else:
            self._desk.change_asked(order, change)
            if order.state is OrderState.SENT:
                self._unacknowledged[order.client_order_id] = change
            else:
                self._sender.put(BatchKind.AMEND, order, change)

    def on_report(self, order: Order, report: OrderReport) -> None:
        """Cancel and amend leave once the venue knows their order; a cancel again after it met a full bucket."""
        order_id = order.client_order_id
        if order_id in self._unacknowledged and order.state is not OrderState.SENT:
            change = self._unacknowledged.pop(order_id)
            if not order.is_done:
                self._sender.put(BatchKind.CANCEL if change is None else BatchKind.AMEND, order, change)
        elif order.is_done:
            return
        elif report.kind is ReportKind.CANCEL_REJECTED and report.reason == RATE_LIMITED:
            self.cancel(order)


def _made(order: Order) -> OrderMade:
    return OrderMade(
        order.client_order_id,
        order.strategy,
        order.instrument.id,
        order.is_buy,
        order.size_points,
        order.price_points,
        order.tif.value,
        order.post_only,
        order.reduce_only,
        order.tag,
        order.owner.value,
    )
