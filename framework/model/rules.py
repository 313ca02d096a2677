"""A venue's rules as data: limits and what requests cost, filters and fees, each with its source.

The router budgets with these, and the simulated exchange enforces them. The tables stand in `venues/<venue>/rules.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.model.batch import BatchKind
from framework.model.errors import ConfigError, InvariantError
from framework.model.instrument import Instrument


class CountedBy(StrEnum):
    """Whose requests share a bucket."""

    UID = "uid"
    KEY = "key"
    IP = "ip"


class Bucket(Struct, frozen=True):
    """A rate limit: at most `limit` units in any `window_ns`."""

    name: str
    limit: int
    window_ns: int
    counted_by: CountedBy
    source: str
    is_fixed: bool = False
    """Windows begin at whole multiples of `window_ns` (Binance); otherwise any stretch of that length counts."""


class RequestKind(StrEnum):
    """A kind of request, as a venue prices it."""

    PLACE = "place"
    PLACE_BATCH = "place_batch"
    CANCEL = "cancel"
    CANCEL_BATCH = "cancel_batch"
    AMEND = "amend"
    AMEND_BATCH = "amend_batch"


class Cost(Struct, frozen=True):
    """What a request draws from one bucket: `units`, or `units` for every started `orders_per_unit` orders of a pair."""

    bucket: str
    units: int = 1
    orders_per_unit: int = 0
    """0: the same however many orders it holds."""

    def of(self, orders: int) -> int:
        """Units for that many orders of one pair."""
        return self.units * -(-orders // self.orders_per_unit) if self.orders_per_unit else self.units


class SelfTrade(StrEnum):
    """What a venue does when an order would trade with another of the same account."""

    NONE = "none"
    CANCEL_TAKER = "cancel_taker"
    CANCEL_MAKER = "cancel_maker"
    CANCEL_BOTH = "cancel_both"


class MarketRules(Struct, frozen=True):
    """Grid, filters and fees of one market, as the venue states them."""

    symbol: str
    tick: Decimal
    lot: Decimal
    size_min: Decimal
    size_max: Decimal
    notional_min: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    open_orders_max: int
    source: str
    price_band: Decimal | None = None


class VenueRules(Struct, frozen=True):
    """Everything a venue holds us to. `as_of` is the date (ISO) on which the table was last checked."""

    name: str
    """How config asks for it: `bitget-spot`."""
    title: str
    """For people: `Bitget spot`."""
    venue: str
    as_of: str
    buckets: tuple[Bucket, ...]
    costs: Mapping[RequestKind, tuple[Cost, ...]]
    batch_max: Mapping[BatchKind, int]
    """Most orders one request may hold; 1 where the venue has no such batch."""
    markets: tuple[MarketRules, ...]
    self_trade: SelfTrade
    source: str

    def bucket(self, name: str) -> Bucket:
        """The bucket of a name.

        Raises:
            InvariantError: our table names a bucket that it does not hold.
        """
        for bucket in self.buckets:
            if bucket.name == name:
                return bucket
        raise InvariantError(f"rules {self.name}: expected a bucket {name}, found none; add it to the table")

    def market(self, symbol: str) -> MarketRules:
        """The rules of a symbol.

        Raises:
            ConfigError: the table does not hold it.
        """
        for market in self.markets:
            if market.symbol == symbol:
                return market
        known = ", ".join(market.symbol for market in self.markets)
        raise ConfigError(
            f"rules {self.name}: expected one of {known}, found {symbol}; add it to the table of {self.title}"
        )

    def instrument(self, symbol: str, price_digits: int = 0, size_digits: int = 0) -> Instrument:
        """The instrument, with points fine enough for the rules and for data of that many decimals."""
        market = self.market(symbol)
        price_digits = max(price_digits, decimals(market.tick))
        size_digits = max(size_digits, decimals(market.lot))
        return Instrument(
            symbol=symbol,
            venue=self.venue,
            price_digits=price_digits,
            size_digits=size_digits,
            tick_points=int(market.tick.scaleb(price_digits)),
            lot_points=int(market.lot.scaleb(size_digits)),
            size_min_points=int(market.size_min.scaleb(size_digits).to_integral_value(ROUND_CEILING)),
            size_max_points=int(market.size_max.scaleb(size_digits)),
            notional_min=market.notional_min,
            price_band=market.price_band,
            maker_fee=market.maker_fee,
            taker_fee=market.taker_fee,
            open_orders_max=market.open_orders_max,
        )


REQUESTS: Final[Mapping[BatchKind, tuple[RequestKind, RequestKind]]] = {
    BatchKind.PLACE: (RequestKind.PLACE, RequestKind.PLACE_BATCH),
    BatchKind.CANCEL: (RequestKind.CANCEL, RequestKind.CANCEL_BATCH),
    BatchKind.AMEND: (RequestKind.AMEND, RequestKind.AMEND_BATCH),
}


def request_kind(kind: BatchKind, orders: int) -> RequestKind:
    """The request that carries so many orders: one goes alone, more go as a batch."""
    return REQUESTS[kind][orders > 1]


def decimals(number: Decimal) -> int:
    """How many decimals a step has: 0.01 has 2, 0.5 has 1, 10 has 0."""
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int), number
    return max(0, -exponent)
