"""Tick to order over loopback: from a trade's frame leaving the venue until a whole signed order is there.

Three who trade, one after the other, each on a stream and an order connection of its own to a venue that is a process of its
own: the framework (codec, engine, strategy, router, limits of Bitget without their count, gate, journal written and not
waited for, order road), in the plain dialect and in Bitget's; ccxt as its documents say (`watch_trades`, `create_order`);
and a floor: the least that is typed and signed, with nothing behind it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from hmac import digest
from typing import Any, Final

import aiohttp
import msgspec
from msgspec.structs import replace

from benchmarks.ends import SECRET, End, bitget, plain
from benchmarks.house import House, unlimited
from benchmarks.measures import Measure, Scope
from benchmarks.order_road import WALL
from benchmarks.results import ROOT
from benchmarks.tick_bytes import Later, Taking
from framework.gateway.dial import TcpDial
from framework.gateway.road import Road
from framework.kernel.clock import Clock, RealClock
from framework.kernel.journal import JournalWriter
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.bitget.rules import SPOT
from framework.venues.streams import Channel, Events, Topic

TICKS: Final = 500
WARM: Final = 50
CPU: Final = "us CPU"
STEP_S: Final = 0.005


def tick_road(scope: Scope) -> Sequence[Measure]:
    """The median and the slow ones of each; CPU time of our process from tick to tick."""
    timer = scope.timer()
    before_s = timer.step_s()
    found = [figure for name, trader in TRADERS.items() for figure in asyncio.run(_traded(scope, name, trader))]
    step_s = (before_s + timer.step_s()) / 2
    return [Measure(name, us, unit, us / 1e6 / step_s) for name, us, unit in found]


async def _traded(scope: Scope, name: str, trader: Callable[..., Any]) -> list[tuple[str, float, str]]:
    ticks, warm = scope.of(TICKS, 5), scope.of(WARM, 1)
    command = [sys.executable, "-m", "benchmarks.tick_server"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:  # type: ignore[call-overload]  # noqa: ASYNC220 - before anything runs
        orders, stream = (int(port) for port in server.stdout.readline().split())
        async with aiohttp.ClientSession() as session:
            control = _Control(session, orders)
            trading = asyncio.ensure_future(trader(orders, stream, scope))
            await control.ticks(warm)
            started_s = time.process_time()
            stamps = await control.ticks(ticks)
            cpu_us = (time.process_time() - started_s) / ticks * 1e6
            trading.cancel()
            await asyncio.gather(trading, return_exceptions=True)
        server.stdin.close()
    waits = sorted((there - sent) / 1_000 for sent, there in stamps)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    return [(f"{name}_p50", p50, WALL), (f"{name}_p99", p99, WALL), (f"{name}_cpu", cpu_us, CPU)]


class _Control:
    """Tells the venue to begin, and asks what it saw."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"

    async def ticks(self, count: int) -> list[tuple[int, int]]:
        """So many ticks, each answered by an order."""
        await self._get(f"/begin/{count}")
        found: list[tuple[int, int]] = []
        while len(found) < count:
            await asyncio.sleep(STEP_S * count / 10)
            found += await self._get("/stamps")
        return found

    async def _get(self, path: str) -> Any:
        async with self._session.get(self._base + path) as answer:
            return msgspec.json.decode(await answer.read())


# The framework.


async def framework(orders: int, stream: int, scope: Scope, dialect: Callable[[str, Clock], End]) -> None:
    """The framework's whole road."""
    dial, word, clock = TcpDial("127.0.0.1", orders), KillWord(), RealClock()
    word.open(EVERYTHING)
    end = dialect(dial.name, clock)
    rules = replace(SPOT, markets=tuple([replace(market, open_orders_max=10**6) for market in SPOT.markets]))
    there, later = rules.instrument("BTC/USDT"), Later()  # its orders are accepted, and nothing more becomes of them
    with JournalWriter(scope.folder / f"tick-{clock.now_ns}", "0" * 16) as journal:
        house = House({"it": Taking()}, (there,), clock.now_ns, journal.write, unlimited(rules), later)
        core = house.core
        road = Road(dial, word, clock, end.ping, creating=4)
        later.port = end.port(road, word, core)
        house.start()
        channel = Channel(Topic.TRADES, there)
        codec = PublicCodec([channel])
        async with (
            road.up(),
            aiohttp.ClientSession() as session,
            session.ws_connect(_url(stream), decode_text=False) as socket,
        ):
            await socket.send_str(codec.subscribe([channel])[0])
            async for message in socket:
                heard = codec.hear(message.data, clock.now_ns)
                if isinstance(heard, Events):
                    for _ in core.play(heard.events):
                        pass


# ccxt.


async def ccxt(orders: int, stream: int, scope: Scope) -> None:  # noqa: ARG001
    """A foreign client, as its documents say."""
    import ccxt.pro  # type: ignore[import-untyped]  # it has no types

    client = ccxt.pro.bitget({"apiKey": "k", "secret": "s", "password": "p", "enableRateLimit": False})
    rest = f"http://127.0.0.1:{orders}"
    client.urls["api"] = dict.fromkeys([part for part in client.urls["api"] if part != "ws"], rest)
    client.urls["api"]["ws"] = dict.fromkeys(("public", "private", "utaPublic", "utaPrivate"), _url(stream))
    client.set_markets([client.safe_market_structure(MARKET)])
    client.options["uta"] = False
    try:
        while True:
            await client.watch_trades("BTC/USDT")
            await client.create_order("BTC/USDT", "limit", "buy", 0.0001, 30000.01, {"timeInForce": "IOC"})
    finally:
        await client.close()


MARKET: Final = {
    "id": "BTCUSDT",
    "symbol": "BTC/USDT",
    "base": "BTC",
    "quote": "USDT",
    "baseId": "BTC",
    "quoteId": "USDT",
    "type": "spot",
    "spot": True,
    "active": True,
    "precision": {"amount": 0.000001, "price": 0.01},
}


# The floor.


class _Row(msgspec.Struct, gc=False):
    price: str


class _Push(msgspec.Struct, gc=False):
    data: list[_Row] = []


class _Wire(asyncio.Protocol):
    """Writes, and does not look at answers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


async def floor(orders: int, stream: int, scope: Scope) -> None:  # noqa: ARG001
    """One typed decode, one signature, one write."""
    decode = msgspec.json.Decoder(_Push).decode
    _, wire = await asyncio.get_running_loop().create_connection(_Wire, "127.0.0.1", orders)
    async with aiohttp.ClientSession() as session, session.ws_connect(_url(stream)) as socket:
        await socket.send_str("{}")
        async for message in socket:
            for row in decode(message.data).data:
                body = b'{"symbol":"BTC/USDT","orders":[{"id":"x","side":"buy","size":"0.0001","price":"%b"}]}'
                body %= row.price.encode()
                stamp = time.time_ns()
                made = digest(SECRET, b"%dPOST/orders%b" % (stamp, body), sha256).hex().encode()
                head = b"POST /orders HTTP/1.1\r\nHost: x\r\nX-Time: %d\r\nX-Sign: %b\r\nContent-Length: %d\r\n\r\n"
                wire.transport.write(head % (stamp, made, len(body)) + body)  # type: ignore[attr-defined]  # a transport


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/ws".replace("http", "ws")


TRADERS: Final = {
    "tick_road": partial(framework, dialect=plain),
    "tick_road_bitget": partial(framework, dialect=bitget),
    "tick_road_ccxt": ccxt,
    "tick_road_floor": floor,
}
