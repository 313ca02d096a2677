"""A venue's public feed for a run: markets and history by REST, then the stream, in a thread with a loop of its own.

Read-only: it holds no key and sends nothing but questions and subscriptions. The run takes what came from the mailbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from framework.data.heard import LIVE, LiveTape
from framework.kernel.clock import Clock
from framework.model.durations import duration_ns
from framework.model.errors import ConfigError, DataError, FrameworkError
from framework.model.events import Bar
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.model.rules import VenueRules
from framework.model.spelling import nearest
from framework.venues.bitget.public.rest import (
    CANDLES_MAX,
    GRANULARITY,
    Listed,
    asks_candles,
    asks_markets,
    data_of,
    read_candles,
    read_markets,
)
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.http import PublicHttp
from framework.venues.mailbox import Mailbox
from framework.venues.sockets import dialer
from framework.venues.streams import Channel, Codec, Topic
from framework.venues.ws import PublicFeed

READY_S: Final = 60.0
"""So long the venue may take to list its markets."""
HISTORY_S: Final = 60.0
PAGES_MAX: Final = 10
"""Answers of candles that one warm-up may take."""
STREAMED: Final = (Topic.TRADES, Topic.QUOTES, Topic.BOOK)
"""What a run hears of each market: the book is the one whose completeness is proven. Of a perpetual its ticker, too,
which alone tells mark price and funding."""


@dataclass(frozen=True)
class Hosts:
    """Where a venue's public data is: base URLs, without a path."""

    rest: str
    ws: str


HOSTS: Final = {"bitget": Hosts("https://api.bitget.com", "wss://ws.bitget.com")}  # Bitget API reference, domains
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def hosts_of(venue: str, host: str, where: str) -> Hosts:
    """The venue's own hosts, or a server on this machine in their place.

    Args:
        host: `127.0.0.1:8080`; empty: the venue's own.
        where: it was said, as messages name it.

    Raises:
        ConfigError: another machine than this one.
    """
    if not host:
        return HOSTS[venue]
    try:
        parts = urlsplit(f"//{host}")
        is_here = (
            parts.hostname in LOOPBACK and parts.port is not None and parts.netloc == host and parts.username is None
        )
    except ValueError:
        is_here = False
    if not is_here:
        raise ConfigError(
            f"{where}: expected none, or a server on this machine such as 127.0.0.1:8080, found {shorten(host)}"
        )
    return Hosts(f"http://{host}", f"ws://{host}")


class LiveFeed:
    """The public feed of one venue.

    Args:
        symbols: unified symbols of the markets wanted.
        rules: of the venue; its markets are replaced by those that the venue lists now.
        file: the settings, for messages.
        instruments: the markets, where they are known already: then the venue is not asked for them.
    """

    ws_path: str = "/v2/ws/public"
    topics: Sequence[Topic] = STREAMED
    has_books_at_once: bool = True
    """Books are heard from the beginning; else where and when they are asked for (`hear_books`)."""

    def __init__(
        self, venue: str, symbols: Sequence[str], rules: VenueRules, hosts: Hosts, clock: Clock, seed: int, file: str,
        instruments: Sequence[Instrument] = (),
    ) -> None:  # fmt: skip
        self.mailbox = Mailbox(clock)
        self._venue = venue
        self._symbols = tuple(symbols)
        self._rules = rules
        self._hosts = hosts
        self._clock = clock
        self._rng = random.Random(f"{seed}/feed")
        self._file = file
        self._instruments = list(instruments)
        self._ready: Future[tuple[list[Instrument], PublicHttp, int]] = Future()
        self._stop: Callable[[], object] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._feed: PublicFeed | None = None
        self._thread = threading.Thread(target=self._run, name="live feed", daemon=True)

    def start(self) -> LiveTape:
        """Ask for the markets and begin to listen; gives the feed as a run takes it.

        Raises:
            ConfigError: a market that the venue does not list, or that takes no orders.
            FrameworkError: the venue cannot be reached, or says no.
        """
        self._thread.start()
        try:
            instruments, _, start_ns = self._ready.result(READY_S)
        except TimeoutError as error:
            raise DataError(f"feed {self._venue}: no list of markets within {READY_S:g} s") from error
        return self.tape(instruments, start_ns)

    def tape(self, instruments: Sequence[Instrument], start_ns: int) -> LiveTape:
        """The feed as a run takes it."""
        name = f"{LIVE}{self._venue}"
        digest = hashlib.sha256(f"{name} {start_ns} {self._symbols}".encode()).hexdigest()
        title = f"{self._venue.capitalize()} live feed"
        history = partial(self._history, start_ns)
        return LiveTape(name, title, instruments, start_ns, digest, self.mailbox, self._clock, history)

    def hear_books(self, instruments: Iterable[Instrument]) -> None:
        """Hear the books of these markets from now on, each whole at first. Called by the run once it is started."""
        feed, books = self._feed, [Channel(Topic.BOOK, there) for there in instruments if Topic.BOOK in self.topics]
        if self._loop is not None and feed is not None:
            _quietly(self._loop, partial(feed.listen, books))

    def stop(self) -> None:
        """Hang up."""
        self._stop()
        self._thread.join(5.0)

    # In the thread of the feed.

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except FrameworkError as error:
            self._fail(error)

    def _fail(self, error: FrameworkError) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)

    async def _main(self) -> None:
        async with aiohttp.ClientSession(connector=self.connector(), cookie_jar=aiohttp.DummyCookieJar()) as session:
            http = PublicHttp(session, self._hosts.rest, self._rng)
            instruments = self._instruments or await self._markets(http)
            loop, stopped = asyncio.get_running_loop(), asyncio.Event()
            self._loop = loop
            self._stop = partial(_quietly, loop, stopped.set)
            channels = [Channel(topic, there) for there in instruments for topic in self._topics_of(there)]
            heard_trades: dict[Instrument, int] = {}
            feed = PublicFeed(
                dialer(session, f"{self._hosts.ws}{self.ws_path}"),
                lambda: self._codec(channels, heard_trades),
                [one for one in channels if self.has_books_at_once or one.topic is not Topic.BOOK],
                self.mailbox,
                self._rng,
            )
            self._feed = feed
            start_ns = self._clock.now_ns  # nothing is heard before it
            listening = asyncio.create_task(feed.run(), name="public feed")
            listening.add_done_callback(partial(_ended, feed))
            self._ready.set_result((instruments, http, start_ns))
            await stopped.wait()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def connector(self) -> aiohttp.BaseConnector:
        """How it connects."""
        return aiohttp.TCPConnector(ttl_dns_cache=300, keepalive_timeout=75)

    def _topics_of(self, instrument: Instrument) -> Sequence[Topic]:
        return self.topics if instrument.is_spot else (*self.topics, Topic.TICKER)

    def _codec(self, channels: Sequence[Channel], heard_trades: dict[Instrument, int]) -> Codec:
        """A codec for a new connection."""
        return PublicCodec(channels, heard_trades=heard_trades)

    async def _markets(self, http: PublicHttp) -> list[Instrument]:
        what = f"markets of {self._venue}"
        asked = asks_markets("SPOT")
        listed = await http.ask(
            asked.path, asked.query, lambda body, status: read_markets(data_of(body, status, what), "SPOT"), what
        )
        by_symbol = {one.rules.symbol: one for one in listed}
        return [self._instrument(symbol, by_symbol) for symbol in self._symbols]

    def _instrument(self, symbol: str, listed: dict[str, Listed]) -> Instrument:
        found = listed.get(symbol)
        if found is None:
            raise ConfigError(
                f"{self._file}: [paper] markets: {self._venue} lists no spot market {shorten(symbol)}"
                f"{nearest(symbol, listed)}"
            )
        if not found.is_open:
            raise ConfigError(
                f"{self._file}: [paper] markets: {symbol} takes no orders now, its state is {found.status}"
            )
        return msgspec.structs.replace(self._rules, markets=(found.rules,)).instrument(symbol)

    # History, asked for by the run.

    def _history(self, start_ns: int, instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        """Closed bars before the start; none of a timeframe that the venue does not keep."""
        if timeframe not in GRANULARITY or self._loop is None or count <= 0:
            return ()
        _, http, _ = self._ready.result()
        asked = self._candles(http, instrument, timeframe, count, start_ns)
        try:
            return asyncio.run_coroutine_threadsafe(asked, self._loop).result(HISTORY_S)
        except TimeoutError as error:
            raise DataError(f"candles of {instrument.id}: none within {HISTORY_S:g} s") from error

    async def _candles(
        self, http: PublicHttp, instrument: Instrument, timeframe: str, count: int, start_ns: int
    ) -> Sequence[Bar]:
        length_ns = duration_ns(timeframe, "timeframe")
        end_ns = start_ns - start_ns % length_ns
        what = f"candles of {instrument.id}"
        bars: dict[int, Bar] = {}
        for _ in range(PAGES_MAX):
            wanted = min(count - len(bars), CANDLES_MAX)
            asked = asks_candles(instrument, timeframe, end_ns - wanted * length_ns, end_ns)

            def read(body: bytes, status: int) -> list[Bar]:
                return read_candles(data_of(body, status, what), instrument, timeframe, length_ns, start_ns)

            page = {bar.ts_open_ns: bar for bar in await http.ask(asked.path, asked.query, read, what)}
            is_news = bool(page.keys() - bars.keys())
            bars = {**page, **bars}
            end_ns = min(bars, default=end_ns)
            if len(bars) >= count or not is_news:
                break
        return [bars[opened_ns] for opened_ns in sorted(bars)][-count:]


def _ended(feed: PublicFeed, listening: asyncio.Task[None]) -> None:
    error = None if listening.cancelled() else listening.exception()
    if error is not None:
        feed.broke(error)


def _quietly(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Have a loop call something; nothing where it is over."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
