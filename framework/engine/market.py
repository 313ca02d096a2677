"""What the engine knows of one instrument, and who listens to it."""

from __future__ import annotations

from decimal import Decimal

from framework.engine.bars import BarBuilder
from framework.engine.books import OrderBook
from framework.engine.host import Listener
from framework.model.events import FeedState, Quote, Trade, touch_of
from framework.model.instrument import Instrument


class BarStream:
    """Bars of one timeframe, built from trades or from smaller bars, and their listeners."""

    __slots__ = ("builder", "listeners")

    def __init__(self, builder: BarBuilder) -> None:
        self.builder = builder
        self.listeners: list[Listener] = []


class Market:
    """One instrument's last prices, book and bars."""

    __slots__ = (
        "bars",
        "book",
        "book_listeners",
        "feed_listeners",
        "feed_state",
        "funding_listeners",
        "instrument",
        "last_trade",
        "mark_listeners",
        "quote",
        "quote_listeners",
        "streams",
        "trade_listeners",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quote: Quote | None = None
        self.last_trade: Trade | None = None
        self.book: OrderBook | None = None
        self.feed_state = FeedState.LIVE
        self.bars: dict[str, BarStream] = {}
        self.streams: list[BarStream] = []
        self.quote_listeners: list[Listener] = []
        self.trade_listeners: list[Listener] = []
        self.book_listeners: list[Listener] = []
        self.mark_listeners: list[Listener] = []
        self.funding_listeners: list[Listener] = []
        self.feed_listeners: list[Listener] = []

    @property
    def touch(self) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it. None before the first."""
        if self.quote is not None or self.last_trade is None:
            return self.quote
        return touch_of(self.last_trade)

    @property
    def mid(self) -> Decimal | None:
        """Middle of the touch, exact; None before the first price."""
        quote = self.touch
        if quote is None:
            return None
        return self.instrument.price_exact(quote.bid_points + quote.ask_points) / 2
