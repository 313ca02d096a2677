"""What the gate race counts with: sockets that count what the kernel took, and a venue that sometimes stops reading.

The claim: no byte of a request that creates orders is handed to the kernel after `close` has returned.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import pytest

from framework.gateway.connection import Connection
from framework.gateway.dial import put_tls_on
from framework.gateway.outcome import Answered, Outcome
from framework.gateway.pool import PoolTimes
from framework.gateway.road import Road
from framework.kernel.clock import RealClock
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING
from tests.gateway.memory import OK, armed, order, passage, ping

SMALL = 8_192
"""Kernel buffers, so that a large request soon waits on our side."""
LARGE = 600_000
"""Bytes of an order for a peer that stops reading: more than all buffers between us hold, TLS's included."""
WINDOW_S = 0.002
"""Orders and the trip fall into this time, at random."""


class Tally:
    """What left when."""

    def __init__(self) -> None:
        self.round = 0
        self.is_tripped = False
        """Set when `close` has returned."""
        self.late_bytes = 0
        self.bytes = 0
        self.outcomes: list[Outcome] = []


class CountingSocket(socket.socket):
    """Counts bytes that the kernel took. One made after a trip carries pings only, and counts for the next round."""

    tally: Tally | None = None
    made_in = 0

    def send(self, data: bytes | bytearray | memoryview[int], flags: int = 0) -> int:  # type: ignore[override]  # of what asyncio gives
        is_late = self._is_late()
        return self._count(super().send(data, flags), is_late)

    def sendmsg(self, *arguments: object) -> int:  # type: ignore[override]  # asyncio of 3.12 and later calls it
        is_late = self._is_late()
        return self._count(super().sendmsg(*arguments), is_late)  # type: ignore[arg-type]  # handed through

    def _is_late(self) -> bool:
        """Asked before the bytes are handed over: what began before the trip returned may end after it."""
        return self.tally is not None and self.tally.is_tripped and self.made_in <= self.tally.round

    def _count(self, sent: int, is_late: bool) -> int:
        if self.tally is not None:
            self.tally.bytes += sent
            self.tally.late_bytes += sent if is_late else 0
        return sent


class CountingDial:
    """Dials loopback over counting sockets."""

    def __init__(self, port: int, tally: Tally, tls: ssl.SSLContext | None) -> None:
        self.port = port
        self.tally = tally
        self.tls = tls

    async def __call__(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        sock = CountingSocket(socket.AF_INET, socket.SOCK_STREAM)
        sock.tally, sock.made_in = self.tally, self.tally.round + self.tally.is_tripped
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, ("127.0.0.1", self.port))
        except BaseException:
            sock.close()
            raise
        if self.tls is None:
            await loop.create_connection(lambda: connection, sock=sock)
            return
        raw, _ = await loop.create_connection(asyncio.Protocol, sock=sock)
        await put_tls_on(raw, connection, self.tls, "localhost")


class Peer(asyncio.Protocol):
    """The venue's end of a connection. A large order makes it stop reading until it is told to go on."""

    stopped: ClassVar[list[asyncio.Transport]] = []

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.got = b""
        self.is_slow = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        if b" /orders/slow " in self.got[:64] and not self.is_slow:
            self.is_slow = True
            self.transport.pause_reading()
            self.stopped.append(self.transport)
        head = self.got.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.got.find(b"Content-Length: ", 0, head)
        length = 0 if at < 0 else int(self.got[at + 16 :].split(b"\r\n", 1)[0])
        if len(self.got) < head + 4 + length:
            return
        self.got, self.is_slow = b"", False
        asyncio.get_running_loop().call_later(self.chance.random() * WINDOW_S, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(OK)

    @classmethod
    def read_on(cls) -> None:
        for transport in cls.stopped:
            if not transport.is_closing():
                transport.resume_reading()
        cls.stopped.clear()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of localhost, signed by itself, and its key: made now, for a day."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate for TLS on loopback")
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(chain), "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return chain, key


def contexts(certificate: tuple[Path, Path]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The venue's context and ours."""
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(*certificate)
    return theirs, ssl.create_default_context(cafile=str(certificate[0]))


@contextmanager
def tripping(word: KillWord, tally: Tally, delay_s: float, *, by_thread: bool) -> Iterator[asyncio.Event]:
    """Trip at an instant of the block, from the loop or from another thread; gives an event of its return."""
    loop, is_done = asyncio.get_running_loop(), asyncio.Event()

    def trip() -> None:
        word.close(EVERYTHING, "race")
        tally.is_tripped = True
        loop.call_soon_threadsafe(is_done.set)

    def wait_and_trip() -> None:
        Event().wait(delay_s)
        trip()

    if not by_thread:
        loop.call_later(delay_s, trip)
        yield is_done
        return
    thread = Thread(target=wait_and_trip)
    thread.start()
    try:
        yield is_done
    finally:
        thread.join()


async def race(
    *,
    rounds: int,
    orders: int,
    by_thread: bool,
    certificate: tuple[Path, Path] | None = None,
    seed: int = 1,
    make_road: Callable[..., Road] = Road,
) -> Tally:
    """Play rounds: so many orders at random instants, one to a peer that stops reading, and a trip among them."""
    chance, tally, word, loop = random.Random(seed), Tally(), armed(), asyncio.get_running_loop()
    theirs, ours = contexts(certificate) if certificate else (None, None)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    listening.bind(("127.0.0.1", 0))
    server = await loop.create_server(lambda: Peer(chance), sock=listening, ssl=theirs, backlog=100)
    dial = CountingDial(listening.getsockname()[1], tally, ours)
    pace = PoolTimes(answer_s=10.0, idle_s=1_000.0, retry_s=0.001, retry_s_max=0.01)
    road = make_road(dial, word, RealClock(), ping, creating=orders, cancelling=1, asking=1, pace=pace)
    async with road.up():
        for number in range(rounds):
            tally.round, tally.is_tripped = number, False
            word.open(EVERYTHING)
            await road.ready()
            await one_round(road, word, tally, chance, orders, by_thread=by_thread)
    server.close()
    await server.wait_closed()
    return tally


async def one_round(
    road: Road, word: KillWord, tally: Tally, chance: random.Random, orders: int, *, by_thread: bool
) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    expected = len(tally.outcomes) + orders
    cleared = passage(word)

    def done(outcome: Outcome) -> None:
        tally.outcomes.append(outcome)
        if len(tally.outcomes) == expected:
            told.set()

    def place(number: int) -> None:
        road.create(order("slow", LARGE) if number == 0 else order(number), cleared, done)

    with tripping(word, tally, chance.random() * WINDOW_S, by_thread=by_thread) as is_done:
        place(0)
        for number in range(1, orders):
            loop.call_later(chance.random() * WINDOW_S, place, number)
        await is_done.wait()
        # Long enough for what was held back to leave, if anything lets it.
        for _ in range(3):
            await asyncio.sleep(0)
        Peer.read_on()
        async with asyncio.timeout(20):
            await told.wait()


def answered(tally: Tally) -> int:
    return sum(isinstance(outcome, Answered) for outcome in tally.outcomes)
