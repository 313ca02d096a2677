"""What fills and ends do to an account: money, positions, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from framework.kernel.clock import Clock
from framework.model.events import ReportKind
from framework.model.money import MONEY, ZERO
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.position import AccountPosition
from framework.venues.sim.account import fee_of
from framework.venues.sim.orders import VenueOrder

REASONS = {
    "post_only_would_take": "post_only_cross",
    "ioc_unfilled": "ioc_not_full",
    "fok_unfilled": "fok_not_full",
    "self_trade": "self_trade_prevention",
    "no_liquidity": "market_not_full",
}
"""Why the matcher ended an order -> `cancelReason`. The venue's own words are not documented."""


class Clearing:
    """Of one account; the matchers of its orders tell it what happens."""

    def __init__(self, member: Member, clock: Clock, next_trade_id: Callable[[], str]) -> None:
        self._member = member
        self._clock = clock
        self._next_trade_id = next_trade_id

    def acknowledge(self, order: VenueOrder) -> None:
        """Accepted orders are told of before they are matched."""

    def fill(self, order: VenueOrder, price_points: int, size_points: int, *, is_maker: bool) -> None:
        """Trade some of an order."""
        found = self._member.orders[order.client_order_id]
        order.left_points -= size_points
        order.filled_points += size_points
        settle = self._settle_spot if found.listing.is_spot else self._settle_perpetual
        fill = settle(found, price_points, size_points, is_maker)
        found.quote_filled = MONEY.add(found.quote_filled, fill.amount)
        found.fees[fill.fee_coin] = MONEY.add(found.fees.get(fill.fee_coin, ZERO), fill.fee)
        found.updated_ms = fill.ts_ms
        found.status = "partially_filled" if order.left_points else "filled"
        self._member.book(fill)
        if not found.is_open:
            self._close(found)
        self._tell(found, fill)

    def end(self, order: VenueOrder, kind: ReportKind, reason: str = "", detail: str = "") -> None:  # noqa: ARG002 - as the matcher calls it
        """End an order with something left."""
        self.cancel(self._member.orders[order.client_order_id], REASONS.get(reason, reason))

    def cancel(self, order: AcceptedOrder, reason: str) -> None:
        """End an order; the matcher has let go of it already."""
        order.status, order.cancel_reason = "cancelled", reason
        order.updated_ms = self._now_ms
        self._close(order)
        self._tell(order, None)

    def freeze(self, order: AcceptedOrder, coin: str, amount: Decimal) -> None:
        """Make what an order holds back this amount."""
        wallet = self._member.wallet(order.listing)
        wallet.freeze(coin, MONEY.subtract(amount, order.frozen), self._now_ms)
        order.frozen, order.frozen_coin = amount, coin

    @property
    def _now_ms(self) -> int:
        return self._clock.now_ns // 1_000_000

    def _tell(self, order: AcceptedOrder, fill: Execution | None) -> None:
        self._member.told_order(order, fill)
        self._member.told_money(order.listing.product)

    def _close(self, order: AcceptedOrder) -> None:
        self.freeze(order, order.frozen_coin or order.listing.quote, ZERO)
        self._member.open.pop(order.id, None)

    def _settle_spot(self, order: AcceptedOrder, price_points: int, size_points: int, is_maker: bool) -> Execution:
        there, wallet, now_ms = order.listing.instrument, self._member.wallet(order.listing), self._now_ms
        size, cost = there.size_exact(size_points), there.notional(price_points, size_points)
        is_buy = order.core.is_buy
        paid, got, coin = (cost, size, there.base) if is_buy else (size, cost, there.quote)
        reserved = there.notional(order.core.price_points or price_points, size_points) if is_buy else size
        self.freeze(order, order.frozen_coin, MONEY.subtract(order.frozen, reserved))
        wallet.add(order.frozen_coin, -paid, now_ms)
        fee = fee_of(there, got, is_maker=is_maker)
        wallet.add(coin, MONEY.subtract(got, fee), now_ms)
        return Execution(self._next_trade_id(), order, price_points, size_points, fee, coin, is_maker, now_ms)

    def _settle_perpetual(self, order: AcceptedOrder, price_points: int, size_points: int, is_maker: bool) -> Execution:
        there, wallet, now_ms = order.listing.instrument, self._member.wallet(order.listing), self._now_ms
        before = order.core.left_points + size_points
        self.freeze(order, there.quote, MONEY.divide(order.frozen * order.core.left_points, before))
        position = self._position(order)
        signed = size_points if order.core.is_buy else -size_points
        profit = position.trade(signed, there.price_exact(price_points), now_ms)
        fee = fee_of(there, there.notional(price_points, size_points), is_maker=is_maker)
        position.fees = MONEY.add(position.fees, fee)
        order.profit = MONEY.add(order.profit, profit)
        margin = position.margin_needed()
        wallet.freeze(there.quote, MONEY.subtract(margin, position.margin), now_ms)
        position.margin = margin
        wallet.add(there.quote, MONEY.subtract(profit, fee), now_ms)
        return Execution(
            self._next_trade_id(), order, price_points, size_points, fee, there.quote, is_maker, now_ms, profit
        )

    def _position(self, order: AcceptedOrder) -> AccountPosition:
        key = (order.listing, order.wanted.hold_side)
        found = self._member.positions.get(key)
        if found is None or not found.points:
            found = AccountPosition(*key, order.leverage, order.wanted.margin_mode, self._now_ms)
            self._member.positions[key] = found
        return found
