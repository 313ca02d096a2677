"""The private stream of the plain dialect: what happens to our orders, as it happens.

Messages are numbered. Where one is missing, or the stream was away, `missed` is told: then the venue must be asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp

from framework.gateway.plain.codec import Message, read_message, told_report
from framework.kernel.clock import Clock
from framework.kernel.logging import get_logger
from framework.kernel.seldom import AWAY_EVERY_S, Seldom
from framework.model.instrument import Instrument
from framework.ports import ReportSink

HEARTBEAT_S: Final = 10.0
RETRY_S: Final = 0.05
RETRY_S_MAX: Final = 5.0
MESSAGE_BYTES_MAX: Final = 65_536
LISTENING: Final = "listening"

log = get_logger()


class PlainStream:
    """Listens to one account.

    Args:
        url: `ws://127.0.0.1:PORT/stream`.
        instrument_of: the instrument of an order of ours by its id; None: it is not ours.
        missed: told why what the stream said is not all that happened.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        reports: ReportSink,
        instrument_of: Callable[[str], Instrument | None],
        missed: Callable[[str], None],
    ) -> None:
        self._url = url
        self._clock = clock
        self._reports = reports
        self._instrument_of = instrument_of
        self._missed = missed
        self._seq: int | None = None
        self.listening = asyncio.Event()
        """Set while what happens is heard."""
        self.strays = 0
        """Messages about orders that are not ours."""

    async def run(self) -> None:
        """Listen until cancelled; connect again when the stream ends."""
        retry_s, failures = RETRY_S, Seldom(AWAY_EVERY_S)
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.ws_connect(
                        self._url, heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX
                    ) as ws:
                        retry_s = RETRY_S
                        await self._listen(ws)
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    if times := failures.take(asyncio.get_running_loop().time()):
                        log.warning("stream.failed", venue="plain", error=type(error).__name__, times=times)
                self.listening.clear()
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, RETRY_S_MAX)

    async def _listen(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for said in ws:
            if said.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return
            message = read_message(said.data)
            if message is None:
                self._missed("a message that is none of the dialect")
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        expected = None if self._seq is None else self._seq + 1
        if message.kind == LISTENING:
            if self._seq is not None and message.seq != self._seq:
                self._missed(f"messages {expected} to {message.seq} while the stream was away")
            self._seq = message.seq
            self.listening.set()
            return
        if expected is not None and message.seq > expected:
            self._missed(f"messages {expected} to {message.seq - 1}")
        self._seq = max(message.seq, self._seq or 0)
        self._tell(message)

    def _tell(self, message: Message) -> None:
        there = self._instrument_of(message.id)
        if there is None:
            self.strays += 1
            return
        try:
            report = told_report(message, there, self._clock.now_ns)
        except ValueError:
            self._missed("a message that cannot be read")
            return
        self._reports.report(report)
