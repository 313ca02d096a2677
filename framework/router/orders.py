"""What becomes of one order before the wire: placed, admitted or refused, amended, taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import CancelMade, OrderMade
from framework.model.batch import AMEND, CANCEL, PLACE, Change
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import DONE, Order, OrderState, Pending, write
from framework.model.reasons import DUPLICATE_ID, LIMITED
from framework.model.self_cross import SelfCross
from framework.ports import Desk, Journal
from framework.router.answers import Answers
from framework.router.checks import (
    FUNDS,
    Refusal,
    asset_of,
    changed_order,
    check,
    check_change,
    check_filters,
    check_funds,
    check_grid,
    no_venue,
    reference_points,
)
from framework.router.crossing.yielding import SELF_CROSS, Yielding
from framework.router.doubt.adoption import UNANSWERED
from framework.router.gate import Gate
from framework.router.risk import Risk
from framework.router.sending.cancels import Cancels
from framework.router.sending.sender import Sender
from framework.router.wants.held import Held, Waiting

UNKNOWN: Final = "unknown"
"""Reason of a change that is not sent: the order is without an answer."""
AMEND_UNSUPPORTED: Final = "amend_unsupported"
CANCELLED_AGAIN: Final = LIMITED | {UNANSWERED}
"""Reasons of a cancel that failed and says nothing of the order."""
WITHDRAWN: Final = "withdrawn"
"""Reason of an order that was cancelled before it left: no request was spent on it."""

log = get_logger()


class Orders:
    """Every order on its way to the sender, whoever made it.

    Args:
        desk: what it may read of market, orders and holdings.
        sender: where orders wait for a request.
        answers: tells strategies of refusals.
        held: where buys wait that lack cash.
        ids: another name for an order whose own was used before.
        venues: those that there is a way to.
        risk: the limits; None where nothing is limited.
        self_cross: what becomes of an order that would trade with another of ours.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        sender: Sender,
        gate: Gate,
        journal: Journal,
        answers: Answers,
        held: Held,
        ids: OrderIds,
        venues: Collection[str],
        clock: Clock,
        self_cross: SelfCross,
        risk: Risk | None = None,
    ) -> None:
        self.yielding = Yielding(
            desk=desk,
            clock=clock,
            sender=sender,
            gate=gate,
            journal=journal,
            answers=answers,
            self_cross=self_cross,
            change_again=self._change_again,
            refusal=self._late_refusal,
        )
        self._ids = ids
        self._venues = venues
        self._risk = risk
        self._desk = desk
        self._sender = sender
        self._gate = gate
        self._journal = journal
        self._answers = answers
        self._held = held
        self._clock = clock
        self.cancels = Cancels()
        self._unacknowledged: dict[str, Change | None] = {}
        """Order -> what is to become of it as soon as the venue knows it: a change, or None for its end."""

    def something_waits(self) -> bool:
        """Whether anything waits for cash, for another order, or to be asked again: somebody has to look in time."""
        return bool(self._held.waiting or self.yielding.blocked or self.cancels.tries)

    def place(self, order: Order, refusal: Refusal | None = None) -> None:
        """Take a strategy's own order; a buy that lacks cash waits for the end of the turn."""
        if self._desk.order(order.client_order_id) is not None or order.client_order_id in self._held.waiting:
            refusal = self._other_name(order)
            if refusal is None:
                return
        refusal = refusal or self.refusal(order)
        if refusal is not None and refusal.reason == FUNDS and asset_of(order) == order.instrument.quote:
            limited = self._limited(order) or self._full(order)
            if limited is None:
                self._held.put(Waiting(order, asset_of(order), self._gate.stale_at_ns(order)))
                return
            refusal = limited
        self.admit(order, refusal)

    def refusal(self, order: Order) -> Refusal | None:
        """The first check or limit that a new order fails."""
        if order.instrument.venue not in self._venues:
            return no_venue(order, self._venues)
        return check(order, self._desk) or self._limited(order)

    def _limited(self, order: Order) -> Refusal | None:
        return None if self._risk is None else self._risk.check(order)

    def _other_name(self, order: Order) -> Refusal | None:
        """An id that was used before: the same order again is nothing new, another one is refused under another name."""
        name = order.client_order_id
        log.warning("order.given_twice", strategy=order.strategy, order=name)
        if self._desk.order(name) is order or self._held.holds_same(order):
            return None
        write(order, client_order_id=self._ids.next(order.strategy))
        return Refusal(DUPLICATE_ID, f"each id once, found {name} again")

    def admit(self, order: Order, refusal: Refusal | None, source: Source = Source.ROUTER) -> None:
        """From now on an order is known; it waits for its request, or is refused.

        Args:
            source: whose refusal it is.
        """
        refusal = refusal or self._full(order)
        self._desk.admit(order, is_refused=refusal is not None)
        self._journal.write(OrderMade.of(order))
        if refusal is not None:
            self._answers.refuse(order, refusal.reason, refusal.detail, source)
        else:
            if self._risk is not None:
                self._risk.taken(order)
            self.yielding.let_go(order)

    def _full(self, order: Order) -> Refusal | None:
        elsewhere = 0
        if self._held.waiting or self.yielding.blocked:
            elsewhere = self.yielding.waiting(order.strategy) + self._held.buys(order.strategy)
        return self._sender.full(order, elsewhere)

    def admit_held(self, order: Order) -> None:
        """From now on a buy that waits for cash is known; it reserves nothing."""
        if not self._held.holds(order) or self._desk.order(order.client_order_id) is not None:
            return
        limited = self._limited(order)
        if limited is not None:
            self._held.drop(order)
            self.admit(order, limited)
            return
        self._desk.admit(order, is_held=True)
        self._journal.write(OrderMade.of(order))
        if self._risk is not None:
            self._risk.taken(order)

    def end_held(self, order: Order) -> None:
        """A buy waits for cash no longer: send it if its cash came, else refuse it."""
        lack = self.lack(order)
        if self._desk.order(order.client_order_id) is None:
            self.admit(order, lack or self._limited(order))
            return
        if lack is None and self._risk is not None:
            lack = self._risk.check_again(order)
        if lack is None:
            self._desk.release(order)
            self.yielding.let_go(order)
        else:
            self._answers.refuse(order, lack.reason, lack.detail, Source.ROUTER)

    def lack(self, order: Order) -> Refusal | None:
        """The money that an order lacks now, if it does."""
        return check_funds(order, reference_points(order, self._desk), self._desk)

    def refit(self, there: Instrument) -> None:
        """A market has other filters: what waits and no longer fits is refused, never rounded to what nobody asked for."""
        for order in [each for each in self._desk.open_orders(there) if each.state is OrderState.QUEUED]:
            price_points = reference_points(order, self._desk)
            misfit = check_filters(order, price_points) if price_points else check_grid(order)
            if misfit is not None and self._let_off(order):
                self._answers.refuse(order, misfit.reason, misfit.detail, Source.ROUTER)

    def _let_off(self, order: Order) -> bool:
        """An order that has not left waits no longer. False: it did not."""
        return self._sender.withdraw(PLACE, order) or self._held.drop(order) or self.yielding.drop(order)

    def take_back(self, order: Order) -> None:
        """A target or ladder wants an order of its own no longer."""
        if not order.is_done and order.pending is not Pending.CANCEL:
            self._journal.write(CancelMade(order.client_order_id, order.owner.value))
            self.cancel(order)

    def cancel(self, order: Order) -> None:
        """Take an order back: an unsent one never leaves, a sent one gets a cancel, once."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        if order.state is OrderState.QUEUED:
            if self._let_off(order):
                self._desk.cancel_asked(order)
                detail = "cancelled before it left"
                self._answers.refuse(order, WITHDRAWN, detail, Source.ROUTER, ReportKind.CANCELLED)
        else:
            self._desk.cancel_asked(order)
            self.yielding.drop(order)
            if self._risk is not None:
                self._risk.cancelled(order)
            self._sender.withdraw(AMEND, order)
            self._unacknowledged.pop(order.client_order_id, None)
            if order.state is OrderState.SENT:
                # What overtakes the place finds nothing there: it waits for the acknowledgement.
                self._unacknowledged[order.client_order_id] = None
            else:
                self._sender.put(CANCEL, order)

    def amend(self, order: Order, change: Change, refusal: Refusal | None = None) -> None:
        """Change an order that rests; an unsent one is changed where it waits."""
        if order.is_done or order.pending is Pending.CANCEL:
            return
        refusal = refusal or self.change_refusal(order, change)
        if refusal is not None:
            self._answers.refuse(order, refusal.reason, refusal.detail, Source.ROUTER, ReportKind.AMEND_REJECTED)
        elif order.state is OrderState.QUEUED:
            self._change_unsent(order, change)
        elif not self.yielding.stops(order, change):
            self._ask_change(order, change)

    def change_refusal(self, order: Order, change: Change) -> Refusal | None:
        """The first check or limit that an order would fail as a change would have it."""
        if order.state is OrderState.UNKNOWN:
            return Refusal(UNKNOWN, "nobody knows whether it is there; it is asked after")
        if order.state is not OrderState.QUEUED and not self._sender.can_amend(order):
            return Refusal(
                AMEND_UNSUPPORTED, "this venue cannot change an order that rests; cancel it and place another"
            )
        if self.yielding.is_matched(order):
            return Refusal(SELF_CROSS, "it is being matched with another order of ours")
        if change.size_points <= order.filled_points:
            return Refusal("size_below_filled", f"{order.instrument.size_text(order.filled_points)} is filled already")
        refusal = check_change(order, change, self._desk)
        if refusal is None and self._risk is not None:
            refusal = self._risk.check_change(order, changed_order(order, change))
        return refusal

    def _late_refusal(self, order: Order, price_points: int) -> Refusal | None:
        """What keeps an admitted order from leaving, at a price where that is not 0: its money, its limits, the venue.

        Only a market order, and what gets another price, is worth something else than when it was admitted.
        """
        refusal = None
        if order.is_market or price_points:
            priced = Change(price_points, order.size_points)
            refusal = check_change(order, priced, self._desk)
            if refusal is None and self._risk is not None:
                refusal = self._risk.check_price(changed_order(order, priced))
        if refusal is None and self._risk is not None:
            refusal = self._risk.check_again(order)
        return refusal

    def _change_unsent(self, order: Order, change: Change) -> None:
        # Its record says the old size: another one is to be made.
        is_recalled = self._sender.recall(PLACE, order)
        self._desk.change(order, change)
        self._answers.amended(order)
        if self._risk is not None:
            self._risk.changed(order)
        if is_recalled:
            self._sender.put(PLACE, order)
        if not self._held.holds(order):
            self.yielding.changed(order)

    def _change_again(self, order: Order, change: Change) -> None:
        """A change that waited for another order of ours may leave now, if it still may."""
        refusal = self.change_refusal(order, change)
        if refusal is not None:
            self._answers.refuse(order, refusal.reason, refusal.detail, Source.ROUTER, ReportKind.AMEND_REJECTED)
        else:
            self._ask_change(order, change)

    def _ask_change(self, order: Order, change: Change) -> None:
        """The venue is to change an order, as soon as it knows it and has answered the change before.

        One change of an order is out at a time, so that answers cannot cross; those made meanwhile are merged.
        """
        self._desk.change_asked(order, change)
        self.yielding.asked(order)
        if order.state is OrderState.SENT or self._desk.is_changing(order):
            self._unacknowledged[order.client_order_id] = change
        else:
            self._sender.recall(AMEND, order)  # Its record says the change of before: that one never leaves.
            self._sender.put(AMEND, order, change)
        if self._risk is not None:
            self._risk.changed(order)

    def on_report(self, order: Order, report: OrderReport) -> None:
        """Cancel and amend leave once the venue knows their order; a cancel again after it met a full bucket."""
        if self._risk is not None:
            self._risk.reported(order, report)
        self.yielding.on_report(order, report)
        order_id = order.client_order_id
        if order.state in DONE:
            if self._unacknowledged:
                self._unacknowledged.pop(order_id, None)
            if self.cancels.tries:
                self.cancels.drop(order)
            return
        is_unsure = order.state is OrderState.UNKNOWN and report.kind is not ReportKind.UNKNOWN
        never_left = report.kind is ReportKind.CANCEL_REJECTED and report.source is Source.GATEWAY
        is_denied = report.kind is ReportKind.CANCEL_REJECTED and report.reason not in CANCELLED_AGAIN
        if is_unsure and is_denied and not never_left:
            # Nothing to cancel there, or not yet: once the venue shows it, it is taken back after all.
            self._desk.cancel_asked(order)
            self._unacknowledged[order_id] = None
            self.cancels.drop(order)
        is_busy = self._unacknowledged.get(order_id) is not None and self._desk.is_changing(order)
        if order_id in self._unacknowledged and order.state is not OrderState.SENT and not is_unsure and not is_busy:
            change = self._unacknowledged.pop(order_id)
            self._sender.put(CANCEL if change is None else AMEND, order, change)
        elif report.kind is ReportKind.CANCEL_REJECTED and report.reason in CANCELLED_AGAIN:
            self.cancel(order)
        elif never_left:
            self._desk.cancel_asked(order)  # it is still to go
            self.cancels.watch(order, self._clock.now_ns)
        if (
            order.state is OrderState.UNKNOWN
            and order.pending is Pending.CANCEL
            and order_id not in self._unacknowledged
        ):
            self.cancels.watch(order, self._clock.now_ns)

    def settled(self, order: Order) -> None:
        """All that filled of an order that ended is known: nothing of it counts any more."""
        if self._risk is not None:
            self._risk.recount(order)

    def cancel_again(self, now_ns: int) -> None:
        """Ask again for the ends that nobody answered."""
        for order in self.cancels.take_due(now_ns):
            if not self._sender.is_cancelling(order, now_ns):
                self._sender.put(CANCEL, order)
