"""A sandbox venue as a person runs it: its market moved by a tape or by a live feed, until somebody stops it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec.structs import replace

from framework.app.drive import Stop
from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.data.live_feed import LiveFeed, hosts_of
from framework.data.tape import Tape
from framework.kernel.clock import Clock, RealClock, Stopwatch
from framework.model.errors import ConfigError, DataError
from framework.model.events import Depth, FeedState, FeedStatus, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.rules import VenueRules
from framework.sandbox.bitget.keys import key_file
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import fault_file
from framework.sandbox.loopback import LoopbackVenue
from framework.venues.named import rules_named

STEP_S: Final = 0.02
PRIMED_MAX: Final = 5_000
"""So many events are played at once, so that there is a book before the first client comes."""

BOOKS_S: Final = 60.0
LEVELS: Final = 200
"""Of each side of a live book that are passed on."""


class Moved(Protocol):
    """A venue whose market a tape moves."""

    @property
    def has_books(self) -> bool:
        """Whether every market that is to have a book has one."""

    def observe(self, event: MarketEvent) -> None:
        """The market moves."""


class PlainMarkets:
    """The plain venue's markets as a tape moves them: those of its symbols, quotes and trades, dated now."""

    def __init__(self, venue: LoopbackVenue, tape: Tape) -> None:
        self._venue = venue
        self._moved = [there for there in tape.instruments if venue.instruments.get(there.symbol) is there]
        self._without = dict.fromkeys(self._moved)

    @property
    def has_books(self) -> bool:
        """Whether each market of the tape is quoted."""
        return not self._without

    def observe(self, event: MarketEvent) -> None:
        """Pass it on, where it is of a market that is traded here."""
        if isinstance(event, Quote | Trade) and event.instrument in self._moved:
            self._without.pop(event.instrument, None)
            self._venue.observe(replace(event, ts_recv_ns=self._venue.clock.now_ns))


class Player:
    """Plays a tape into a venue, at the tape's pace, its times moved to now."""

    def __init__(self, tape: Tape, venue: Moved, clock: Clock) -> None:
        self._events: Iterator[MarketEvent] = iter(tape)
        self._venue = venue
        self._clock = clock
        self._shift_ns = clock.now_ns - tape.start_ns
        self._next: MarketEvent | None = None

    def prime(self) -> None:
        """Play until every market that the tape moves has a book."""
        for _ in range(PRIMED_MAX):
            event = next(self._events, None)
            if event is None:
                return
            self._venue.observe(event)
            self._shift_ns = self._clock.now_ns - event.ts_recv_ns
            if self._venue.has_books:
                return

    def step(self) -> bool:
        """Play what is due. False at the tape's end."""
        while True:
            event, self._next = self._next or next(self._events, None), None
            if event is None:
                return False
            if event.ts_recv_ns + self._shift_ns > self._clock.now_ns:
                self._next = event
                return True
            self._venue.observe(event)


class Mirror:
    """Moves a venue by another one's live public feed: its whole books, and its trades, as they come."""

    def __init__(self, feed: LiveFeed, venue: BitgetVenue) -> None:
        self._feed = feed
        self._venue = venue
        self._books: dict[Instrument, tuple[dict[int, int], dict[int, int]]] = {}

    def prime(self) -> None:
        """Listen until every market has a book.

        Raises:
            FrameworkError: the venue cannot be reached, or does not list what is traded here.
        """
        self._feed.start()
        watch = Stopwatch()
        while not self._venue.has_books:
            if watch.elapsed_s > BOOKS_S:
                raise DataError(f"feed: expected a book of every market within {BOOKS_S:g} s, found some missing")
            threading.Event().wait(STEP_S)
            self.step()

    def step(self) -> bool:
        """Pass on what came. It has no end."""
        events, now_ns = self._feed.mailbox.take()
        moved = dict.fromkeys(event.instrument for event in events if self._keep(event))
        for event in events:
            if isinstance(event, Trade | FeedStatus):
                self._venue.observe(event)
        for there in moved:
            bids, asks = self._books[there]
            best_bids, best_asks = sorted(bids.items(), reverse=True)[:LEVELS], sorted(asks.items())[:LEVELS]
            self._venue.observe(Depth(there, now_ns, tuple(best_bids), tuple(best_asks), is_snapshot=True))
        return True

    def _keep(self, event: MarketEvent) -> bool:
        """Whether it changed a book that is whole."""
        there = event.instrument
        if isinstance(event, FeedStatus) and event.state is FeedState.GAP:
            self._books.pop(there, None)
        if not isinstance(event, Depth) or not (event.is_snapshot or there in self._books):
            return False
        sides = ({}, {}) if event.is_snapshot else self._books[there]
        for side, levels in zip(sides, (event.bids, event.asks), strict=True):
            for price, size in levels:
                side[price] = size
                if not size:
                    del side[price]
        self._books[there] = sides
        return all(sides)

    def stop(self) -> None:
        """Hang up."""
        self._feed.stop()


def serve_bitget(
    *,
    port: int,
    tape_name: str,
    feed: str | None,
    keys: Path | None,
    faults: Path | None,
    is_strict: bool,
    stop: Stop,
    tell: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until somebody stops it.

    Args:
        port: 0: any free one.
        feed: moved by the venue's live public feed instead of the tape, or by that of a server on this machine; None: by
            the tape.
        tell: hears where it listens and with which keys, once it does.

    Raises:
        ConfigError, DataError: what is wrong with tape, keys or faults.
    """
    clock = RealClock()
    venue = BitgetVenue(clock, key_file(keys) if keys else None, is_strict=is_strict)
    server = BitgetServer(venue)
    if faults:
        server.play(fault_file(faults), str(faults))
    if feed is None:
        player = Player(LoopedTape(open_tape(tape_name, rules_named("bitget-spot"))), venue, clock)
        player.prime()
        asyncio.run(_serve(server, player, port, stop, tell))
        return
    symbols = [listing.instrument.symbol for listing in venue.markets if listing.is_spot]
    hosts = hosts_of("bitget", feed, "--feed")
    follower = Mirror(LiveFeed("bitget", symbols, rules_named("bitget-spot"), hosts, clock, 1, "--feed"), venue)
    try:
        follower.prime()
        asyncio.run(_serve(server, follower, port, stop, tell))
    finally:
        follower.stop()


def traded_at(rules: VenueRules, symbols: str, tape: Tape | None) -> list[Instrument]:
    """The instruments of a list of symbols; those that the tape moves are the tape's own.

    Raises:
        ConfigError: a symbol that the rules do not know, or a tape that moves none of them.
    """
    moved = {there.symbol: there for there in tape.instruments} if tape else {}
    names = [symbol.strip() for symbol in symbols.split(",")]
    found = [moved.get(name) or rules.instrument(name) for name in names]
    if tape and not any(there.symbol in moved for there in found):
        raise ConfigError(
            f"--tape {tape.name}: expected one that moves {', '.join(names)}, found {', '.join(moved)}; "
            "choose another, or --empty: a book that only POST /control/quote fills"
        )
    return found


def plain_player(venue: LoopbackVenue, tape: Tape) -> Player:
    """Plays a tape into the plain venue; its markets are quoted when this returns.

    Raises:
        ConfigError: the tape has no quotes.
    """
    markets = PlainMarkets(venue, tape)
    player = Player(LoopedTape(tape), markets, venue.clock)
    player.prime()
    if not markets.has_books:
        raise ConfigError(f"--tape {tape.name}: expected quotes of every market soon after its start, found none")
    return player


async def _serve(
    server: BitgetServer, player: Player | Mirror, port: int, stop: Stop, tell: Callable[[dict[str, Any]], None]
) -> None:
    try:
        async with serving(server, port=port) as found:
            tell(welcome(server.venue, found))
            while not stop.reason and player.step():  # noqa: ASYNC110 - a signal can only set a word
                await asyncio.sleep(STEP_S)
    except OSError as error:
        raise ConfigError(f"--port {port}: expected a free port, found {error.strerror or error}") from error


def welcome(venue: BitgetVenue, port: int) -> dict[str, Any]:
    """Where it listens and with which keys, for programs."""
    shown = ("name", "key", "secret", "passphrase", "account", "scopes", "ips", "is_demo")
    return {
        "rest": f"http://127.0.0.1:{port}",
        "ws_public": f"ws://127.0.0.1:{port}/v2/ws/public",
        "ws_private": f"ws://127.0.0.1:{port}/v2/ws/private",
        "ws_public_v3": f"ws://127.0.0.1:{port}/v3/ws/public",
        "ws_private_v3": f"ws://127.0.0.1:{port}/v3/ws/private",
        "keys": [{name: getattr(key, name) for name in shown} for key in venue.keys.values()],
    }
