"""Bitget's public frames: bytes of a trade until a strategy is called, bytes of a book's change until the book has it.

By codec and engine alone; and as a daemon does it (`feed_line`): the line that hears the frame and remembers when, the
mailbox, the bell, and the drive's turn. There it is one thread, and no socket: the drive's rest wakes the line.

Frames are made up before, in the venue's shape. Prices lie near the best ones, and three of four sizes were told before:
so it is in recorded traffic (24,239 of 31,293 sizes in 439 updates of books).
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from zlib import crc32

from benchmarks import market
from benchmarks.house import House, bitcoin
from benchmarks.measures import Measure, Scope, each
from framework import Strategy, Trade
from framework.app.drive import Stop
from framework.app.live.drive import LiveDrive
from framework.kernel.clock import RealClock
from framework.strategy.context import BookView
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.mailbox import Mailbox
from framework.venues.sockets import Socket
from framework.venues.streams import Channel, Events, Topic
from framework.venues.ws import PublicFeed

FRAMES: Final = 20_000
LEVELS: Final = 150
"""Of each side of the book."""
CHANGES: Final = 10
"""Of each side in a frame."""
CHECKED: Final = 25
KNOWN_SIZES: Final = 2_000
RATE: Final = "books/s"
MIDDLE: Final = 3_000_000

Side = dict[int, int]


class Listening(Strategy):
    """Counts what it is called for."""

    instrument: str = "BTC/USDT@bitget"

    def on_start(self) -> None:
        self.trades(self.instrument)
        self.books(self.instrument)
        self.heard = 0

    def on_trade(self, trade: Trade) -> None:  # noqa: ARG002
        self.heard += 1

    def on_book(self, book: BookView) -> None:  # noqa: ARG002
        self.heard += 1


def feed(scope: Scope) -> Sequence[Measure]:
    """Trades, and books without and with the venue's checksum."""
    frames = scope.of(FRAMES, 300)
    trades, books = list(trade_frames(frames)), list(book_frames(frames // 4, is_checked=True))
    checked = _listened(scope, "feed_book_checked", books)
    return (
        _listened(scope, "feed_trade", trades),
        _listened(scope, "feed_book", list(book_frames(frames // 4, is_checked=False))),
        checked,
        Measure("feed_books_checked_a_second", 1e6 / checked.value, RATE),
        _by_line(scope, "feed_line_trade", trades),
        _by_line(scope, "feed_line_book_checked", books),
    )


def _listened(scope: Scope, name: str, frames: Sequence[bytes]) -> Measure:
    """CPU time of a frame, from its bytes to the handler's return. The first begins, and is not timed."""
    strategy, house, channels = _listener()
    take = _taker(PublicCodec(channels), house)
    take(frames[0])

    def work() -> None:
        for frame in frames[1:]:
            take(frame)

    span = scope.timer().span(work)
    _all_heard(name, frames, strategy)
    return each(name, span, len(frames) - 1)


def _by_line(scope: Scope, name: str, frames: Sequence[bytes]) -> Measure:
    """The same, as a daemon does it."""
    strategy, house, channels = _listener()
    line = Playing(frames, house)
    span = scope.timer().span(lambda: asyncio.run(line.play(channels)), lambda: line.cpu_s)
    _all_heard(name, frames, strategy)
    return each(name, span, len(frames) - 1)


def _listener() -> tuple[Listening, House, list[Channel]]:
    there = bitcoin()
    strategy = Listening()
    house = House({"it": strategy}, (there,), market.START_NS, _forget)
    house.start()
    return strategy, house, [Channel(Topic.TRADES, there), Channel(Topic.BOOK, there)]


def _all_heard(name: str, frames: Sequence[bytes], strategy: Listening) -> None:
    if strategy.heard != len(frames):
        raise RuntimeError(f"{name}: {len(frames)} frames, {strategy.heard} calls")


class Playing:
    """The connection of a public feed on which frames wait, and the drive of a daemon that takes what was heard of each."""

    def __init__(self, frames: Sequence[bytes], house: House) -> None:
        self.cpu_s = 0.0
        """Of all frames but the first, which begins."""
        self._frames = list(reversed(frames))
        self._rest = len(frames) - 1
        self._started_s = 0.0
        self._core = house.core
        self._taken = asyncio.Event()

    async def play(self, channels: Sequence[Channel]) -> None:
        """Until every frame was heard."""
        clock, stop = RealClock(), Stop()
        mailbox = Mailbox(clock)
        drive = LiveDrive(clock, mailbox, stop, self._taken.set)
        drive.lead(self._core)
        feed = PublicFeed(self._dial, lambda: PublicCodec(channels), channels, mailbox, random.Random(1))
        running = asyncio.create_task(feed.run())
        await drive.until(lambda: not self._frames and not mailbox.has_some)
        self.cpu_s = time.process_time() - self._started_s
        running.cancel()
        drive.close()

    async def _dial(self) -> Socket:
        return self

    async def send(self, text: str) -> None:
        """Nobody listens."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def receive(self) -> bytes:
        """The next frame, once the drive has taken what was heard of the last one."""
        await self._taken.wait()
        self._taken.clear()
        if len(self._frames) == self._rest:
            self._started_s = time.process_time()
        return self._frames.pop()


def _taker(codec: PublicCodec, house: House) -> Callable[[bytes], None]:
    hear, process = codec.hear, house.core.engine.process

    def take(frame: bytes) -> None:
        heard = hear(frame, market.START_NS)
        assert type(heard) is Events, heard
        for event in heard.events:
            process(event)

    return take


def trade_frames(count: int) -> Iterator[bytes]:
    """One trade each."""
    sizes = _Sizes()
    for number in range(1, count + 1):
        price, size = text_of(MIDDLE + sizes.chance.randrange(-500, 500), sizes.next())
        side = sizes.chance.choice(("buy", "sell"))
        row = {"ts": str(1_700_000_000_000 + number), "price": price, "size": size, "side": side}
        yield _push("trade", "update", {**row, "tradeId": str(1_200_000_000_000_000_000 + number)}, number)


def book_frames(count: int, *, is_checked: bool) -> Iterator[bytes]:
    """A snapshot, then changes; the checksum is worked out slowly, by the words of the venue's documents."""
    sizes = _Sizes()
    bids: Side = {MIDDLE - level: sizes.next() for level in range(1, LEVELS)}
    asks: Side = {MIDDLE + level: sizes.next() for level in range(1, LEVELS)}
    changed = dict(bids), dict(asks)
    for number in range(count):
        if number:
            changed = tuple(_changed(sizes, side, sign) for side, sign in ((bids, -1), (asks, 1)))  # type: ignore[assignment]
        row = {
            "asks": [text_of(*level) for level in sorted(changed[1].items())],
            "bids": [text_of(*level) for level in sorted(changed[0].items(), reverse=True)],
            "checksum": checksum(bids, asks) if is_checked else 0,
            "seq": number + 2,
            "pseq": number + 1,
            "ts": str(1_700_000_000_000 + number),
        }
        yield _push("books", "update" if number else "snapshot", row, number)


def _changed(sizes: _Sizes, side: Side, sign: int) -> Side:
    """Some levels of a side with their new sizes; 0: it is gone. The side is changed."""
    prices = sizes.chance.sample(range(1, 60), CHANGES)
    found = {MIDDLE + sign * price: 0 if sizes.chance.random() < 0.3 else sizes.next() for price in prices}
    for price, size in found.items():
        if size:
            side[price] = size
        else:
            side.pop(price, None)
    return found


def checksum(bids: Side, asks: Side) -> int:
    """Signed CRC32 of the best levels, bid, ask, bid, ask. Both sides must have that many."""
    best = zip(sorted(bids.items(), reverse=True)[:CHECKED], sorted(asks.items())[:CHECKED], strict=True)
    unsigned = crc32(":".join(":".join((*text_of(*bid), *text_of(*ask))) for bid, ask in best).encode())
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned


def text_of(price_points: int, size_points: int) -> tuple[str, str]:
    """A level as the venue writes it."""
    return f"{price_points / 100:.2f}", f"{size_points / 1_000_000:.6f}"


class _Sizes:
    """Sizes of which three in four were told before."""

    def __init__(self) -> None:
        self.chance = random.Random(market.SEED)
        self._known = [self._new() for _ in range(KNOWN_SIZES)]

    def next(self) -> int:
        return self.chance.choice(self._known) if self.chance.random() < 0.75 else self._new()

    def _new(self) -> int:
        return self.chance.randrange(1, 2_000_000)


def _push(channel: str, action: str, row: dict[str, object], number: int) -> bytes:
    arg = {"instType": "SPOT", "channel": channel, "instId": "BTCUSDT"}
    whole = {"action": action, "arg": arg, "data": [row], "ts": 1_700_000_000_001 + number}
    return json.dumps(whole, separators=(",", ":")).encode()


def _forget(record: object) -> None:
    """No journal here."""
