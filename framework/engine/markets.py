"""All markets: takes market data, keeps it, and calls whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from framework.engine.bars import BarBuilder
from framework.engine.books import OrderBook
from framework.engine.host import Host, Subscription
from framework.engine.market import BarStream, Market
from framework.kernel.clock import Clock
from framework.kernel.tape_loop import BAR_PRIORITY
from framework.model.errors import ConfigError, PluginError
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Mark, Pulse, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.spelling import nearest
from framework.ports import Schedule

DISTRUSTED: Final = frozenset({FeedState.GAP, FeedState.STALE})
"""A feed in one of these states may have lost changes of the book."""


class Markets:
    """Every instrument of the run.

    Args:
        host: calls the handlers.
        schedule: hands back bars that the clock ends.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        host: Host,
        clock: Clock,
        schedule: Schedule,
    ) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self._markets = {instrument: Market(instrument) for instrument in self.instruments.values()}
        self._host = host
        self._clock = clock
        self._schedule = schedule
        self.priced: Callable[[Instrument, Decimal], None] = lambda instrument, mid: None  # noqa: ARG005
        """Told of the first price of an instrument."""
        self.doors: Mapping[type, Callable[[Any], None]] = {
            Trade: self._on_trade,
            Quote: self._on_quote,
            Depth: self._on_depth,
            Bar: self._on_bar,
            Mark: self._on_mark,
            Funding: self._on_funding,
            FeedStatus: self._on_feed,
        }
        """Type of event -> who takes it."""

    # Reading.

    def __getitem__(self, instrument: Instrument) -> Market:
        """All that is known of an instrument."""
        return self._markets[instrument]

    def find(self, id_: str, who: str) -> Instrument:
        """The instrument of an id.

        Raises:
            PluginError: this run has none; says who asked, and the nearest spelling.
        """
        found = self.instruments.get(id_)
        if found is None:
            raise PluginError(f"{who}: no instrument {id_!r} in this run{nearest(str(id_), self.instruments)}")
        return found

    def knows(self, instrument: Instrument) -> bool:
        """Whether it is one of this run's own, and no copy."""
        return instrument in self._markets

    def quote(self, instrument: Instrument) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it."""
        return self._markets[instrument].touch

    def pulse(self, instrument: Instrument) -> Pulse:
        """How its feed does: its state, and when its last quote or trade came."""
        market = self._markets[instrument]
        heard = [event for event in (market.quote, market.last_trade) if event is not None]
        if not heard:
            return Pulse(market.feed_state, 0)
        last = max(heard, key=lambda event: event.ts_recv_ns)
        skew_ns = last.ts_recv_ns - last.ts_venue_ns if last.ts_venue_ns else 0
        return Pulse(market.feed_state, last.ts_recv_ns, skew_ns)

    def book(self, instrument: Instrument) -> OrderBook | None:
        """The order book, where a strategy asked for one."""
        return self._markets[instrument].book

    def mid(self, instrument: Instrument) -> Decimal | None:
        """Middle of the last quote, exact; None before the first price."""
        return self._markets[instrument].mid

    # Subscriptions.

    def subscribe(self, instrument: Instrument, event: type, subscription: Subscription) -> None:
        """Call a handler for events of a type; once, however often it is asked for."""
        market = self._markets[instrument]
        if event is Depth and market.book is None:
            market.book = OrderBook(instrument)
        _add(market.subscriptions[event], subscription)

    def subscribe_bars(self, instrument: Instrument, timeframe: str, subscription: Subscription) -> None:
        """Call a handler for the closed bars of a timeframe."""
        market = self._markets[instrument]
        stream = market.stream(timeframe)
        if stream is None:
            stream = BarStream(BarBuilder(instrument, timeframe))
            market.streams.append(stream)
        _add(stream.subscriptions, subscription)

    # Events.

    def _on_trade(self, trade: Trade) -> None:
        market = self._markets[trade.instrument]
        is_first = market.last_trade is None
        market.last_trade = trade
        if is_first:
            self._open_capital(market)
        for stream in market.streams:
            if trade.ts_recv_ns >= stream.builder.closes_at_ns:
                self._begin_bar(stream, trade)
            else:
                stream.builder.push(trade)
        subscriptions = market.subscriptions[Trade]
        if subscriptions:
            self._host.deliver(subscriptions, trade)

    def _on_quote(self, quote: Quote) -> None:
        self._quoted(self._markets[quote.instrument], quote)

    def _quoted(self, market: Market, quote: Quote) -> None:
        is_first = market.quote is None
        market.quote = quote
        if is_first:
            self._open_capital(market)
        subscriptions = market.subscriptions[Quote]
        if subscriptions:
            self._host.deliver(subscriptions, quote)

    def _open_capital(self, market: Market) -> None:
        """The first price of an instrument (told again by the first quote, which changes nothing)."""
        mid = market.mid
        assert mid is not None, market.instrument
        self.priced(market.instrument, mid)

    def _on_depth(self, depth: Depth) -> None:
        market = self._markets[depth.instrument]
        book = market.book
        if book is not None and book.apply(depth):
            self._host.deliver(market.subscriptions[Depth], book)

    def _on_bar(self, bar: Bar) -> None:
        """A closed bar from a candle tape; larger timeframes are built from it."""
        market = self._markets[bar.instrument]
        if bar.quote is not None:
            self._quoted(market, bar.quote)
        for stream in market.streams:
            builder = stream.builder
            if builder.is_whole(bar):
                self._host.deliver(stream.subscriptions, bar)
                continue
            closes_ns = builder.closes_at_ns
            try:
                closed = builder.push_bar(bar)
            except ConfigError as error:
                self._drop_stream(market, stream, error)
                continue
            if builder.closes_at_ns > closes_ns:
                self._schedule.at(builder.closes_at_ns, BAR_PRIORITY, partial(self._close_bar, stream))
            if closed is not None:
                self._host.deliver(stream.subscriptions, closed)

    def _drop_stream(self, market: Market, stream: BarStream, error: ConfigError) -> None:
        """Bars that this feed cannot give: those who asked for them are put aside, the others go on."""
        market.streams = [other for other in market.streams if other is not stream]
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
        self._host.deliver(self._markets[mark.instrument].subscriptions[Mark], mark)

    def _on_funding(self, funding: Funding) -> None:
        self._host.deliver(self._markets[funding.instrument].subscriptions[Funding], funding)

    def _on_feed(self, status: FeedStatus) -> None:
        market = self._markets[status.instrument]
        market.feed_state = status.state
        if market.book is not None and status.state in DISTRUSTED:
            market.book.invalidate()
        self._host.deliver(market.subscriptions[FeedStatus], status)


def _add(subscriptions: list[Subscription], subscription: Subscription) -> None:
    if subscription not in subscriptions:
        subscriptions.append(subscription)
