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
from typing import Final

import msgspec

from framework.model.errors import GridError
from framework.model.events import Bar, Depth, Funding, Mark, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.venues.bitget.public_book import NO_SEQ, CheckedBook, Grid, LevelText
from framework.venues.bitget.public_channels import Arg, Generation, arg_of, frames
from framework.venues.bitget.public_frames import NS_PER_MS, Frame, Row, decode, venue_ns
from framework.venues.streams import (
    Acknowledged,
    Alive,
    Channel,
    Events,
    Heard,
    Lost,
    Refused,
    Topic,
    Unreadable,
)

PONG: Final = b"pong"
SNAPSHOT: Final = "snapshot"
BAR_COLUMNS: Final = 6
"""Opening time, open, high, low, close, volume in base; what follows is turnover."""
SIDES: Final = {"buy": True, "sell": False}

NAMELESS: Final = "data: expected rows with named fields, found a list"
NEVER: Final = -1
"""No trade was heard yet."""

Reader = Callable[["Route", Frame, int], Heard]


class Route:
    """One channel of this connection: what reads its frames, and what it remembers."""

    __slots__ = ("bar", "book", "channel", "grid", "read")

    def __init__(self, channel: Channel, grid: Grid, read: Reader) -> None:
        self.channel = channel
        self.grid = grid
        self.read = read
        self.book = CheckedBook(channel.instrument) if channel.topic is Topic.BOOK else None
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
        self._spelled: dict[Arg, Route] = {}
        """Routes by the argument as the server spells it: a short way to the route."""
        self._by_channel: dict[Channel, Route] = {}
        grids: dict[Instrument, Grid] = {}
        readers = self._readers
        for channel in channels:
            grid = grids.setdefault(channel.instrument, Grid(channel.instrument))
            route = Route(channel, grid, readers[channel.topic])
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
        if frame == PONG:
            return Alive()
        try:
            said = decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Unreadable(f"expected a frame of the venue, found {_begin(frame)}: {error}")
        route = None if said.arg is None else self._spelled.get(said.arg) or self._find(said.arg)
        if said.event or route is None:
            return self._answered(said, route)
        try:
            return route.read(route, said, ts_recv_ns)
        except (GridError, ValueError, IndexError, InvalidOperation) as error:
            return Unreadable(f"{_begin(frame)}: {error}", route.channel)

    def _find(self, arg: Arg) -> Route | None:
        """The route of an argument that is spelled as never before. Only what we asked for is remembered."""
        route = self._routes.get(arg.key)
        if route is not None and len(self._spelled) < 4 * len(self._routes):
            self._spelled[arg] = route
        return route

    @staticmethod
    def _answered(said: Frame, route: Route | None) -> Heard:
        channel = None if route is None else route.channel
        if said.event in {"subscribe", "unsubscribe"} and channel is not None:
            return Acknowledged(channel)
        if said.event == "error":
            return Refused(channel, str(said.code), shorten(said.msg))
        if said.event:
            return Alive()
        return Unreadable("a push of a channel that was not asked for")

    # One reader a topic. They may raise GridError or ValueError: `hear` says of which channel.

    def _read_trades(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
        instrument = route.channel.instrument
        prices, sizes = route.grid.prices, route.grid.sizes
        last = self._trades.get(instrument, NEVER)
        told: list[Trade] = []
        known = 0
        for row in reversed(said.data or ()):  # the newest stands first
            if isinstance(row, list):
                raise ValueError(NAMELESS)  # noqa: TRY004  # what the venue sent is wrong, not what our caller did
            trade_id = int(row.trade_id or row.exec_id)
            if trade_id <= last:
                known += 1
                continue
            is_buy = SIDES.get(row.side or row.exec_side)
            if is_buy is None:
                is_buy = _is_buy(row.side or row.exec_side)
            price, size = prices[row.price or row.exec_price], sizes[row.size or row.exec_size]
            stamp = int(row.exec_ts or row.ts or said.ts) * NS_PER_MS
            told.append(Trade(instrument, ts_recv_ns, price, size, is_buy, trade_id, stamp))
        if told:
            self._trades[instrument] = max(told, key=_number).trade_id if len(told) > 1 else told[0].trade_id
        if said.action != SNAPSHOT or not told:
            return Events(route.channel, told)
        if last == NEVER:
            return Events(route.channel, ())  # history: the warm-up has it
        if not known:
            return Lost(route.channel, f"trades between {last} and {told[0].trade_id} may be missing")
        return Events(route.channel, told)

    def _read_quote(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
        row, bids, asks = _levels(said)
        if not bids or not asks:
            return Events(route.channel, ())
        prices, sizes = route.grid.prices, route.grid.sizes
        (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
        stamp = venue_ns(row.ts, said.ts)
        instrument = route.channel.instrument
        return Events(
            route.channel,
            (Quote(instrument, ts_recv_ns, prices[bid], sizes[bid_size], prices[ask], sizes[ask_size], stamp),),
        )

    def _read_ticker(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
        told: list[MarketEvent] = []
        instrument, grid = route.channel.instrument, route.grid
        for row in named_rows(said):
            stamp = venue_ns(row.ts, said.ts)
            if instrument not in self._quoted:
                told += _ticker_quote(row, instrument, grid, ts_recv_ns, stamp)
            if row.mark and not instrument.is_spot:
                told.append(Mark(instrument, ts_recv_ns, grid.prices[row.mark], stamp))
            if row.funding_rate and not instrument.is_spot:
                due_ns = venue_ns(row.funding_due)
                told.append(Funding(instrument, ts_recv_ns, Decimal(row.funding_rate), due_ns, stamp))
        return Events(route.channel, told)

    def _read_top(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
        row, bids, asks = _levels(said)
        levels = route.grid.levels
        stamp = venue_ns(row.ts, said.ts)
        instrument = route.channel.instrument
        depth = Depth(instrument, ts_recv_ns, levels(bids), levels(asks), True, row.seq, NO_SEQ, stamp)
        return Events(route.channel, (depth,))

    def _read_book(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
        book = route.book
        assert book is not None, route.channel
        is_snapshot = said.action == SNAPSHOT
        if not is_snapshot and not book.is_known:
            return Events(route.channel, ())  # changes of a book that was thrown away
        row, bids, asks = _levels(said)
        levels = route.grid.levels
        try:
            depth = Depth(
                route.channel.instrument,
                ts_recv_ns,
                levels(bids),
                levels(asks),
                is_snapshot,
                row.seq,
                NO_SEQ if is_snapshot else row.pseq,
                venue_ns(row.ts, said.ts),
            )
        except (GridError, ValueError) as error:
            book.is_known = False
            return Lost(route.channel, str(error))
        checksum = row.checksum if self.generation is Generation.V2 else 0
        wrong = (book.replace if is_snapshot else book.change)(depth, bids, asks, checksum)
        return Lost(route.channel, wrong) if wrong else Events(route.channel, (depth,))

    def _read_bars(self, route: Route, said: Frame, ts_recv_ns: int) -> Heard:
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


def named_rows(said: Frame) -> list[Row]:
    """The rows of a frame whose channel has rows with named fields.

    Raises:
        ValueError: it holds lists.
    """
    rows = said.data or []
    named = [row for row in rows if isinstance(row, Row)]
    if len(named) < len(rows):
        raise ValueError(NAMELESS)
    return named


def _number(trade: Trade) -> int:
    return trade.trade_id


def _is_buy(side: str) -> bool:
    is_buy = SIDES.get(side.lower())
    if is_buy is None:
        raise ValueError(f"data.side: expected buy or sell, found {shorten(side)}")
    return is_buy


def _levels(said: Frame) -> tuple[Row, Sequence[LevelText], Sequence[LevelText]]:
    """The one row of a book's frame, and its bids and asks; null counts as none."""
    if not said.data or not isinstance(said.data[0], Row):
        raise ValueError("data: expected one row with bids and asks, found none")
    row = said.data[0]
    return row, row.bids or row.bids_v3 or (), row.asks or row.asks_v3 or ()


def _ticker_quote(row: Row, instrument: Instrument, grid: Grid, ts_recv_ns: int, stamp: int) -> list[MarketEvent]:
    prices, sizes = grid.prices, grid.sizes
    bid, ask = prices[row.bid or row.bid_v3 or "0"], prices[row.ask or row.ask_v3 or "0"]
    if not bid or not ask:
        return []
    bid_size, ask_size = sizes[row.bid_size or row.bid_size_v3 or "0"], sizes[row.ask_size or row.ask_size_v3 or "0"]
    return [Quote(instrument, ts_recv_ns, bid, bid_size, ask, ask_size, stamp)]


def _bar(route: Route, row: Row | list[str], ts_recv_ns: int) -> tuple[int, Bar]:
    cells = [row.start, row.open, row.high, row.low, row.close, row.volume] if isinstance(row, Row) else row
    if len(cells) < BAR_COLUMNS:
        raise ValueError(f"data: expected at least {BAR_COLUMNS} columns of a bar, found {len(cells)}")
    prices, channel = route.grid.prices, route.channel
    opened = int(cells[0])
    open_, high, low, close = (prices[cell] for cell in cells[1:5])
    volume = route.grid.sizes[cells[5]]
    stamp = venue_ns(opened)
    return opened, Bar(channel.instrument, ts_recv_ns, stamp, channel.timeframe, open_, high, low, close, volume)


def _begin(frame: bytes) -> str:
    return shorten(frame[:120].decode("utf-8", "replace"))
