"""What becomes of orders: accepted, filled, ended. Each step moves money and answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from framework.kernel.clock import Clock
from framework.model.events import Fill, ReportKind
from framework.model.money import MONEY, ZERO
from framework.model.orders import FILLED, OrderState
from framework.venues.sim.account import Account, paid_asset
from framework.venues.sim.filters import Rejection
from framework.venues.sim.memory import Memory
from framework.venues.sim.numbers import numbers
from framework.venues.sim.orders import VenueOrder
from framework.venues.sim.report_stream import ReportStream

ACCEPTED: Final = ReportKind.ACCEPTED
TRADED: Final = ReportKind.FILLED
CANCELLED: Final = ReportKind.CANCELLED
"""By names of their own, as `framework.model.batch.PLACE`."""
ENDS: Final[Mapping[ReportKind, OrderState]] = {
    CANCELLED: OrderState.CANCELLED,
    ReportKind.EXPIRED: OrderState.EXPIRED,
}


class Settlement:
    """The orders that a venue knows of one account, and what their steps do."""

    def __init__(self, account: Account, stream: ReportStream, clock: Clock) -> None:
        self.account = account
        self.open: dict[str, VenueOrder] = {}
        self.memory = Memory()
        self._stream = stream
        self._clock = clock
        self._order_numbers = numbers(clock.now_ns)
        self._trade_numbers = numbers(clock.now_ns)

    def knows(self, client_order_id: str) -> bool:
        """Whether an order of that id was ever accepted."""
        return client_order_id in self.open or client_order_id in self.memory.done

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> (free, locked)."""
        locked = dict.fromkeys(self.account.free, ZERO)
        for order in self.open.values():
            locked[paid_asset(order)] = MONEY.add(locked[paid_asset(order)], order.locked)
        return {asset: (free, locked[asset]) for asset, free in self.account.free.items()}

    def accept(self, order: VenueOrder) -> None:
        """Give the order its number. It is said with the first fill where the order fills at once, else by `acknowledge`."""
        order.venue_order_id = next(self._order_numbers)
        order.ts_ns = self._clock.now_ns
        self.open[order.client_order_id] = order

    def acknowledge(self, order: VenueOrder) -> None:
        """Say that the order was accepted, unless a fill has said so."""
        if not order.is_acknowledged:
            order.is_acknowledged = True
            self._stream.post(order.client_order_id, ACCEPTED, order.venue_order_id)

    def fill(self, order: VenueOrder, price_points: int, size_points: int, *, is_maker: bool) -> None:
        """Trade some of the order; when nothing is left it is done."""
        left_points = order.left_points - size_points
        assert size_points > 0 and left_points >= 0, (order.client_order_id, size_points, order.left_points)
        fee, fee_asset = self.account.settle(order, price_points, size_points, is_maker=is_maker)
        order.is_acknowledged = True
        order.left_points = left_points
        order.filled_points += size_points
        fill = Fill(next(self._trade_numbers), price_points, size_points, fee, fee_asset, is_maker)
        self.memory.fill(order, fill, self._clock.now_ns)
        self._stream.post(order.client_order_id, TRADED, order.venue_order_id, "", "", fill)
        if left_points:
            return
        if order.cut_points:
            held = order.instrument.size_text(order.filled_points)
            self.end(order, ReportKind.EXPIRED, "reduce_only", f"no more than {held} was held")
        else:
            assert not order.locked, (order.client_order_id, order.locked)
            self._forget(order, FILLED)

    def end(self, order: VenueOrder, kind: ReportKind, reason: str = "", detail: str = "") -> None:
        """End an order that is not filled: its lock is released."""
        self.acknowledge(order)
        order.left_points = 0
        self.account.release(order)
        self._forget(order, ENDS[kind], reason)
        self._stream.post(
            order.client_order_id, kind, order.venue_order_id, reason, detail, filled_points=order.filled_points
        )

    def amend(self, order: VenueOrder, price_points: int, left_points: int, *, is_replaced: bool) -> None:
        """Change price and open size; the new lock is already taken.

        Args:
            is_replaced: the venue makes a new order of it, with a number of its own.
        """
        order.price_points = price_points
        order.left_points = left_points
        order.size_points = order.filled_points + left_points
        order.cut_points = 0
        if is_replaced:
            order.venue_order_id = next(self._order_numbers)
        self._stream.post(
            order.client_order_id,
            ReportKind.AMENDED,
            order.venue_order_id,
            price_points=price_points,
            size_points=order.size_points,
        )

    def reject(self, client_order_id: str, kind: ReportKind, rejection: Rejection) -> None:
        """Say no to a request about one order; nothing changes."""
        self._stream.post(client_order_id, kind, "", rejection.reason, rejection.detail)

    def _forget(self, order: VenueOrder, state: OrderState, reason: str = "") -> None:
        del self.open[order.client_order_id]
        order.state, order.reason, order.ended_ns = state, reason, self._clock.now_ns
        self.memory.end(order)
