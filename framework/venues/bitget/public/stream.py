"""Bitget's public stream, V2 and V3: frames in, market events out. Pure.

Reference: the venue's WebSocket pages, V2 and V3, read 2026-11-21. What those leave open is decided for safety:

* a trade is taken once, by its number, which rises; the recent trades that a subscription begins with are history
  unless some were heard before: then those that are new fill the hole, and a hole that they do not fill is a loss;
* a book is thrown away at the first wrong checksum (V2) or sequence number (V3, and V2 where it sends one). V3 sends
  a checksum too, sometimes 0; over which texts it goes is written nowhere, so it is not held against anything;
* a side of the best level that is empty is no quote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from framework.model.errors import GridError
from framework.model.events import Bar, Depth, Funding, Mark, MarketEvent, Quote, Trade
from framework.model.instants import NS_PER_MS
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.venues.bitget.public.book import NO_SEQ, CheckedBook, Grid
from framework.venues.bitget.public.channels import Generation, arg_of, frames
from framework.venues.bitget.public.frames import (
    DATA,
    DECODERS,
    BarRowV3,
    BookRow,
    Push,
    Said,
    TickerRow,
    TradeRow,
    decode,
)
from framework.venues.streams import (
    Acknowledged,
    Alive,
    Channel,
    Events,
    Heard,
    Lost,
    RefusedTopic,
    Topic,
    Unreadable,
)

PONG: Final = b"pong"
SNAPSHOT: Final = "snapshot"
BAR_COLUMNS: Final = 6
"""Opening time, open, high, low, close, volume in base; what follows is turnover."""


class Sides(dict[str, bool]):
    """Word of a side -> whether the aggressor bought, whatever case its letters have."""

    def __missing__(self, side: str) -> bool:
        is_buy = self.get(side.lower())
        if is_buy is None:
            raise ValueError(f"data.side: expected buy or sell, found {shorten(side)}")
        return is_buy


SIDES: Final = Sides(buy=True, sell=False)

NEVER: Final = -1
"""No trade was heard yet."""

WRONG: Final = (GridError, ValueError, IndexError, InvalidOperation, RecursionError, msgspec.DecodeError)
"""What reading the rows of a push may raise: they are not what the venue promises."""

Reader = Callable[["Route", Push[Any], int], Heard]


class Route:
    """One channel of this connection: what reads its frames, and what it remembers."""

    __slots__ = ("bar", "book", "channel", "decode", "grid", "prices", "read", "sizes")

    def __init__(self, channel: Channel, grid: Grid, decode: Callable[[bytes], Push[Any]], read: Reader) -> None:
        self.channel = channel
        self.grid = grid
        self.prices, self.sizes = grid.prices, grid.sizes
        self.decode = decode
        self.read = read
        self.book = CheckedBook(channel.instrument, grid) if channel.topic is Topic.BOOK else None
        self.bar: tuple[int, Bar] | None = None
        """The bar that is not closed yet: its opening time (ms), and how it stands."""


class PublicCodec:
    """One connection's frames.

    Args:
        channels: all that this connection may be asked to subscribe to.
        heard_trades: instrument -> highest trade number heard; shared by the connections of one feed, so that a trade
            that two of them tell is taken once.
    """

    ping = "ping"
    ping_every_s = 20.0  # WebSocket pages: every 30 s; the server drops a client that is silent for 2 minutes
    pong_within_s = 10.0
    lives_s = 24 * 3600.0  # WebSocket pages: forced disconnect every 24 h
    frames_per_s = 8.0  # WebSocket pages: at most 10 messages a second from the client, pings included

    def __init__(
        self,
        channels: Iterable[Channel],
        generation: Generation = Generation.V2,
        heard_trades: dict[Instrument, int] | None = None,
    ) -> None:
        self.generation = generation
        self._trades = {} if heard_trades is None else heard_trades
        self._routes: dict[tuple[str, str, str, str], Route] = {}
        self._begun: dict[bytes, Route] = {}
        """Routes by all that stands before the rows of a push: a short way, once a frame was read that begins so."""
        self._by_channel: dict[Channel, Route] = {}
        grids: dict[Instrument, Grid] = {}
        readers = self._readers
        for channel in channels:
            grid = grids.setdefault(channel.instrument, Grid(channel.instrument))
            route = Route(channel, grid, DECODERS[generation, channel.topic], readers[channel.topic])
            self._routes[arg_of(channel, generation).key] = self._by_channel[channel] = route
        self._quoted = {channel.instrument for channel in self._by_channel if channel.topic is Topic.QUOTES}

    @property
    def _readers(self) -> dict[Topic, Reader]:
        return {
            Topic.TRADES: self._read_trades,
            Topic.QUOTES: self._read_quote,
            Topic.TICKER: self._read_ticker,
            Topic.BOOK: self._read_book,
            Topic.BOOK_TOP: self._read_top,
            Topic.BARS: self._read_bars,
        }

    def subscribe(self, channels: Iterable[Channel]) -> Sequence[str]:
        """Frames that ask for channels."""
        return frames("subscribe", channels, self.generation)

    def unsubscribe(self, channels: Iterable[Channel]) -> Sequence[str]:
        """Frames that ask for them no more."""
        return frames("unsubscribe", channels, self.generation)

    def book(self, channel: Channel, ts_recv_ns: int) -> Depth | None:
        """All that is known of a channel's book; None: nothing, or the channel is none of a book."""
        book = self._by_channel[channel].book
        return book.snapshot(ts_recv_ns) if book is not None and book.is_known else None

    def hear(self, frame: bytes, ts_recv_ns: int) -> Heard:
        """What a frame says. Whatever its bytes are, nothing is raised."""
        begin = frame.partition(DATA)[0]
        route = self._begun.get(begin)
        if route is None:
            said = self._look(frame, begin)
            if not isinstance(said, Route):
                return said
            route = said
        try:
            return route.read(route, route.decode(frame), ts_recv_ns)
        except WRONG as error:
            return Unreadable(f"{_begin(frame)}: {error}", route.channel)

    def _look(self, frame: bytes, begin: bytes) -> Route | Heard:
        """Whose push a frame is that begins as none before, or what else it says."""
        if frame == PONG:
            return Alive()
        try:
            said = decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Unreadable(f"expected a frame of the venue, found {_begin(frame)}: {error}")
        route = None if said.arg is None else self._routes.get(said.arg.key)
        if said.event or route is None:
            return self._answered(said, route)
        if b'"arg":' in begin and b'"event":' not in begin and len(self._begun) < 4 * len(self._routes):
            self._begun[begin] = route
        return route

    @staticmethod
    def _answered(said: Said, route: Route | None) -> Heard:
        channel = None if route is None else route.channel
        if said.event in {"subscribe", "unsubscribe"} and channel is not None:
            return Acknowledged(channel)
        if said.event == "error":
            return RefusedTopic(channel, str(said.code), shorten(said.msg))
        if said.event:
            return Alive()
        return Unreadable("a push of a channel that was not asked for")

    # One reader a topic. They may raise GridError or ValueError: `hear` says of which channel.

    def _read_trades(self, route: Route, said: Push[TradeRow], ts_recv_ns: int) -> Heard:
        """Nearly all frames tell one new trade."""
        rows, instrument = said.data or (), route.channel.instrument
        if len(rows) != 1 or said.action == SNAPSHOT:
            return self._read_several_trades(route, said, ts_recv_ns)
        (row,) = rows
        if row.trade_id <= self._trades.get(instrument, NEVER):
            return Events(route.channel, ())
        trade = _trade(route, row, said.ts, ts_recv_ns)
        self._trades[instrument] = row.trade_id
        return Events(route.channel, (trade,))

    def _read_several_trades(self, route: Route, said: Push[TradeRow], ts_recv_ns: int) -> Heard:
        rows, instrument = said.data or (), route.channel.instrument
        last = self._trades.get(instrument, NEVER)
        news = [row for row in reversed(rows) if row.trade_id > last]  # the newest stands first
        told = [_trade(route, row, said.ts, ts_recv_ns) for row in news]
        if told:
            self._trades[instrument] = max(told, key=_number).trade_id
        if said.action != SNAPSHOT or not told:
            return Events(route.channel, told)
        if last == NEVER:
            return Events(route.channel, ())  # history: the warm-up has it
        if len(told) == len(rows):
            return Lost(route.channel, f"trades between {last} and {told[0].trade_id} may be missing")
        return Events(route.channel, told)

    def _read_quote(self, route: Route, said: Push[BookRow], ts_recv_ns: int) -> Heard:
        row = said.row()
        if not row.bids or not row.asks:
            return Events(route.channel, ())
        prices, sizes = route.grid.prices, route.grid.sizes
        (bid, bid_size), (ask, ask_size) = row.bids[0], row.asks[0]
        stamp = (row.ts or said.ts) * NS_PER_MS
        instrument = route.channel.instrument
        return Events(
            route.channel,
            (Quote(instrument, ts_recv_ns, prices[bid], sizes[bid_size], prices[ask], sizes[ask_size], stamp),),
        )

    def _read_ticker(self, route: Route, said: Push[TickerRow], ts_recv_ns: int) -> Heard:
        told: list[MarketEvent] = []
        instrument, grid = route.channel.instrument, route.grid
        for row in said.data or ():
            stamp = (row.ts or said.ts) * NS_PER_MS
            if instrument not in self._quoted:
                told += _ticker_quote(row, instrument, grid, ts_recv_ns, stamp)
            if row.mark and not instrument.is_spot:
                told.append(Mark(instrument, ts_recv_ns, grid.prices[row.mark], stamp))
            if row.funding_rate and not instrument.is_spot:
                due_ns = int(row.funding_due or 0) * NS_PER_MS
                told.append(Funding(instrument, ts_recv_ns, Decimal(row.funding_rate), due_ns, stamp))
        return Events(route.channel, told)

    def _read_top(self, route: Route, said: Push[BookRow], ts_recv_ns: int) -> Heard:
        row, levels = said.row(), route.grid.levels
        bids, asks, stamp = levels(row.bids or ()), levels(row.asks or ()), (row.ts or said.ts) * NS_PER_MS
        depth = Depth(route.channel.instrument, ts_recv_ns, bids, asks, True, row.seq, NO_SEQ, stamp)
        return Events(route.channel, (depth,))

    def _read_book(self, route: Route, said: Push[BookRow], ts_recv_ns: int) -> Heard:
        book = route.book
        assert book is not None, route.channel
        is_snapshot = said.action == SNAPSHOT
        if not is_snapshot and not book.is_known:
            return Events(route.channel, ())  # changes of a book that was thrown away
        row = said.row()
        bids, asks = row.bids or (), row.asks or ()
        checksum = row.checksum if self.generation is Generation.V2 else 0
        previous_seq = NO_SEQ if is_snapshot else row.pseq
        try:
            if is_snapshot:
                sides = book.replace(bids, asks, row.seq, checksum)
            else:
                sides = book.change(bids, asks, row.seq, previous_seq, checksum)
        except (GridError, ValueError) as error:
            book.lose()
            return Lost(route.channel, str(error))
        instrument, stamp = route.channel.instrument, (row.ts or said.ts) * NS_PER_MS
        return Events(
            route.channel, (Depth(instrument, ts_recv_ns, *sides, is_snapshot, row.seq, previous_seq, stamp),)
        )

    def _read_bars(self, route: Route, said: Push[BarRowV3 | list[str]], ts_recv_ns: int) -> Heard:
        closed: list[MarketEvent] = []
        rows = [_bar(route, row, ts_recv_ns) for row in said.data or ()]
        rows.sort(key=lambda pair: pair[0])
        if route.bar is None:
            rows = rows[-1:]  # what came before is history: the warm-up has it
        for opened, bar in rows:
            if route.bar is not None and opened < route.bar[0]:
                continue
            if route.bar is not None and opened > route.bar[0]:
                closed.append(msgspec.structs.replace(route.bar[1], ts_recv_ns=ts_recv_ns))
            route.bar = (opened, bar)
        return Events(route.channel, closed)


def _trade(route: Route, row: TradeRow, sent_ms: int, ts_recv_ns: int) -> Trade:
    price, size, stamp = route.prices[row.price], route.sizes[row.size], (row.ts or sent_ms) * NS_PER_MS
    return Trade(route.channel.instrument, ts_recv_ns, price, size, SIDES[row.side], row.trade_id, stamp)


def _number(trade: Trade) -> int:
    return trade.trade_id


def _ticker_quote(row: TickerRow, instrument: Instrument, grid: Grid, ts_recv_ns: int, stamp: int) -> list[MarketEvent]:
    prices, sizes = grid.prices, grid.sizes
    bid, ask = prices[row.bid or "0"], prices[row.ask or "0"]
    if not bid or not ask:
        return []
    bid_size, ask_size = sizes[row.bid_size or "0"], sizes[row.ask_size or "0"]
    return [Quote(instrument, ts_recv_ns, bid, bid_size, ask, ask_size, stamp)]


def _bar(route: Route, row: BarRowV3 | list[str], ts_recv_ns: int) -> tuple[int, Bar]:
    cells = [row.start, row.open, row.high, row.low, row.close, row.volume] if isinstance(row, BarRowV3) else row
    if len(cells) < BAR_COLUMNS:
        raise ValueError(f"data: expected at least {BAR_COLUMNS} columns of a bar, found {len(cells)}")
    prices, channel = route.grid.prices, route.channel
    opened = int(cells[0])
    open_, high, low, close = (prices[cell] for cell in cells[1:5])
    volume = route.grid.sizes[cells[5]]
    stamp = opened * NS_PER_MS
    return opened, Bar(channel.instrument, ts_recv_ns, stamp, channel.timeframe, open_, high, low, close, volume)


def _begin(frame: bytes) -> str:
    return shorten(frame[:120].decode("utf-8", "replace"))
