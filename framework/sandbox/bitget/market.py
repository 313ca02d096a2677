"""The market of one listing: its book, its last trades and its minutes, moved by a tape of any finer grid."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from framework.model.events import Depth, FeedStatus, Funding, Level, MarketEvent, Quote, Trade
from framework.model.instants import MINUTE_NS
from framework.sandbox.bitget.listings import Listing
from framework.sandbox.bitget.minutes import Minutes
from framework.venues.sim.displayed import Displayed

TRADES_KEPT: Final = 1_000
FUNDING_RATE: Final = Decimal("0.0001")
"""Of a perpetual, until its tape tells another."""


class ListedMarket:
    """What everybody sees of one listing. Prices and sizes are points of the listing's own grid."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.displayed = Displayed()
        self.depth: Depth | None = None
        self.quote: Quote | None = None
        """None where a depth came after the last quote."""
        self.trades: deque[Trade] = deque(maxlen=TRADES_KEPT)
        """Oldest first."""
        self.status = "online"
        """The venue's word of V3 and of V2 spot: online, halt, offline."""
        self.funding_rate = FUNDING_RATE
        self.filters = listing.filters()
        self.minutes = Minutes()
        self.listeners: list[Callable[[MarketEvent], None]] = []
        """Hear each event after the market has taken it."""
        self._trade_id = 1_000_000_000

    def see(self, event: MarketEvent, now_ns: int) -> None:
        """Take an event of the tape, put on our grid and into our time."""
        moved = self._moved(event, now_ns)
        if moved is None:
            return
        self._take(moved)
        for listener in self.listeners:
            listener(moved)

    @property
    def last_points(self) -> int:
        """Price of the last trade; the middle where there was none; 0 before anything came."""
        return self.trades[-1].price_points if self.trades else self.displayed.mid_doubled() // 2

    def best(self) -> tuple[Level, Level]:
        """Best bid and best ask; (0, 0) where a side shows nothing."""
        bids, asks = self.levels(is_bid=True, most=1), self.levels(is_bid=False, most=1)
        return (bids or [(0, 0)])[0], (asks or [(0, 0)])[0]

    def levels(self, *, is_bid: bool, most: int) -> list[Level]:
        """The displayed levels, best first."""
        return self.displayed.available(is_bid=is_bid)[:most]

    def _take(self, event: MarketEvent) -> None:
        if isinstance(event, Quote):
            self.quote = event
            self.displayed.show(event)
        elif isinstance(event, Depth):
            self.displayed.deepen(event)
            self.depth, self.quote = event, None
        elif isinstance(event, Trade):
            self.trades.append(event)
            self.minutes.trade(event.ts_recv_ns, event.price_points, event.size_points)
        elif isinstance(event, Funding):
            self.funding_rate = event.rate
        if not self.minutes.is_begun and self.last_points:
            now_ns = getattr(event, "ts_recv_ns", 0)
            self.minutes.begin(now_ns - now_ns % MINUTE_NS, self.last_points, 10**self.listing.size_digits)

    def _moved(self, event: MarketEvent, now_ns: int) -> MarketEvent | None:
        there = self.listing.instrument
        if isinstance(event, FeedStatus):
            return FeedStatus(there, now_ns, event.state, event.detail)
        if isinstance(event, Quote):
            bid, ask = (
                self._price(event.instrument.price_digits, event.bid_points, up=False),
                self._price(event.instrument.price_digits, event.ask_points, up=True),
            )
            sizes = self._size(event, event.bid_size_points), self._size(event, event.ask_size_points)
            return Quote(there, now_ns, bid, sizes[0], ask, sizes[1], now_ns)
        if isinstance(event, Trade):
            self._trade_id += 1
            price = self._price(event.instrument.price_digits, event.price_points, up=event.is_buy)
            return Trade(
                there, now_ns, price, self._size(event, event.size_points), event.is_buy, self._trade_id, now_ns
            )
        if isinstance(event, Depth):
            bids, asks = self._side(event, event.bids, up=False), self._side(event, event.asks, up=True)
            return Depth(there, now_ns, bids, asks, is_snapshot=True, ts_venue_ns=now_ns)
        if isinstance(event, Funding) and not self.listing.is_spot:
            return replace(event, instrument=there, ts_recv_ns=now_ns)
        return None

    def _side(self, event: Depth, levels: Iterable[Level], *, up: bool) -> tuple[Level, ...]:
        merged: dict[int, int] = {}
        for price, size in levels:
            at = self._price(event.instrument.price_digits, price, up=up)
            merged[at] = merged.get(at, 0) + self._size(event, size)
        return tuple(merged.items())

    def _price(self, digits: int, points: int, *, up: bool) -> int:
        """Bids fall and asks rise to the next tick, so that a coarser grid never crosses."""
        steps = self.listing.price_digits - digits
        if steps >= 0:
            return points * int(10**steps)
        unit = int(10**-steps)
        return -(-points // unit) if up else points // unit

    def _size(self, event: Quote | Trade | Depth, points: int) -> int:
        steps = self.listing.size_digits - event.instrument.size_digits
        return points * int(10**steps) if steps >= 0 else -(-points // int(10**-steps))
