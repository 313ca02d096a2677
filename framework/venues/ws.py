"""A venue's public stream over WebSocket: connects, subscribes, keeps alive, notices what is missing, begins again.

Read-only and without a key. It knows no venue: a codec makes and reads the frames (`framework.venues.streams`). Delays
and ages are reckoned on the loop's own clock, which is monotonic.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from framework.kernel.logging import get_logger
from framework.kernel.seldom import AWAY_EVERY_S, Seldom
from framework.model.events import FeedState
from framework.venues.feed_health import FeedHealth
from framework.venues.mailbox import Mailbox
from framework.venues.sockets import Dial, LineDown, Socket
from framework.venues.streams import (
    Acknowledged,
    Channel,
    Codec,
    Events,
    Heard,
    Lost,
    RefusedTopic,
    Topic,
    Unreadable,
)

CONNECT_S: Final = 10.0
RETRY_S: Final = 0.5
RETRY_S_MAX: Final = 30.0
LOOK_S: Final = 1.0
"""Between two looks at what is silent."""
OVERLAP_S: Final = 600.0
"""So long before the venue cuts a connection the next one is opened."""
SETTLE_S: Final = 20.0
"""So long the next connection may take to know everything; else it is given up and tried again."""
ASKED_ANEW_MAX: Final = 60
"""Channels asked for anew on one connection; then a new connection is cheaper than the venue's patience."""
ANEW_S: Final = 2.0
"""Between two askings for the same channel."""
STALE_S: Final = {Topic.QUOTES: 20.0, Topic.TICKER: 30.0, Topic.BOOK: 20.0, Topic.BOOK_TOP: 20.0}
"""Silence of a channel that is one too long; trades and bars may be silent for as long as the market is."""

log = get_logger()


class Line:
    """One connection's life: its codec, what it was told, and when it last heard of each channel."""

    def __init__(self, codec: Codec, socket: Socket, channels: Sequence[Channel], feed: PublicFeed) -> None:
        self.codec = codec
        self.settled = asyncio.Event()
        """Every channel was heard of, or the line is down."""
        self.reason = ""
        """Why it is down; empty: it is not."""
        self._socket = socket
        self.channels = tuple(channels)
        """What it hears, or is to hear."""
        self._feed = feed
        self._time = asyncio.get_running_loop().time
        self._unheard = set(channels)
        self._heard_s = dict.fromkeys(channels, self._now_s)
        self._frame_s = self._now_s
        self._pinged_s = self._now_s
        self._sent_s = 0.0
        self._asked_anew = 0
        self._anew: asyncio.Queue[Channel] = asyncio.Queue()
        self._waiting_anew: set[Channel] = set()
        self._anew_s: dict[Channel, float] = {}

    @property
    def _now_s(self) -> float:
        return self._time()

    async def run(self) -> str:
        """Serve until it is of no use any more; gives why."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._ask())
                tasks.create_task(self._read())
                tasks.create_task(self._look())
        except* LineDown as error:
            self.reason = "; ".join(str(one) for one in error.exceptions)
        finally:
            self.settled.set()
            await self._socket.close()
        return self.reason

    def listen(self, channels: Sequence[Channel]) -> None:
        """Hear these as well."""
        self.channels += tuple(channels)
        for channel in channels:
            self.ask_anew(channel)

    def ask_anew(self, channel: Channel) -> None:
        """Unsubscribe, where it was asked for, and subscribe one channel, as soon as the venue's limits allow."""
        if channel not in self._waiting_anew:
            self._waiting_anew.add(channel)
            self._anew.put_nowait(channel)

    async def _ask(self) -> None:
        """Everything that is sent but pings: the subscriptions first, then channels asked for later, or anew."""
        for frame in self.codec.subscribe(self.channels):
            await self._send(frame)
        while True:
            channel = await self._anew.get()
            await asyncio.sleep(max(self._anew_s.get(channel, -ANEW_S) + ANEW_S - self._now_s, 0.0))
            self._waiting_anew.discard(channel)
            self._anew_s[channel] = self._now_s
            if channel in self._heard_s:  # else it was not asked for yet
                self._asked_anew += 1
                if self._asked_anew > ASKED_ANEW_MAX:
                    raise LineDown(f"{ASKED_ANEW_MAX} channels had to be asked for anew")
                for frame in self.codec.unsubscribe([channel]):
                    await self._send(frame)
            for frame in self.codec.subscribe([channel]):
                await self._send(frame)
            self._heard_s[channel] = self._now_s

    async def _send(self, text: str) -> None:
        """Send, no faster than the venue allows."""
        pause_s = self._sent_s + 1 / self.codec.frames_per_s - self._now_s
        self._sent_s = max(self._now_s, self._sent_s + 1 / self.codec.frames_per_s)
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        await self._socket.send(text)

    async def _read(self) -> None:
        while True:
            frame = await self._socket.receive()
            self._frame_s = self._time()
            self._feed.take(self, frame)

    async def _look(self) -> None:
        """Ping in time; end a dead connection; tell silent channels."""
        while True:
            await asyncio.sleep(LOOK_S)
            now_s, codec = self._now_s, self.codec
            if self._pinged_s > self._frame_s and now_s - self._pinged_s > codec.pong_within_s:
                raise LineDown(f"no answer to a ping within {codec.pong_within_s:g} s")
            if codec.ping and now_s - self._pinged_s >= codec.ping_every_s:
                await self._send(codec.ping)
                self._pinged_s = self._now_s
            for channel, heard_s in self._heard_s.items():
                limit_s = STALE_S.get(channel.topic)
                if limit_s is not None and now_s - heard_s > limit_s:
                    self._heard_s[channel] = now_s
                    self._feed.is_silent(self, channel, limit_s)

    def heard(self, channel: Channel) -> None:
        """Something of a channel came in the last frame."""
        self._heard_s[channel] = self._frame_s
        if self._unheard:
            self._unheard.discard(channel)
            if not self._unheard:
                self.settled.set()


class PublicFeed:
    """The stream of some channels, for as long as it runs.

    Args:
        dial: opens a connection.
        codec: makes a codec for a new connection.
        mailbox: takes the events.
        rng: jitter of reconnects, so that many bots do not come back at once.
    """

    def __init__(
        self,
        dial: Dial,
        codec: Callable[[], Codec],
        channels: Sequence[Channel],
        mailbox: Mailbox,
        rng: random.Random,
    ) -> None:
        self.channels = tuple(channels)
        self.connections = 0
        """Connections opened so far."""
        self._dial = dial
        self._codec = codec
        self._mailbox = mailbox
        self._rng = rng
        self._health = FeedHealth(self.channels, mailbox)
        self._current: Line | None = None
        self._retry_s = RETRY_S
        self._failures = Seldom(AWAY_EVERY_S)

    def broke(self, error: BaseException) -> None:
        """A bug of ours ended it: nothing more is heard, and who goes by its last prices must know."""
        log.error("feed.broken", exc_info=error)
        self._health.all_bad(FeedState.STALE, f"the feed broke and is heard no more: {type(error).__name__}: {error}")

    def listen(self, channels: Iterable[Channel]) -> None:
        """Hear these as well, from now on; the codecs must know them. What is heard already stays as it is."""
        more = tuple([channel for channel in channels if channel not in self.channels])
        self.channels += more
        self._health.channels += more
        if self._current is not None:
            self._current.listen(more)

    async def run(self) -> None:
        """Stream until cancelled; whoever runs it tells `broke` of anything else that ends it."""
        while True:
            line = await self._open()
            if line is None:
                await self._pause()
            else:
                self._current = line
                await self._serve(line)

    async def _open(self) -> Line | None:
        """A connection; None: there is none now, and the strategies were told."""
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await self._dial()
        except (LineDown, TimeoutError) as error:
            reason = str(error) or f"no connection within {CONNECT_S:g} s"
            if times := self._failures.take(asyncio.get_running_loop().time()):
                log.warning("feed.unreachable", reason=reason, times=times)
            if self._current is None:
                self._health.all_bad(FeedState.STALE, f"not connected: {reason}")
            return None
        self.connections += 1
        return Line(self._codec(), socket, self.channels, self)

    async def _pause(self) -> None:
        await asyncio.sleep(self._retry_s * self._rng.uniform(0.5, 1.0))
        self._retry_s = min(2 * self._retry_s, RETRY_S_MAX)

    async def _serve(self, line: Line) -> None:
        """Serve a connection and those that follow it without a hole; returns when there is one."""
        task = asyncio.create_task(line.run(), name="feed line")
        try:
            while not task.done():
                next_line, next_task = await self._renewed(line, task)
                if next_line is not None and next_task is not None:
                    task.cancel()
                    line, task = next_line, next_task
            task.result()  # a bug of ours is no lost connection
        finally:
            task.cancel()
            self._current = None
        log.warning("feed.lost", reason=line.reason)
        self._health.all_bad(FeedState.GAP, f"connection lost: {line.reason or 'ended'}")
        await self._pause()

    async def _renewed(self, line: Line, task: asyncio.Task[str]) -> tuple[Line | None, asyncio.Task[str] | None]:
        """Wait for a connection's end or its old age; give the one that takes its place, if one does."""
        age_s = line.codec.lives_s - OVERLAP_S * self._rng.uniform(0.5, 1.0) if line.codec.lives_s else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), age_s)
        while not task.done():
            fresh = await self._open()
            if fresh is not None:
                fresh_task = asyncio.create_task(fresh.run(), name="feed line")
                is_taken = False
                try:
                    if await self._settles(fresh) and not task.done():
                        self._hand_over(fresh)
                        is_taken = True
                        return fresh, fresh_task
                finally:
                    if not is_taken:
                        fresh_task.cancel()
            await self._pause()
        return None, None

    @staticmethod
    async def _settles(line: Line) -> bool:
        try:
            await asyncio.wait_for(line.settled.wait(), SETTLE_S)
        except TimeoutError:
            return False
        return not line.reason

    def _hand_over(self, line: Line) -> None:
        """From here on this connection speaks: its books as they stand, then what it hears."""
        self._current = line
        line.listen([channel for channel in self.channels if channel not in line.channels])
        with self._mailbox as now_ns:
            books = [line.codec.book(channel, now_ns) for channel in self.channels]
            self._mailbox.put([book for book in books if book is not None])
        self._health.all_good()
        log.info("feed.renewed")

    # What connections hear.

    def take(self, line: Line, frame: bytes) -> None:
        """One frame of a connection."""
        with self._mailbox as now_ns:
            self._hear(line, line.codec.hear(frame, now_ns))

    def is_silent(self, line: Line, channel: Channel, limit_s: float) -> None:
        """Nothing came of a channel for too long: it is told, and asked for anew."""
        if line is self._current:
            self._health.bad(channel, FeedState.STALE, f"no {channel.topic} for {limit_s:g} s")
        line.ask_anew(channel)

    def _hear(self, line: Line, said: Heard) -> None:
        match said:
            case Events():
                self._tell(line, said)
            case Acknowledged():
                if said.channel.topic in {Topic.TRADES, Topic.BARS}:  # these may be silent for long
                    line.heard(said.channel)
                    if line is self._current:
                        self._health.good(said.channel)
            case Lost():
                self._lose(line, said.channel, said.reason)
            case Unreadable(channel=None):
                raise LineDown(said.reason)
            case Unreadable(channel=channel) if channel is not None:
                self._lose(line, channel, said.reason)
            case RefusedTopic():
                self._refused(line, said)
            case _:
                pass

    def _tell(self, line: Line, said: Events) -> None:
        line.heard(said.channel)
        if line is not self._current and said.channel.topic is not Topic.TRADES:
            return  # the next connection listens until it knows everything; trades are told once, by whoever hears them first
        if line is self._current:
            self._health.good(said.channel)
            self._retry_s = RETRY_S
        if said.events and not self._mailbox.put(said.events):
            self._lose(line, said.channel, "the queue was full")

    def _lose(self, line: Line, channel: Channel, reason: str) -> None:
        log.warning("feed.gap_found", channel=str(channel.topic), instrument=channel.instrument.id, reason=reason)
        if line is self._current:
            self._health.bad(channel, FeedState.GAP, f"{channel.topic}: {reason}")
        line.ask_anew(channel)

    def _refused(self, line: Line, said: RefusedTopic) -> None:
        if said.channel is None:
            raise LineDown(f"the venue refuses: {said.code} {said.detail}")
        log.error("feed.refused", channel=str(said.channel.topic), code=said.code, detail=said.detail)
        if line is self._current:
            self._health.bad(said.channel, FeedState.GAP, f"{said.channel.topic} refused: {said.code} {said.detail}")
