"""A network in memory for the virtual loop: pairs of transports that carry bytes to one another after a delay.

A server of aiohttp's, our own order connections and clients of aiohttp's all run on it as they are: whoever would open a
socket is given one end of a pair. Nothing is lost or changes places; what goes wrong is the server's to play.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.client_proto import ResponseHandler

from framework.gateway.connection import Connection
from framework.gateway.dial import TcpDial

PORT: Final = 8_766
DELAY_S: Final = 0.002
HERE: Final = ("127.0.0.1", PORT)


class End(asyncio.Transport):
    """One end of a pair."""

    def __init__(self, protocol: asyncio.BaseProtocol, delay_s: float) -> None:
        super().__init__()
        self.other: End
        self._protocol = protocol
        self._delay_s = delay_s
        self._is_paused = False
        self._is_over = False
        self._unread: list[bytes] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return HERE if name in ("peername", "sockname") else default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._is_over

    def is_reading(self) -> bool:
        return not self._is_paused

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        unread, self._unread = self._unread, []
        for data in unread:
            self._hear(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def can_write_eof(self) -> bool:
        return False

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:  # type: ignore[override]  # narrower on 3.11
        if data and not self._is_over:
            asyncio.get_running_loop().call_later(self._delay_s, self.other._hear, bytes(data))

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self._is_over:
            asyncio.get_running_loop().call_later(self._delay_s, self.other._lose)
            self._lose()

    def _hear(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_paused:
            self._unread.append(data)
        else:
            self._protocol.data_received(data)  # type: ignore[attr-defined]  # of asyncio.Protocol

    def _lose(self) -> None:
        if not self._is_over:
            self._is_over = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)


class MemoryNet:
    """Reaches one server.

    Args:
        answering: makes the server's protocol of a new connection.
    """

    def __init__(self, answering: Callable[[], asyncio.BaseProtocol], delay_s: float = DELAY_S) -> None:
        self.opened = 0
        self._answering = answering
        self._delay_s = delay_s

    def pair(self, protocol: asyncio.BaseProtocol) -> End:
        """Connect a client's protocol; gives its end, which it has not been told of."""
        self.opened += 1
        server = self._answering()
        ours, theirs = End(protocol, self._delay_s), End(server, self._delay_s)
        ours.other, theirs.other = theirs, ours
        server.connection_made(theirs)
        return ours

    def connector(self) -> aiohttp.BaseConnector:
        """For a client of aiohttp's."""
        return MemoryConnector(self)

    def dial(self) -> MemoryDial:
        """For our order connections."""
        return MemoryDial(self)


class MemoryConnector(aiohttp.BaseConnector):
    """Gives aiohttp's clients their end of a pair."""

    def __init__(self, net: MemoryNet) -> None:
        super().__init__()
        self._net = net

    async def _create_connection(self, *_asked: object) -> ResponseHandler:
        protocol = self._factory()
        protocol.connection_made(self._net.pair(protocol))
        return protocol


class MemoryDial(TcpDial):
    """Gives our order connections their end of a pair."""

    def __init__(self, net: MemoryNet) -> None:
        super().__init__(*HERE)
        self._net = net

    async def __call__(self, connection: Connection) -> None:
        connection.connection_made(self._net.pair(connection))


@asynccontextmanager
async def serving_in_memory(app: web.Application) -> AsyncIterator[MemoryNet]:
    """Serve an application for the length of a block."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        server = runner.server
        assert server is not None
        yield MemoryNet(server)
    finally:
        await runner.cleanup()
