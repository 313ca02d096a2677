"""A venue's rules as data: limits and what requests cost, filters and fees, each with its source.

The router budgets with these, and the simulated exchange enforces them. The tables stand in `venues/<venue>/rules/`.
What no simulation needs (receive windows, what a 429 or a silence proves) is there for the adapters that will trade
live: nothing reads it yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from msgspec import Struct

from framework.model.batch import BatchKind, RequestKind
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
    pause_ns: int = 0
    """How long it stays shut after a 429 that names no time; 0: as long as any bucket of the venue."""
    tells_retry_after: bool = False
    """Its 429 comes with a Retry-After."""


class Cost(Struct, frozen=True):
    """What a request draws from one bucket: `units`, or `units` for every started `orders_per_unit` orders of a pair."""

    bucket: str
    units: int = 1
    orders_per_unit: int = 0
    """0: the same however many orders it holds."""
    source: str = ""
    """Needless where a request counts as one."""

    def of(self, orders: int) -> int:
        """Units for that many orders of one pair."""
        return self.units * -(-orders // self.orders_per_unit) if self.orders_per_unit else self.units

    def of_pairs(self, orders: Iterable[int]) -> int:
        """Units for a request that holds so many orders of each of several pairs."""
        return sum(map(self.of, orders)) if self.orders_per_unit else self.units


class Ban(Struct, frozen=True):
    """What becomes of those who go on after a 429: everything is refused for a time (418), longer each time."""

    after: int
    """Refusals in a row, with no request let in between them."""
    first_ns: int
    most_ns: int
    source: str


class SelfTrade(StrEnum):
    """What a venue does when an order would trade with another of the same account."""

    NONE = "none"
    CANCEL_TAKER = "cancel_taker"
    CANCEL_MAKER = "cancel_maker"
    CANCEL_BOTH = "cancel_both"


class Certainty(StrEnum):
    """How well a fact about a venue is known."""

    DOCUMENTED = "documented"
    ASSUMED = "assumed"
    NONE = "none"


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
    contract_size: Decimal = Decimal(1)
    """Base asset in one unit of `lot`, `size_min` and `size_max`: 1 but where the venue counts contracts."""


class VenueRules(Struct, frozen=True):
    """Everything a venue holds us to. `as_of` is the date (ISO) on which the table was last checked."""

    name: str
    """How config asks for it: `bitget-spot`, or `bitget-spot:lenient` for another reading of the same sources."""
    title: str
    """For people: `Bitget spot`."""
    venue: str
    as_of: str
    buckets: tuple[Bucket, ...]
    costs: Mapping[RequestKind, tuple[Cost, ...]]
    """What each request draws; the bucket of its own endpoint, where it has one, comes first."""
    batch_max: Mapping[BatchKind, int]
    """Most orders one request may hold; 1 where the venue has no such batch. CANCEL_SYMBOL has no such bound."""
    markets: tuple[MarketRules, ...]
    self_trade: SelfTrade
    source: str
    sources: Mapping[str, str] = {}
    """Field of this table -> where its value comes from, for fields that carry no source of their own."""
    mixes_pairs: frozenset[BatchKind] = frozenset()
    """Kinds of which one request may hold orders of several pairs; of the others it holds one pair's."""
    amends_under_one_id: bool = True
    """A change of an order that rests leaves it its client id. Where the venue makes another order of it, none is asked for."""
    amend_keeps_place: bool = False
    """An amend that only takes size away keeps its place in the queue; every other one goes to the end of it."""
    acceptance_bound_ns: int = 60_000_000_000
    """Longest time from sending a request without an answer to the venue accepting it."""
    acceptance_certainty: Certainty = Certainty.NONE
    """NONE: the bound serves the budget only, and a request without an answer stays unknown until somebody decides."""
    lookup_horizon_ns: int = 0
    """How long after it was sent an order that the venue never accepted can be told from one that it has forgotten; 0:
    not known, so that no absence can be proved."""
    receive_window_ns: int = 0
    """Validity that each request must carry for the bound to hold; 0: none."""
    pause_ns: int = 1_000_000_000
    """How long to leave a bucket alone after a 429 that names no time; doubled for each further one in a row."""
    is_refused_when_limited: bool = False
    """A 429 proves that nothing of the request was accepted; otherwise its orders are unknown until asked after."""
    headers: Mapping[str, str] = {}
    """Header of an answer, in small letters -> bucket of which it tells the units used, as the venue counts."""
    remaining_header: str = ""
    """Header, in small letters, that tells the units left in the bucket of the answering endpoint; empty: none."""
    ban: Ban | None = None
    """None: nothing is known of bans."""

    def pause_of(self, bucket: Bucket) -> int:
        """How long, in ns, to leave a bucket alone after a first 429 that names no time."""
        return bucket.pause_ns or self.pause_ns

    def limited_by(self, kind: RequestKind) -> tuple[Bucket, ...]:
        """The buckets that rest after a 429 to a request of this kind.

        A 429 does not name its bucket. It is the one that only requests of this kind draw on; where there is none, all
        that the request drew on.
        """
        drawn_on = [cost.bucket for cost in self.costs[kind]]
        others = {cost.bucket for other, costs in self.costs.items() if other is not kind for cost in costs}
        own = [name for name in drawn_on if name not in others]
        return tuple(map(self.bucket, own or drawn_on))

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
        """The instrument, sizes in base, with points fine enough for the rules and for data of that many decimals."""
        market = self.market(symbol)
        lot, size_min, size_max = (
            size * market.contract_size for size in (market.lot, market.size_min, market.size_max)
        )
        price_digits = max(price_digits, decimals(market.tick))
        size_digits = max(size_digits, decimals(lot))
        return Instrument(
            symbol=symbol,
            venue=self.venue,
            price_digits=price_digits,
            size_digits=size_digits,
            tick_points=int(market.tick.scaleb(price_digits)),
            lot_points=int(lot.scaleb(size_digits)),
            size_min_points=int(size_min.scaleb(size_digits).to_integral_value(ROUND_CEILING)),
            size_max_points=int(size_max.scaleb(size_digits)),
            notional_min=market.notional_min,
            price_band=market.price_band,
            maker_fee=market.maker_fee,
            taker_fee=market.taker_fee,
            open_orders_max=market.open_orders_max,
        )


def decimals(number: Decimal) -> int:
    """How many decimals a step has: 0.01 has 2, 0.5 has 1, 10 has 0."""
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int), number
    return max(0, -exponent)
