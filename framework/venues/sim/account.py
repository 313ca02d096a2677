"""What the venue holds for us: free and locked amounts of each asset, exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from functools import cache

from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, add, multiply, subtract
from framework.venues.sim.orders import VenueOrder


class Account:
    """Spot balances of one account. Every sum is exact; only fees are rounded, and those up.

    What orders lock stands in the orders: here is only what is free.
    """

    def __init__(self, balances: Mapping[str, Decimal]) -> None:
        self.free = dict(balances)
        """Asset -> what may be used. To be read only."""

    def lock(self, order: VenueOrder, amount: Decimal) -> bool:
        """Make an order's lock this amount, up or down. False, and nothing changes, where free funds do not reach."""
        asset = paid_asset(order)
        free = self.free.get(asset, ZERO)
        if order.locked:
            free = add(free, order.locked)
        free = subtract(free, amount)
        if free < ZERO:
            return False
        self.free[asset] = free
        order.locked = amount
        return True

    def release(self, order: VenueOrder) -> None:
        """Give back what an order still locks."""
        unlocked = self.lock(order, ZERO)
        assert unlocked, order.client_order_id

    def settle(self, order: VenueOrder, price_points: int, size_points: int, *, is_maker: bool) -> tuple[Decimal, str]:
        """Exchange what a fill exchanges; the order's lock pays, and what a better price saves becomes free.

        Returns:
            The fee, and the asset it is taken from: the one that the fill brings in.
        """
        there, free = order.instrument, self.free
        size, cost = there.size_exact(size_points), there.notional(price_points, size_points)
        if order.is_buy:
            paid, got, fee_asset = cost, size, there.base
            limit_points = order.price_points or price_points
            if limit_points != price_points:
                paid = there.notional(limit_points, size_points)
                assert paid > cost, (order.client_order_id, paid, cost)
                free[there.quote] = add(free[there.quote], subtract(paid, cost))
        else:
            paid, got, fee_asset = size, cost, there.quote
        assert paid <= order.locked, (order.client_order_id, paid, order.locked)
        order.locked = subtract(order.locked, paid)
        fee = fee_of(there, got, is_maker=is_maker)
        free[fee_asset] = add(free.get(fee_asset, ZERO), subtract(got, fee))
        return fee, fee_asset


def paid_asset(order: VenueOrder) -> str:
    """What the order gives away: quote for a buy, base for a sell. The fee is taken from what comes in."""
    return order.instrument.quote if order.is_buy else order.instrument.base


def limit_lock(order: VenueOrder, price_points: int, left_points: int) -> Decimal:
    """What a limit order of a price and open size must lock."""
    if order.is_buy:
        return order.instrument.notional(price_points, left_points)
    return order.instrument.size_exact(left_points)


def fee_of(instrument: Instrument, amount: Decimal, *, is_maker: bool) -> Decimal:
    """The fee on what a fill brings in, rounded up; a rebate (negative rate) is rounded up too, towards less."""
    rate = instrument.maker_fee if is_maker else instrument.taker_fee
    return multiply(amount, rate).quantize(_last_digit(instrument.fee_digits), ROUND_CEILING, MONEY)


@cache
def _last_digit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)
