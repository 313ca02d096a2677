"""What the engine knows of one instrument, and who subscribed to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.engine.bars import BarBuilder
from framework.engine.books import OrderBook
from framework.engine.host import Subscription
from framework.model.events import Depth, FeedState, FeedStatus, Funding, Mark, Quote, Trade, touch_of
from framework.model.instrument import Instrument

SUBSCRIBED: Final = (Trade, Quote, Depth, Mark, Funding, FeedStatus)
"""Events that handlers are called for, besides bars."""


class BarStream:
    """Bars of one timeframe, built from trades or from smaller bars, and who subscribed to them."""

    __slots__ = ("builder", "subscriptions")

    def __init__(self, builder: BarBuilder) -> None:
        self.builder = builder
        self.subscriptions: list[Subscription] = []


class Market:
    """One instrument's last prices, book and bars."""

    __slots__ = ("_told", "book", "feed_state", "instrument", "last_trade", "quote", "streams", "subscriptions")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quote: Quote | None = None
        self.last_trade: Trade | None = None
        self._told: tuple[Trade, Quote] | None = None
        """A trade, and the quote that was made of it: it is asked for several times before the next."""
        self.book: OrderBook | None = None
        self.feed_state = FeedState.LIVE
        self.streams: list[BarStream] = []
        self.subscriptions: dict[type, list[Subscription]] = {event: [] for event in SUBSCRIBED}

    def stream(self, timeframe: str) -> BarStream | None:
        """The bars of a timeframe, where somebody asked for them."""
        return next((stream for stream in self.streams if stream.builder.timeframe == timeframe), None)

    @property
    def touch(self) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it. None before the first."""
        if self.quote is not None or self.last_trade is None:
            return self.quote
        if self._told is None or self._told[0] is not self.last_trade:
            self._told = self.last_trade, touch_of(self.last_trade)
        return self._told[1]

    @property
    def mid(self) -> Decimal | None:
        """Middle of the touch, exact; None before the first price."""
        quote = self.touch
        if quote is None:
            return None
        return self.instrument.price_exact(quote.bid_points + quote.ask_points) / 2
