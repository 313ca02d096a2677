"""Positions in perpetuals: size, average price, margin and result. Nothing is liquidated."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from framework.model.money import MONEY, ZERO
from framework.sandbox.bitget.listings import Listing

AVERAGE_DIGITS = 12


class AccountPosition:
    """One position. In one-way mode its side is that of its sign; in hedge mode there is one of each side."""

    def __init__(self, listing: Listing, hold_side: str, leverage: int, margin_mode: str, now_ms: int) -> None:
        self.listing = listing
        self.hold_side = hold_side
        """net, long or short: what it is kept under."""
        self.leverage = leverage
        self.margin_mode = margin_mode
        self.created_ms = self.updated_ms = now_ms
        self.points = 0
        """Size; negative when short."""
        self.open_price = ZERO
        self.margin = ZERO
        """Held back for it, in quote."""
        self.profit = ZERO
        """Realised, before fees."""
        self.fees = ZERO
        self.funding = ZERO
        """Received while it was held; below 0: paid."""

    @property
    def side(self) -> str:
        """long or short."""
        return "short" if self.points < 0 else "long"

    @property
    def size(self) -> Decimal:
        """In base, never negative."""
        return self.listing.instrument.size_exact(abs(self.points))

    def unrealised(self, mark: Decimal) -> Decimal:
        """What closing it at a price would bring."""
        signed = self.listing.instrument.size_exact(self.points)
        return MONEY.multiply(signed, MONEY.subtract(mark, self.open_price))

    def reduces(self, points: int) -> int:
        """How much of a trade (negative: sold) makes it smaller; not negative."""
        return min(abs(self.points), abs(points)) if self.points * points < 0 else 0

    def trade(self, points: int, price: Decimal, now_ms: int) -> Decimal:
        """Take a trade; the realised result."""
        self.updated_ms = now_ms
        there, closed = self.listing.instrument, self.reduces(points)
        sign = 1 if points > 0 else -1
        profit = ZERO
        if closed:
            gain = MONEY.subtract(price, self.open_price) * -sign
            profit = MONEY.multiply(there.size_exact(closed), gain)
            self.points += sign * closed
            self.profit += profit
        opened = abs(points) - closed
        if opened:
            before = MONEY.multiply(there.size_exact(abs(self.points)), self.open_price)
            worth = MONEY.add(before, MONEY.multiply(there.size_exact(opened), price))
            self.points += sign * opened
            average = MONEY.divide(worth, there.size_exact(abs(self.points)))
            self.open_price = average.quantize(Decimal(1).scaleb(-AVERAGE_DIGITS), ROUND_HALF_EVEN, MONEY)
        elif not self.points:
            self.open_price = ZERO
        return profit

    def margin_needed(self) -> Decimal:
        """What must be held back for it."""
        return MONEY.divide(MONEY.multiply(self.size, self.open_price), self.leverage)
