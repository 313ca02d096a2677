"""What an account holds: available and frozen amounts of each coin, exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from framework.model.money import MONEY, ZERO
from framework.sandbox.bitget.listings import Listing


class Bill(Struct, frozen=True):
    """A line of a wallet's statement that no fill tells of: a funding payment."""

    id: str
    listing: Listing
    amount: Decimal
    """Below 0: paid; else received."""
    balance: Decimal
    """Of the wallet, after it."""
    ts_ms: int


class Wallet:
    """One wallet. A classic account has one for spot and one for futures; a unified account has one for all."""

    def __init__(self, coins: Mapping[str, Decimal]) -> None:
        self.available = dict(coins)
        self.frozen = dict.fromkeys(coins, ZERO)
        self.changed_ms: dict[str, int] = {}

    def free(self, coin: str) -> Decimal:
        """What may be used."""
        return self.available.get(coin, ZERO)

    def held(self, coin: str) -> Decimal:
        """Available and frozen."""
        return MONEY.add(self.free(coin), self.frozen.get(coin, ZERO))

    def add(self, coin: str, amount: Decimal, now_ms: int) -> None:
        """Put in (or, negative, take away) available coins."""
        self.available[coin] = MONEY.add(self.free(coin), amount)
        self.changed_ms[coin] = now_ms

    def freeze(self, coin: str, amount: Decimal, now_ms: int) -> None:
        """Move from available to frozen; negative: back."""
        self.add(coin, -amount, now_ms)
        self.frozen[coin] = MONEY.add(self.frozen.get(coin, ZERO), amount)
        assert self.frozen[coin] >= 0, (coin, self.frozen[coin])
