"""One instrument: what the engine knows of it, who subscribed to what, and what each of its events does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from framework.engine.bar_stream import BarStream
from framework.engine.bars import BarBuilder
from framework.engine.books import OrderBook
from framework.engine.host import Host
from framework.kernel.clock import Clock
from framework.kernel.topic import MarketTopic, Rank, quotes_of
from framework.model.events import Depth, FeedState, FeedStatus, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.money import MONEY
from framework.ports import Schedule

DISTRUSTED: Final = frozenset({FeedState.GAP, FeedState.STALE})
"""A feed in one of these states may have lost changes of the book."""


class Market:
    """One instrument's last prices, book and bars. It joins the topics of the events that it has something to do for.

    Args:
        topics: type of event -> this instrument's topic.
        host: puts strategies aside.
        schedule: hands back bars that the clock ends.
        priced: told of the first price, and again of the first quote.
    """

    __slots__ = (
        "_clock",
        "_host",
        "_middle",
        "_priced",
        "_schedule",
        "_topics",
        "book",
        "feed_state",
        "hearers",
        "instrument",
        "quotes",
        "streams",
        "trades",
    )

    def __init__(
        self,
        instrument: Instrument,
        topics: Mapping[type, MarketTopic],
        host: Host,
        clock: Clock,
        schedule: Schedule,
        priced: Callable[[Instrument, Decimal], None],
    ) -> None:
        self.instrument = instrument
        self.trades, self.quotes = topics[Trade], quotes_of(topics)
        self._middle: tuple[Quote, Decimal] | None = None
        """A quote, and the middle of it: it is asked for several times before the next."""
        self.book: OrderBook | None = None
        self.feed_state = FeedState.LIVE
        self.streams: list[BarStream] = []
        self.hearers: Mapping[type, MarketTopic] = {**topics, Depth: MarketTopic(), FeedStatus: MarketTopic()}
        """Type of event -> where strategies hear of it; of changes of the book and of feeds after the market has."""
        self._topics = topics
        self._host = host
        self._clock = clock
        self._schedule = schedule
        self._priced = priced
        self.trades.join(Rank.BOOKS, self._open_by_trade)
        self.quotes.join(Rank.BOOKS, self._open_by_quote)

    def stream(self, timeframe: str) -> BarStream | None:
        """The bars of a timeframe, where somebody asked for them."""
        return next((stream for stream in self.streams if stream.builder.timeframe == timeframe), None)

    def keep_book(self) -> None:
        """Somebody asks for the book: from now on there is one."""
        if self.book is None:
            self.book = OrderBook(self.instrument)
            self._topics[Depth].join(Rank.BOOKS, self._on_depth)

    def keep_bars(self, timeframe: str) -> BarStream:
        """Somebody asks for bars: from now on they are built."""
        stream = self.stream(timeframe)
        if stream is None:
            builder = BarBuilder(self.instrument, timeframe)
            stream = BarStream(builder, self._topics, self._host, self._clock, self._schedule, self.streams.remove)
            self.streams.append(stream)
        return stream

    def mid(self) -> Decimal | None:
        """Middle of the touch, exact; None before the first price."""
        quote = self.quotes.touch()
        if quote is None:
            return None
        if self._middle is None or self._middle[0] is not quote:
            both = self.instrument.price_exact(quote.bid_points + quote.ask_points)
            self._middle = quote, MONEY.divide(both, 2)
        return self._middle[1]

    # Events.

    def _open_by_trade(self, _first: Trade) -> None:
        self.trades.leave(self._open_by_trade)
        self._open_capital()

    def _open_by_quote(self, _first: Quote) -> None:
        self.quotes.leave(self._open_by_quote)
        self._open_capital()

    def _open_capital(self) -> None:
        """The first price of an instrument (told again by the first quote, which changes nothing)."""
        mid = self.mid()
        assert mid is not None, self.instrument
        self._priced(self.instrument, mid)

    def _on_depth(self, depth: Depth) -> None:
        book = self.book
        assert book is not None, self.instrument
        if book.apply(depth):
            self.hearers[Depth].tell(book)

    def feed_changed(self, status: FeedStatus) -> None:
        """The feed's state changed: after a doubtful one the book begins anew, and strategies hear of it."""
        self.feed_state = status.state
        if self.book is not None and status.state in DISTRUSTED:
            self.book.invalidate()
        self.hearers[FeedStatus].tell(status)
