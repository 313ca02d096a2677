"""One open connection to a venue's public stream: what the stream needs of it, and aiohttp's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Literal, Protocol

import aiohttp

FRAME_BYTES_MAX: Final = 4 << 20


class LineDown(Exception):  # ends a connection; nobody's error
    """A connection is of no use any more. Says why."""


class Socket(Protocol):
    """One open connection."""

    async def send(self, text: str) -> None:
        """Send a text frame. Raises LineDown."""
        ...

    async def receive(self) -> bytes:
        """The next frame. Raises LineDown."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


Dial = Callable[[], Awaitable[Socket]]
"""Opens a connection. Raises LineDown."""


class AiohttpSocket:
    """A connection of aiohttp's."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse[Literal[False]]) -> None:
        self._ws = ws

    async def send(self, text: str) -> None:
        """Send a text frame. Raises LineDown."""
        try:
            await self._ws.send_str(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise LineDown(f"cannot send: {str(error) or type(error).__name__}") from error

    async def receive(self) -> bytes:
        """The next frame. Raises LineDown."""
        said = await self._ws.receive()
        if said.type is aiohttp.WSMsgType.TEXT or said.type is aiohttp.WSMsgType.BINARY:
            frame: bytes = said.data
            return frame
        raise LineDown(f"closed by the venue, code {self._ws.close_code}")

    async def close(self) -> None:
        """Let go of it."""
        await self._ws.close()


def dialer(session: aiohttp.ClientSession, url: str) -> Dial:
    """Opens connections to a URL. A frame above `FRAME_BYTES_MAX` ends one."""

    async def dial() -> Socket:
        try:
            ws = await session.ws_connect(
                url, max_msg_size=FRAME_BYTES_MAX, timeout=aiohttp.ClientWSTimeout(ws_close=1.0), decode_text=False
            )  # codecs read bytes: their decoder looks at the encoding itself
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise LineDown(f"{url}: {str(error) or type(error).__name__}") from error
        return AiohttpSocket(ws)

    return dial
