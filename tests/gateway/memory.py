"""A venue in memory for the virtual loop: a dial whose transports carry bytes to a function after a delay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from framework.gateway.connection import Connection
from framework.gateway.http1 import request_bytes
from framework.kernel.kill_word import KillWord, Passage
from framework.model.scopes import EVERYTHING

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def ping() -> bytes:
    return request_bytes("GET", "/time", "localhost")


def order(number: int | str = 1, size: int = 0) -> Callable[[], bytes]:
    body = f'{{"order":{number}}}'.encode() + b" " * size
    return lambda: request_bytes("POST", f"/orders/{number}", "localhost", body=body)


def cancel(number: int = 1) -> Callable[[], bytes]:
    return lambda: request_bytes("DELETE", f"/orders/{number}", "localhost")


def armed() -> KillWord:
    word = KillWord()
    word.open(EVERYTHING)
    return word


def passage(word: KillWord, strategy: str = "mm") -> Passage:
    return Passage("plain", "main", "BTC/USDT@plain", (strategy,), word.epoch, 1 << 62)


class MemoryTransport(asyncio.Transport):
    """Delivers whole writes; what is written is kept back while `is_stuck`."""

    def __init__(self, venue: MemoryVenue, connection: Connection) -> None:
        super().__init__()
        self.venue = venue
        self.connection = connection
        self.buffer = b""
        self.is_gone = False
        self.requests: list[bytes] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.is_gone

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:  # type: ignore[override]  # narrower on 3.11
        assert not self.is_gone
        if self.venue.is_stuck:
            self.buffer += bytes(data)
        else:
            self.arrive(bytes(data))

    def arrive(self, data: bytes) -> None:
        self.requests.append(data)
        self.venue.requests.append(data)
        said = self.venue.say(data)
        if said is not None:
            asyncio.get_running_loop().call_later(self.venue.delay_s, self.hear, said)

    def hear(self, data: bytes) -> None:
        if not self.is_gone:
            self.connection.data_received(data)

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self.lose(None)

    def lose(self, error: Exception | None) -> None:
        if not self.is_gone:
            self.is_gone = True
            self.buffer = b""
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, error)


class MemoryVenue:
    """Dials itself. `say` gives the answer to a request, or None for silence."""

    def __init__(self, say: Callable[[bytes], bytes | None] = lambda data: OK, delay_s: float = 0.010) -> None:
        self.say = say
        self.delay_s = delay_s
        self.is_stuck = False
        self.is_away = False
        self.requests: list[bytes] = []
        self.transports: list[MemoryTransport] = []
        self.dialled_s: list[float] = []

    @property
    def creating(self) -> list[bytes]:
        return [data for data in self.requests if data.startswith(b"POST")]

    async def __call__(self, connection: Connection) -> None:
        self.dialled_s.append(asyncio.get_running_loop().time())
        if self.is_away:
            raise ConnectionRefusedError("nobody is there")
        transport = MemoryTransport(self, connection)
        self.transports.append(transport)
        connection.connection_made(transport)
