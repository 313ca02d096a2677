"""The private stream of Bitget: what happens to our orders, as it happens.

Nothing is replayed after a subscription, and messages have no numbers: every connect is told, and the venue must then be
asked (open orders, fills, each order that we believed open).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

import aiohttp
import msgspec
from msgspec import Struct

from framework.gateway.bitget.heard import Heard
from framework.gateway.bitget.names import Names
from framework.gateway.bitget.wire import BitgetWire
from framework.kernel.clock import Clock
from framework.kernel.logging import get_logger
from framework.kernel.seldom import AWAY_EVERY_S, Seldom
from framework.model.errors import AuthError, OddAnswer
from framework.model.orders import Order
from framework.ports import ReportSink
from framework.venues.bitget.codes import HALTS, meaning_of, refusal_words
from framework.venues.bitget.envelope import Envelope
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.pushes import (
    LIFE_S_MAX,
    PING,
    PING_EVERY_S,
    PONG,
    PONG_WITHIN_S,
    ChannelReply,
    Pushed,
    read_message,
    subscription,
)

RETRY_S: Final = 0.05
RETRY_S_MAX: Final = 5.0
MESSAGE_BYTES_MAX: Final = 1_048_576
LIFE_S: Final = LIFE_S_MAX - 600.0
"""The venue ends a connection after a day: the one that takes its place is opened so long after it."""
OVERLAP_S: Final = 5.0
"""Both are heard for so long: what happened before the new one's subscription may still be under way on the old one."""
CONNECT_S: Final = 10.0
"""A connection that does not stand by then is tried anew."""
GOODBYE: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
"""What follows is told after it."""

MakeConnector = Callable[[], aiohttp.BaseConnector]

log = get_logger()


class StreamStep(StrEnum):
    """What became of the stream itself."""

    CONNECTED = "connected"
    """It has just begun: what was before, the venue must be asked."""
    GAP = "gap"
    """Something was not told, or could not be read: the venue must be asked."""
    LOST = "lost"
    """Nothing is heard until it is connected again, which it tries by itself."""
    REFUSED = "refused"
    """The key, its rights or its address are not accepted: it is not tried again."""


class StreamEvent(Struct, frozen=True):
    """A step of the stream, and why."""

    step: StreamStep
    why: str


class BitgetStream:
    """Listens to one account.

    Args:
        url: `ws://127.0.0.1:PORT/v2/ws/private`, or `v3` for a unified account.
        order_of: an order of ours by its client order id; None: it is not ours.
        names: which of our orders the venue's ids name; port and questions learn them too.
        tell: hears what becomes of the stream itself.
        stray: hears the client order id of an order that is not ours: a person's, or another daemon's.
        connector: makes what connects; None: TCP.
    """

    def __init__(
        self,
        url: str,
        wire: BitgetWire,
        clock: Clock,
        reports: ReportSink,
        account: AccountKind,
        products: Sequence[Product],
        order_of: Callable[[str], Order | None],
        names: Names,
        tell: Callable[[StreamEvent], None],
        stray: Callable[[str], None],
        connector: MakeConnector | None = None,
    ) -> None:
        self._connector = connector
        self._url = url
        self._wire = wire
        self._subscription = subscription(account, products)
        args = self._subscription["args"]
        assert isinstance(args, list), args
        self._channels = len(args)
        self._tell = tell
        self._heard = Heard(clock, reports, order_of, names, self._missed, stray)
        self._pinged: set[aiohttp.ClientWebSocketResponse] = set()
        """Connections whose last ping has no answer yet."""
        self.listening = asyncio.Event()
        """Set while what happens is heard."""

    async def run(self) -> None:
        """Listen until cancelled; connect again when the stream ends, but not when the key is refused."""
        retry_s, failures = RETRY_S, Seldom(AWAY_EVERY_S)
        why = ""
        connector = None if self._connector is None else self._connector()
        async with aiohttp.ClientSession(connector=connector) as session:
            while True:
                try:
                    ws = await self._connect(session)
                    retry_s = RETRY_S
                    self.listening.set()
                    self._tell(StreamEvent(StreamStep.CONNECTED, "the stream has just begun"))
                    why = await self._serve(session, ws)
                except AuthError as error:
                    self.listening.clear()
                    self._tell(StreamEvent(StreamStep.REFUSED, str(error)))
                    return
                except (aiohttp.ClientError, OSError, TimeoutError, OddAnswer) as error:
                    why = str(error) or type(error).__name__
                    if times := failures.take(asyncio.get_running_loop().time()):
                        log.warning("stream.failed", venue="bitget", error=why, times=times)
                if self.listening.is_set():
                    self.listening.clear()
                    self._tell(StreamEvent(StreamStep.LOST, why))
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, RETRY_S_MAX)

    async def _connect(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """A connection that tells everything from now on."""
        async with asyncio.timeout(CONNECT_S):
            ws = await session.ws_connect(self._url, max_msg_size=MESSAGE_BYTES_MAX, timeout=GOODBYE)
        is_open = False
        try:
            await self._open(ws)
            is_open = True
        finally:
            if not is_open:
                await ws.close()
        return ws

    async def _serve(self, session: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> str:
        """Hear a connection, and those that take its place without a hole; says why the last one ended."""
        hearing = asyncio.create_task(self._listen(ws), name="bitget private stream")
        try:
            while (following := await self._follower(session, hearing)) is not None:
                old, left = hearing, ws
                hearing = asyncio.create_task(self._listen(following), name="bitget private stream")
                ws = following
                await self._hand_over(old, left, hearing)
            return await hearing
        finally:
            self._pinged.discard(ws)
            await _ended(hearing, ws)

    async def _follower(
        self, session: aiohttp.ClientSession, hearing: asyncio.Task[str]
    ) -> aiohttp.ClientWebSocketResponse | None:
        """What takes a connection's place before the venue ends it; None: that one ended, and there is a hole."""
        await _first_of(hearing, within_s=LIFE_S)
        if hearing.done():
            return None
        trying = asyncio.create_task(self._connect_beside(session), name="bitget next private stream")
        following = None
        try:
            await _first_of(hearing, trying)
            if not hearing.done():
                following = trying.result()
        finally:
            if following is None:
                await _given_up(trying)
        return following

    async def _connect_beside(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """Try until there is another connection."""
        retry_s = RETRY_S
        while True:
            try:
                return await self._connect(session)
            except (aiohttp.ClientError, OSError, TimeoutError, OddAnswer) as error:
                log.warning("stream.not_renewed", venue="bitget", error=str(error) or type(error).__name__)
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, RETRY_S_MAX)

    async def _hand_over(
        self, old: asyncio.Task[str], left: aiohttp.ClientWebSocketResponse, new: asyncio.Task[str]
    ) -> None:
        """Hear both for a while. What both tell counts once: fills by their trade, states by where an order is."""
        try:
            await _first_of(old, new, within_s=OVERLAP_S)
            if left in self._pinged and not old.done():
                await _first_of(old, new, within_s=PONG_WITHIN_S)
            if old.done() or left in self._pinged:
                self._missed("a connection ended, or stood still, before the one that takes its place was heard alone")
        finally:
            self._pinged.discard(left)
            await _ended(old, left)
        log.info("stream.renewed", venue="bitget")

    async def _open(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Log in, subscribe, and have it confirmed channel by channel."""
        async with asyncio.timeout(PONG_WITHIN_S):
            await ws.send_str(self._wire.login())
            self._expect(await self._next(ws))
            await ws.send_str(msgspec.json.encode(self._subscription).decode())
            left = self._channels
            while left:
                said = await self._next(ws)
                if isinstance(said, ChannelReply):
                    self._expect(said)
                    left -= 1
                else:
                    self._heard.take(said)

    def _missed(self, why: str) -> None:
        self._tell(StreamEvent(StreamStep.GAP, why))

    async def _next(self, ws: aiohttp.ClientWebSocketResponse) -> ChannelReply | Pushed:
        said = await ws.receive()
        if said.type is not aiohttp.WSMsgType.TEXT:
            raise OddAnswer(f"private stream: expected a text, found {said.type.name}")
        return read_message(said.data)

    def _expect(self, said: ChannelReply | Pushed) -> None:
        if isinstance(said, Pushed) or said.is_taken:
            return
        refusal = refusal_words(Envelope(said.code, said.message, 0, None), self._wire.bound)
        text = f"bitget private stream: {refusal}"
        raise AuthError(text) if meaning_of(said.code) in HALTS else OddAnswer(text)

    async def _listen(self, ws: aiohttp.ClientWebSocketResponse) -> str:
        """Hear until it ends; says why it did."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        ping_s, pong_s = now_s + PING_EVERY_S, 0.0
        while True:
            now_s = loop.time()
            if pong_s and now_s >= pong_s:
                return f"no answer to a ping within {PONG_WITHIN_S:g} s"
            if now_s >= ping_s:
                await ws.send_str(PING)
                ping_s, pong_s = now_s + PING_EVERY_S, pong_s or now_s + PONG_WITHIN_S
                self._pinged.add(ws)
            owed_s = self._heard.claim(now_s)
            try:
                said = await ws.receive(timeout=max(min(ping_s, pong_s or ping_s, owed_s or ping_s) - now_s, 0.001))
            except TimeoutError:
                continue
            if said.type is not aiohttp.WSMsgType.TEXT:
                return f"it ended: {said.type.name.lower()} {ws.close_code or ''}".rstrip()
            if said.data == PONG:
                pong_s = 0.0
                self._pinged.discard(ws)
            else:
                self._hear(said.data)

    def _hear(self, text: str) -> None:
        try:
            found = read_message(text)
        except OddAnswer as odd:
            self._missed(str(odd))
            return
        if isinstance(found, Pushed):
            self._heard.take(found)
        elif not found.is_taken:
            self._missed(f"{found.code} {found.message}")


async def _first_of(*tasks: asyncio.Task[Any], within_s: float | None = None) -> None:
    """Until one of them is done, or so long; what became of each, it says itself."""
    is_done = asyncio.Event()
    for task in tasks:
        task.add_done_callback(lambda _: is_done.set())
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await is_done.wait()


async def _ended(hearing: asyncio.Task[str], ws: aiohttp.ClientWebSocketResponse) -> None:
    """Hear a connection no longer. Who is cancelled while he waits here is: only the task's own end is not told on."""
    hearing.cancel()
    try:
        await asyncio.gather(hearing, return_exceptions=True)
    finally:
        await ws.close()


async def _given_up(trying: asyncio.Task[aiohttp.ClientWebSocketResponse]) -> None:
    trying.cancel()
    (found,) = await asyncio.gather(trying, return_exceptions=True)
    if isinstance(found, aiohttp.ClientWebSocketResponse):
        await found.close()
