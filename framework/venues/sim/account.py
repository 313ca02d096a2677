"""What the venue holds for us: free and locked amounts of each asset, exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import NamedTuple

from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO
from framework.venues.sim.orders import VenueOrder


class Fee(NamedTuple):
    """What a fill costs, in the asset that it brings in."""

    amount: Decimal
    asset: str


class Account:
    """Spot balances of one account. Every sum is exact; only fees are rounded, and those up."""

    def __init__(self, balances: Mapping[str, Decimal]) -> None:
        self._free = dict(balances)
        self._locked = dict.fromkeys(balances, ZERO)

    def free(self, asset: str) -> Decimal:
        """What may be used."""
        return self._free.get(asset, ZERO)

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> (free, locked)."""
        return {asset: (free, self._locked.get(asset, ZERO)) for asset, free in self._free.items()}

    def lock(self, order: VenueOrder, amount: Decimal) -> bool:
        """Make an order's lock this amount, up or down. False, and nothing changes, where free funds do not reach."""
        asset = paid_asset(order)
        more = MONEY.subtract(amount, order.locked) if order.locked else amount
        free = MONEY.subtract(self._free.get(asset, ZERO), more)
        if free < 0:
            return False
        self._free[asset] = free
        self._locked[asset] = MONEY.add(self._locked.get(asset, ZERO), more)
        order.locked = amount
        return True

    def release(self, order: VenueOrder) -> None:
        """Give back what an order still locks."""
        unlocked = self.lock(order, ZERO)
        assert unlocked, order.client_order_id

    def settle(self, order: VenueOrder, price_points: int, size_points: int, *, is_maker: bool) -> Fee:
        """Exchange what a fill exchanges; the order's lock pays, and what a better price saves becomes free."""
        instrument = order.instrument
        size, cost = instrument.size_exact(size_points), instrument.notional(price_points, size_points)
        if order.is_buy:
            paid, got, fee_asset = cost, size, instrument.base
            is_better = order.price_points not in (0, price_points)
            reserved = instrument.notional(order.price_points, size_points) if is_better else cost
        else:
            paid, got, fee_asset = size, cost, instrument.quote
            reserved = size
        self._spend(order, reserved, paid)
        fee = fee_of(instrument, got, is_maker=is_maker)
        self._free[fee_asset] = MONEY.add(self._free.get(fee_asset, ZERO), MONEY.subtract(got, fee))
        return Fee(fee, fee_asset)

    def _spend(self, order: VenueOrder, reserved: Decimal, paid: Decimal) -> None:
        asset = paid_asset(order)
        assert paid <= reserved <= order.locked, (order.client_order_id, paid, reserved, order.locked)
        order.locked = ZERO if reserved == order.locked else MONEY.subtract(order.locked, reserved)
        self._locked[asset] = MONEY.subtract(self._locked[asset], reserved)
        if paid != reserved:
            self._free[asset] = MONEY.add(self._free[asset], MONEY.subtract(reserved, paid))


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
    return MONEY.multiply(amount, rate).quantize(_last_digit(instrument.fee_digits), ROUND_CEILING, MONEY)


@cache
def _last_digit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)
