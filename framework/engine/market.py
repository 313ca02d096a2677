"""One instrument: what the engine knows of it, who subscribed to what, and what each of its events does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from framework.engine.bars import BarBuilder
from framework.engine.books import OrderBook
from framework.engine.host import Host, Subscription
from framework.kernel.clock import Clock
from framework.kernel.tape_loop import BAR_PRIORITY
from framework.model.errors import ConfigError
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Mark, Quote, Trade, touch_of
from framework.model.instrument import Instrument
from framework.ports import Schedule

DISTRUSTED: Final = frozenset({FeedState.GAP, FeedState.STALE})
"""A feed in one of these states may have lost changes of the book."""


class BarStream:
    """Bars of one timeframe, built from trades or from smaller bars, and who subscribed to them."""

    __slots__ = ("builder", "subscriptions")

    def __init__(self, builder: BarBuilder) -> None:
        self.builder = builder
        self.subscriptions: list[Subscription] = []


class Market:
    """One instrument's last prices, book and bars. Its doors are found once, before the first event.

    Args:
        host: calls the handlers.
        schedule: hands back bars that the clock ends.
        priced: told of the first price, and again of the first quote.
    """

    __slots__ = (
        "_clock",
        "_host",
        "_priced",
        "_quotes",
        "_schedule",
        "_told",
        "_trades",
        "book",
        "doors",
        "feed_state",
        "instrument",
        "last_trade",
        "quote",
        "streams",
        "subscriptions",
    )

    def __init__(
        self,
        instrument: Instrument,
        host: Host,
        clock: Clock,
        schedule: Schedule,
        priced: Callable[[Instrument, Decimal], None],
    ) -> None:
        self.instrument = instrument
        self.quote: Quote | None = None
        self.last_trade: Trade | None = None
        self._told: tuple[Trade, Quote] | None = None
        """A trade, and the quote that was made of it: it is asked for several times before the next."""
        self.book: OrderBook | None = None
        self.feed_state = FeedState.LIVE
        self.streams: list[BarStream] = []
        self.doors: Mapping[type, Callable[[Any], None]] = {
            Trade: self._on_trade,
            Quote: self._on_quote,
            Depth: self._on_depth,
            Bar: self._on_bar,
            Mark: self._on_mark,
            Funding: self._on_funding,
            FeedStatus: self._on_feed,
        }
        """Type of event -> what it does."""
        self.subscriptions: dict[type, list[Subscription]] = {event: [] for event in self.doors if event is not Bar}
        """Event -> handlers that are called for it; bars have theirs by timeframe."""
        self._trades, self._quotes = self.subscriptions[Trade], self.subscriptions[Quote]
        self._host = host
        self._clock = clock
        self._schedule = schedule
        self._priced = priced

    def stream(self, timeframe: str) -> BarStream | None:
        """The bars of a timeframe, where somebody asked for them."""
        return next((stream for stream in self.streams if stream.builder.timeframe == timeframe), None)

    def touch(self) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it. None before the first."""
        quote = self.quote
        if quote is not None or self.last_trade is None:
            return quote
        if self._told is None or self._told[0] is not self.last_trade:
            self._told = self.last_trade, touch_of(self.last_trade)
        return self._told[1]

    def mid(self) -> Decimal | None:
        """Middle of the touch, exact; None before the first price."""
        quote = self.touch()
        if quote is None:
            return None
        return self.instrument.price_exact(quote.bid_points + quote.ask_points) / 2

    # Events.

    def _on_trade(self, trade: Trade) -> None:
        is_first = self.last_trade is None
        self.last_trade = trade
        if is_first:
            self._open_capital()
        for stream in self.streams:
            if trade.ts_recv_ns >= stream.builder.closes_at_ns:
                self._begin_bar(stream, trade)
            else:
                stream.builder.push(trade)
        if self._trades:
            self._host.deliver(self._trades, trade)

    def _on_quote(self, quote: Quote) -> None:
        is_first = self.quote is None
        self.quote = quote
        if is_first:
            self._open_capital()
        if self._quotes:
            self._host.deliver(self._quotes, quote)

    def _open_capital(self) -> None:
        """The first price of an instrument (told again by the first quote, which changes nothing)."""
        mid = self.mid()
        assert mid is not None, self.instrument
        self._priced(self.instrument, mid)

    def _on_depth(self, depth: Depth) -> None:
        book = self.book
        if book is not None and book.apply(depth):
            self._host.deliver(self.subscriptions[Depth], book)

    def _on_bar(self, bar: Bar) -> None:
        """A closed bar from a candle tape; larger timeframes are built from it."""
        if bar.quote is not None:
            self._on_quote(bar.quote)
        for stream in self.streams:
            if stream.builder.is_whole(bar):
                self._host.deliver(stream.subscriptions, bar)
            else:
                self._build(stream, bar)

    def _build(self, stream: BarStream, bar: Bar) -> None:
        """A larger bar grows by a smaller one."""
        builder = stream.builder
        closes_ns = builder.closes_at_ns
        try:
            closed = builder.push_bar(bar)
        except ConfigError as error:
            self._drop_stream(stream, error)
            return
        if builder.closes_at_ns > closes_ns:
            self._schedule.at(builder.closes_at_ns, BAR_PRIORITY, partial(self._close_bar, stream))
        if closed is not None:
            self._host.deliver(stream.subscriptions, closed)

    def _drop_stream(self, stream: BarStream, error: ConfigError) -> None:
        """Bars that this feed cannot give: those who asked for them are put aside, the others go on."""
        self.streams = [other for other in self.streams if other is not stream]
        for subscription in stream.subscriptions:
            self._host.put_aside(subscription.seat, error)

    def _begin_bar(self, stream: BarStream, trade: Trade) -> None:
        left = stream.builder.push(trade)
        if left is not None:
            self._host.deliver(stream.subscriptions, left)
        self._schedule.at(stream.builder.closes_at_ns, BAR_PRIORITY, partial(self._close_bar, stream))

    def _close_bar(self, stream: BarStream) -> None:
        bar = stream.builder.close(self._clock.now_ns)
        if bar is not None:
            self._host.deliver(stream.subscriptions, bar)

    def _on_mark(self, mark: Mark) -> None:
        self._host.deliver(self.subscriptions[Mark], mark)

    def _on_funding(self, funding: Funding) -> None:
        self._host.deliver(self.subscriptions[Funding], funding)

    def _on_feed(self, status: FeedStatus) -> None:
        self.feed_state = status.state
        if self.book is not None and status.state in DISTRUSTED:
            self.book.invalidate()
        self._host.deliver(self.subscriptions[FeedStatus], status)
