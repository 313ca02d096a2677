"""The private stream of Bitget: what happens to our orders, as it happens.

Nothing is replayed after a subscription, and messages have no numbers: every connect is told, and the venue must then be
asked (open orders, fills, each order that we believed open). Fills are booked from the `fill` channel alone; V2 names our
order there only by the venue's id, so a fill that overtakes its order waits until that id is known.
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

from framework.gateway.bitget.names import Names
from framework.gateway.bitget.reports import report_seen
from framework.gateway.bitget.wire import BitgetWire
from framework.kernel.clock import Clock
from framework.kernel.logging import get_logger
from framework.kernel.seldom import AWAY_EVERY_S, Seldom
from framework.model.errors import AuthError, GridError, OddAnswer
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.ports import ReportSink
from framework.venues.bitget.codes import HALTS, meaning_of
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.pushes import (
    LIFE_S_MAX,
    PING,
    PING_EVERY_S,
    PONG,
    PONG_WITHIN_S,
    Pushed,
    Told,
    read_message,
    subscription,
)
from framework.venues.bitget.seen import FillSeen, OrderSeen

RETRY_S: Final = 0.05
RETRY_S_MAX: Final = 5.0
MESSAGE_BYTES_MAX: Final = 1_048_576
WAITING_MAX: Final = 1_000
"""Fills that wait for the name of their order; then the venue is asked instead."""

OWED_S: Final = 2.0
"""An order that counts more filled than was told is given so long: the fill comes on another channel, in its own time."""

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
        self._clock = clock
        self._reports = reports
        self._subscription = subscription(account, products)
        args = self._subscription["args"]
        assert isinstance(args, list), args
        self._channels = len(args)
        self._order_of = order_of
        self._names = names
        names.on_learnt.append(self._learnt)
        self._tell = tell
        self._stray = stray
        self._waiting: dict[str, list[FillSeen]] = {}
        self._owed: dict[str, tuple[int, float]] = {}
        """Order -> size points that its own push counts as filled, and when, on the loop, they must have been told."""
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
                if isinstance(said, Told):
                    self._expect(said)
                    left -= 1
                else:
                    self._take(said)

    def _missed(self, why: str) -> None:
        self._tell(StreamEvent(StreamStep.GAP, why))

    async def _next(self, ws: aiohttp.ClientWebSocketResponse) -> Told | Pushed:
        said = await ws.receive()
        if said.type is not aiohttp.WSMsgType.TEXT:
            raise OddAnswer(f"private stream: expected a text, found {said.type.name}")
        return read_message(said.data)

    def _expect(self, said: Told | Pushed) -> None:
        if isinstance(said, Pushed) or said.is_taken:
            return
        text = f"bitget private stream: {said.code} {said.message}".rstrip()
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
            owed_s = self._claim(now_s)
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

    def _claim(self, now_s: float) -> float:
        """Tell of fills that are overdue. Gives when to look again; 0: nothing is owed."""
        while self._owed:
            name, (points, due_s) = next(iter(self._owed.items()))
            if now_s < due_s:
                return due_s
            del self._owed[name]
            order = self._order_of(name)
            if order is not None and order.filled_points < points:
                size = order.instrument.size_text
                told, counted = size(order.filled_points), size(points)
                self._missed(f"{name}: the venue counts {counted} filled, and fills of {told} were told")
        return 0.0

    def _hear(self, text: str) -> None:
        try:
            found = read_message(text)
        except OddAnswer as odd:
            self._missed(str(odd))
            return
        if isinstance(found, Pushed):
            self._take(found)
        elif not found.is_taken:
            self._missed(f"{found.code} {found.message}")

    def _take(self, pushed: Pushed) -> None:
        for item in pushed.items:
            if isinstance(item, OrderSeen):
                self._ordered(item)
            elif isinstance(item, FillSeen):
                self._filled(item)

    def _learnt(self, venue_order_id: str, client_order_id: str) -> None:
        """A name is known now: what waited for it is told."""
        for fill in self._waiting.pop(venue_order_id, ()):
            self._tell_fill(client_order_id, fill)

    def _ordered(self, seen: OrderSeen) -> None:
        order = self._order_of(seen.client_order_id)
        self._names.learn(seen.venue_order_id, seen.client_order_id)
        if order is None:
            self._stray(seen.client_order_id)
            return
        self._owe(order, seen)
        report = report_seen(order, seen, self._clock.now_ns, Source.VENUE)
        if report is not None:
            self._reports.report(report)

    def _owe(self, order: Order, seen: OrderSeen) -> None:
        try:
            points = order.instrument.data_size(f"{seen.filled:f}")
        except GridError as error:
            self._missed(str(error))
            return
        if points > max(order.filled_points, self._owed.get(order.client_order_id, (0, 0.0))[0]):
            self._owed.pop(order.client_order_id, None)  # the latest is owed last
            self._owed[order.client_order_id] = points, asyncio.get_running_loop().time() + OWED_S

    def _filled(self, fill: FillSeen) -> None:
        client_order_id = fill.client_order_id or self._names.ours(fill.venue_order_id)
        if client_order_id:
            self._tell_fill(client_order_id, fill)
            return
        if sum(map(len, self._waiting.values())) >= WAITING_MAX:
            self._waiting.clear()
            self._missed(f"{WAITING_MAX} fills of orders that nobody knows")
        self._waiting.setdefault(fill.venue_order_id, []).append(fill)

    def _tell_fill(self, client_order_id: str, fill: FillSeen) -> None:
        order = self._order_of(client_order_id)
        if order is None:
            self._stray(client_order_id)
            return
        there = order.instrument
        try:
            price, size = there.data_price(f"{fill.price:f}"), there.data_size(f"{fill.size:f}")
        except GridError as error:
            self._missed(str(error))
            return
        ours = Fill(fill.trade_id, price, size, fill.fee.amount, fill.fee.asset, fill.is_maker)
        self._reports.report(
            OrderReport(
                client_order_id, self._clock.now_ns, ReportKind.FILLED, Source.VENUE, fill.venue_order_id, fill=ours
            )
        )


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
