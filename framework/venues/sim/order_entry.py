"""What a venue does with each order of a request that it lets in: check, lock funds, match, or say no."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from framework.model.batch import Change, RequestKind
from framework.model.events import ReportKind
from framework.model.instrument import Instrument
from framework.model.money import ZERO, plain
from framework.model.reasons import DUPLICATE_ID, UNKNOWN_ORDER
from framework.venues.sim.account import limit_lock, paid_asset
from framework.venues.sim.filters import Rejection, rejection_of
from framework.venues.sim.matcher import Matcher, MatchPlan
from framework.venues.sim.orders import GTC, VenueOrder
from framework.venues.sim.settlement import CANCELLED, Settlement


class OrderEntry:
    """Places, cancels and amends, one order at a time. Orders of one request stand and fall on their own."""

    def __init__(
        self, settlement: Settlement, matchers: Mapping[Instrument, Matcher], *, amend_keeps_place: bool
    ) -> None:
        self._settlement = settlement
        self._matchers = matchers
        self._amend_keeps_place = amend_keeps_place

    def place(self, order: VenueOrder, now_ns: int) -> None:
        """Take a new order: filters, funds, then the book."""
        matcher = self._matchers.get(order.instrument)
        rejection = self._unplaceable(order, matcher)
        if rejection is not None or matcher is None:
            assert rejection is not None
            self._settlement.reject(order.client_order_id, ReportKind.REJECTED, rejection)
            return
        plan = matcher.plan(order, now_ns)
        need = _needed(order, plan)
        if not self._settlement.account.lock(order, need):
            self._settlement.reject(order.client_order_id, ReportKind.REJECTED, self._short(order, need))
            return
        self._settlement.accept(order)
        matcher.enter(order, plan, now_ns)

    def cancel(self, client_order_id: str) -> None:
        """End a resting order."""
        order = self._settlement.open.get(client_order_id)
        if order is None:
            self._settlement.reject(client_order_id, ReportKind.CANCEL_REJECTED, self._absent(client_order_id))
            return
        self._matchers[order.instrument].withdraw(order)
        self._settlement.end(order, CANCELLED)

    def amend(self, client_order_id: str, change: Change, now_ns: int, form: RequestKind = RequestKind.AMEND) -> None:
        """Change a resting order. What cannot be is refused and leaves the order as it was.

        Args:
            form: SHRINK only takes size away, and keeps the order's place.
        """
        order = self._settlement.open.get(client_order_id)
        rejection = self._absent(client_order_id) if order is None else self._unamendable(order, change, form)
        if rejection is not None or order is None:
            assert rejection is not None
            self._settlement.reject(client_order_id, ReportKind.AMEND_REJECTED, rejection)
            return
        matcher = self._matchers[order.instrument]
        left = change.size_points - order.filled_points
        is_smaller = change.price_points == order.price_points and left < order.left_points
        if is_smaller and (self._amend_keeps_place or form is RequestKind.SHRINK):
            self._settlement.amend(order, change.price_points, left, is_replaced=False)
            return
        matcher.withdraw(order)
        self._settlement.amend(order, change.price_points, left, is_replaced=True)
        matcher.enter(order, matcher.plan(order, now_ns), now_ns)

    def _unplaceable(self, order: VenueOrder, matcher: Matcher | None) -> Rejection | None:
        """The first reason not to take an order; a reduce-only order is cut to what is held on the way."""
        if matcher is None:
            return Rejection("unknown_instrument", f"{order.instrument.id} is not traded here")
        if self._settlement.knows(order.client_order_id):
            return Rejection(DUPLICATE_ID, f"{order.client_order_id} was used before")
        return (
            (self._cut(order) if order.reduce_only else None)
            or rejection_of(order, order.price_points, order.left_points, matcher.displayed.mid_doubled())
            or (_crowded(order, matcher) if order.price_points else None)
        )

    def _unamendable(self, order: VenueOrder, change: Change, form: RequestKind) -> Rejection | None:
        """The first reason not to change an order; its new lock is taken where there is none."""
        left = change.size_points - order.filled_points
        if left <= 0:
            filled = order.instrument.size_text(order.filled_points)
            return Rejection("size_below_filled", f"{filled} is filled already")
        if change.price_points <= 0:
            return Rejection("off_tick", "an amended order needs a price")
        is_smaller = change.price_points == order.price_points and left < order.left_points
        if form is RequestKind.SHRINK and not is_smaller:
            return Rejection("not_smaller", "this request only takes size away")
        mid_doubled = self._matchers[order.instrument].displayed.mid_doubled()
        rejection = rejection_of(order, change.price_points, left, mid_doubled)
        if rejection is not None:
            return rejection
        need = limit_lock(order, change.price_points, left)
        return None if self._settlement.account.lock(order, need) else self._short(order, need)

    def _cut(self, order: VenueOrder) -> Rejection | None:
        """On spot reducing is selling what is held: a reduce-only order is cut to that. One that buys is any buy there."""
        if order.is_buy:
            return None
        instrument = order.instrument
        held = int(self._settlement.account.free.get(instrument.base, ZERO).scaleb(instrument.size_digits))
        allowed = min(order.left_points, held - held % instrument.lot_points)
        if allowed <= 0:
            return Rejection("reduce_only", f"nothing of {instrument.base} is held that it could reduce")
        order.cut_points = order.left_points - allowed
        order.left_points = allowed
        return None

    def _absent(self, client_order_id: str) -> Rejection:
        if self._settlement.knows(client_order_id):
            return Rejection("already_done", f"{client_order_id} is filled or ended")
        return Rejection(UNKNOWN_ORDER, f"{client_order_id} is not known here")

    def _short(self, order: VenueOrder, need: Decimal) -> Rejection:
        asset = paid_asset(order)
        free = self._settlement.account.free.get(asset, ZERO) + order.locked
        return Rejection("insufficient_balance", f"needs {plain(need)} {asset}, free {plain(free)}")


def _crowded(order: VenueOrder, matcher: Matcher) -> Rejection | None:
    """Open orders are capped; of those that have a price, what cannot rest is not counted."""
    if order.tif is not GTC:
        return None
    most = order.instrument.open_orders_max
    if matcher.resting < most:
        return None
    return Rejection("open_orders", f"{matcher.resting} orders rest, most {most}")


def _needed(order: VenueOrder, plan: MatchPlan) -> Decimal:
    """What an order must lock: a limit order its worst case, a market buy what its walk through the book costs."""
    if order.is_buy and not order.price_points:
        points = sum([step.price_points * step.size_points for step in plan.steps])
        return order.instrument.notional(points, 1)
    return limit_lock(order, order.price_points, order.left_points)
