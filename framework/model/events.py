"""What happens: market data, the clock, and what becomes of our orders.

Prices and sizes are exact points of the instrument (`*_points`); the properties without the suffix are the same as
floats, for strategies. `ts_recv_ns` is when we got it, UTC nanoseconds; `ts_venue_ns` is the venue's own stamp, 0 where
it gives none. Never assume that one is before the other: clocks differ.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from framework.model.instrument import Instrument

Level = tuple[int, int]
"""One price level of a book: price points, size points."""


class Quote(Struct, frozen=True, gc=False):
    """Best bid and ask."""

    instrument: Instrument
    ts_recv_ns: int
    bid_points: int
    bid_size_points: int
    ask_points: int
    ask_size_points: int
    ts_venue_ns: int = 0

    @property
    def bid(self) -> float:
        """Best bid, in the quote asset."""
        return self.bid_points / self.instrument.price_scale

    @property
    def ask(self) -> float:
        """Best ask, in the quote asset."""
        return self.ask_points / self.instrument.price_scale

    @property
    def mid(self) -> float:
        """Half way between bid and ask."""
        return (self.bid_points + self.ask_points) / (2 * self.instrument.price_scale)

    @property
    def mid_points(self) -> int:
        """Half way between bid and ask in price points, rounded down."""
        return (self.bid_points + self.ask_points) // 2

    @property
    def mid_points_up(self) -> int:
        """The same, rounded up: for what must not be valued too low."""
        return (self.bid_points + self.ask_points + 1) // 2

    @property
    def spread(self) -> float:
        """Ask less bid, in the quote asset."""
        return (self.ask_points - self.bid_points) / self.instrument.price_scale

    @property
    def bid_size(self) -> float:
        """Size at the best bid, in base."""
        return self.bid_size_points / self.instrument.size_scale

    @property
    def ask_size(self) -> float:
        """Size at the best ask, in base."""
        return self.ask_size_points / self.instrument.size_scale


class Trade(Struct, frozen=True, gc=False):
    """A public trade. Ours are fills."""

    instrument: Instrument
    ts_recv_ns: int
    price_points: int
    size_points: int
    is_buy: bool
    """The aggressor bought: the trade took from the asks."""
    trade_id: int = 0
    ts_venue_ns: int = 0

    @property
    def price(self) -> float:
        """Price, in the quote asset."""
        return self.price_points / self.instrument.price_scale

    @property
    def size(self) -> float:
        """Size, in base."""
        return self.size_points / self.instrument.size_scale


def touch_of(trade: Trade) -> Quote:
    """What a tape of trades alone tells of bid and ask: the aggressor met the price of the other side, a tick apart."""
    price, tick = trade.price_points, trade.instrument.tick_points
    bid, ask = (price - tick, price) if trade.is_buy else (price, price + tick)
    size = trade.size_points
    return Quote(trade.instrument, trade.ts_recv_ns, bid, size, ask, size, trade.ts_venue_ns)


class Depth(Struct, frozen=True):
    """Levels of a book: all of them (a snapshot) or those that changed (a delta; size 0 removes the level).

    Bids fall, asks rise. A delta carries the sequence number it follows (`previous_seq`); -1 where the venue gives none.
    """

    instrument: Instrument
    ts_recv_ns: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    is_snapshot: bool
    seq: int = -1
    previous_seq: int = -1
    ts_venue_ns: int = 0


class Bar(Struct, frozen=True, gc=False):
    """A closed bar. It covers [ts_open_ns, ts_open_ns + length); `ts_recv_ns` is when it closed."""

    instrument: Instrument
    ts_recv_ns: int
    ts_open_ns: int
    timeframe: str
    open_points: int
    high_points: int
    low_points: int
    close_points: int
    volume_points: int
    trades: int = 0
    """Public trades in it; 0 where the source does not say."""
    bid_points: int = 0
    """The quote at its close, where its source tells of both at once (a candle file); 0: it does not."""
    bid_size_points: int = 0
    ask_points: int = 0
    ask_size_points: int = 0

    @property
    def quote(self) -> Quote | None:
        """The quote at its close, if it brings one; that counts as coming before it."""
        if not self.bid_points:
            return None
        bid, ask = (self.bid_points, self.bid_size_points), (self.ask_points, self.ask_size_points)
        return Quote(self.instrument, self.ts_recv_ns, *bid, *ask)

    @property
    def open(self) -> float:
        """First price, in the quote asset."""
        return self.open_points / self.instrument.price_scale

    @property
    def high(self) -> float:
        """Highest price, in the quote asset."""
        return self.high_points / self.instrument.price_scale

    @property
    def low(self) -> float:
        """Lowest price, in the quote asset."""
        return self.low_points / self.instrument.price_scale

    @property
    def close(self) -> float:
        """Last price, in the quote asset."""
        return self.close_points / self.instrument.price_scale

    @property
    def volume(self) -> float:
        """Traded size, in base."""
        return self.volume_points / self.instrument.size_scale


class Mark(Struct, frozen=True, gc=False):
    """A perpetual's mark price."""

    instrument: Instrument
    ts_recv_ns: int
    price_points: int
    ts_venue_ns: int = 0

    @property
    def price(self) -> float:
        """Mark price, in the quote asset."""
        return self.price_points / self.instrument.price_scale


class Funding(Struct, frozen=True):
    """A perpetual's funding rate (a fraction of the position's value; positive: longs pay) and when it is next due."""

    instrument: Instrument
    ts_recv_ns: int
    rate: Decimal
    ts_due_ns: int
    ts_venue_ns: int = 0


class FeedState(StrEnum):
    """What a feed is, to those who listen to it."""

    LIVE = "live"
    STALE = "stale"
    GAP = "gap"
    """Something is missing; prices before it are old."""
    SEAM = "seam"
    """A looped tape starts again; prices are carried on without a jump."""
    DEFECT = "defect"
    """A row of the source was unusable and is left out."""
    ENDED = "ended"


NOT_LIVE: Final = frozenset({FeedState.STALE, FeedState.GAP, FeedState.ENDED})
"""States in which the last prices are nothing to trade on."""


class Pulse(NamedTuple):
    """How an instrument's feed does."""

    state: FeedState
    heard_ns: int
    """When its last quote or trade came; 0: none has."""
    skew_ns: int = 0
    """How much later than the venue stamped it; 0 too where the venue stamps nothing."""


class FeedStatus(Struct, frozen=True):
    """A feed's state changed, or something in it was wrong. `detail` says what, for people."""

    instrument: Instrument
    ts_recv_ns: int
    state: FeedState
    detail: str = ""

    @property
    def is_live(self) -> bool:
        """The last prices can be traded on: the feed is not stale, has no gap and has not ended."""
        return self.state not in NOT_LIVE


class TimerFired(Struct, frozen=True):
    """An `@every` or `@cron` of a strategy is due."""

    ts_recv_ns: int
    strategy: str
    timer: str
    """Name of the decorated function."""
    missed: int = 0
    """Instants that passed unserved before this one."""


class ReportKind(StrEnum):
    """What a report says of an order."""

    ACCEPTED = "accepted"
    FILLED = "filled"
    """Partly or wholly: the report carries one fill."""
    AMENDED = "amended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """The venue ended it: the rest of an IOC, a post-only that would take, self-trade prevention."""
    REJECTED = "rejected"
    """The venue said no; the order never rested."""
    REFUSED = "refused"
    """Our own router, gate or gateway said no; no byte left."""
    CANCEL_REJECTED = "cancel_rejected"
    """The order is as it was, or already done."""
    AMEND_REJECTED = "amend_rejected"
    UNKNOWN = "unknown"
    """No answer: it may be alive. It is asked after, never sent again."""
    ABSENT = "absent"
    """Proved, or decided by a person, never to have reached the venue."""


class Source(StrEnum):
    """Who says it."""

    ROUTER = "router"
    GATE = "gate"
    GATEWAY = "gateway"
    """Whether a request left, and that no answer came of it."""
    VENUE = "venue"
    RECONCILE = "reconcile"


ROUTER: Final = Source.ROUTER
VENUE: Final = Source.VENUE
"""By names of their own, as `framework.model.batch.PLACE`."""


class Fill(Struct, frozen=True, gc=False):
    """One of our trades. `fee` is positive when paid, in `fee_asset`. Strategies get it with floats (`strategy.fill`)."""

    trade_id: str
    price_points: int
    size_points: int
    fee: Decimal
    fee_asset: str
    is_maker: bool


class OrderReport(Struct, frozen=True, gc=False):
    """What a venue, or our router or gate, says of one order. The only way an order's state changes."""

    client_order_id: str
    ts_recv_ns: int
    kind: ReportKind
    source: Source
    venue_order_id: str = ""
    reason: str = ""
    """A short stable word, for counting: `min_notional`, `post_only_would_take`, `rate_limited`."""
    detail: str = ""
    """Check, limit and value, for people."""
    fill: Fill | None = None
    price_points: int = 0
    """AMENDED: the new price."""
    size_points: int = 0
    """AMENDED: the new total size."""
    filled_points: int = -1
    """CANCELLED, EXPIRED: what the venue counts as filled; -1: it did not say."""
    request_id: int = 0
    """The cancel or change of ours that it answers, or the request that never left; 0: it does not say, as a stream."""


MarketEvent = Quote | Trade | Depth | Bar | Mark | Funding | FeedStatus
Event = MarketEvent | TimerFired | OrderReport
