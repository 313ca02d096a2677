"""Bytes of a trade to bytes of a signed order, in one process: codec, engine, strategy, router, risk, journal, gate, road.

The road's connections end in memory: what is timed ends where a transport is given the whole request. The record of the
request is written and not waited for. CPU time of the thread, tick by tick: the middle one and the slow ones.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from benchmarks.ends import bitget
from benchmarks.feed import trade_frames
from benchmarks.house import House, unlimited
from benchmarks.measures import MICROSECONDS, Measure, Scope
from framework import Strategy, Trade
from framework.config.limits import LimitsTable
from framework.gateway.connection import Connection
from framework.gateway.road import Road
from framework.kernel.clock import RealClock
from framework.kernel.journal import JournalWriter
from framework.kernel.kill_word import KillWord
from framework.model.batch import Cleared
from framework.model.scopes import EVERYTHING
from framework.ports import OrderPort
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.bitget.rules import SPOT
from framework.venues.streams import Channel, Events, Topic

TICKS: Final = 2_000
WARM: Final = 200
PAIR: Final = "BTC/USDT@bitget"
ID: Final = re.compile(rb'"clientOid":"([^"]+)"')
LIMITS: Final = {
    "instruments": [PAIR],
    "max_order_notional": "1000 USDT",
    "max_position": "10000000 USDT",
    "max_loss": "10000000 USDT",
    "message_rate": "100000/s",
    "price_collar": "5%",
}
"""Those that live trading does not start without."""


def tick_bytes(scope: Scope) -> Sequence[Measure]:
    """In Bitget's dialect."""
    timer = scope.timer()
    before_s = timer.step_s()
    times_ns = sorted(asyncio.run(_traded(scope)))
    step_s = (before_s + timer.step_s()) / 2
    parts = {"p50": times_ns[len(times_ns) // 2], "p99": times_ns[len(times_ns) * 99 // 100]}
    return [
        Measure(f"tick_bytes_{part}", found / 1e3, MICROSECONDS, found / 1e9 / step_s) for part, found in parts.items()
    ]


class Taking(Strategy):
    """An order at each trade, at its price."""

    instrument: str = PAIR

    def on_start(self) -> None:
        self.trades(self.instrument)

    def on_trade(self, trade: Trade) -> None:
        self.buy(self.instrument, "0.0001", price=trade.price, tif="ioc")


class Venue(asyncio.Transport):
    """A connection's other end: takes whole requests, and says yes to each a turn of the loop later."""

    left_ns: int = 0
    """When a request with an order was handed over; thread time, of all connections."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """A request."""
        Venue.left_ns = time.thread_time_ns()
        found = ID.search(data)
        name = found[1].decode() if found else ""
        said = {"code": "00000", "msg": "success", "data": {"orderId": f"v{name}", "clientOid": name}}
        body = json.dumps(said).encode()
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        asyncio.get_running_loop().call_soon(self._connection.data_received, answer)

    def is_closing(self) -> bool:
        """Never."""
        return False

    def abort(self) -> None:
        """There is nothing to end but the connection."""
        asyncio.get_running_loop().call_soon(self._connection.connection_lost, None)

    def get_write_buffer_size(self) -> int:
        """What was written is there."""
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - there is no socket
        """Nothing."""
        return default


async def _dial(connection: Connection) -> None:
    connection.connection_made(Venue(connection))


class Later:
    """The port, which is there once the core is that it reports to."""

    port: OrderPort

    def send(self, cleared: Cleared) -> None:
        """See `OrderPort`."""
        self.port.send(cleared)


async def _traded(scope: Scope) -> list[int]:
    """Thread time from each frame to its order."""
    word, clock = KillWord(), RealClock()
    word.open(EVERYTHING)
    rules = replace(SPOT, markets=tuple([replace(market, open_orders_max=10**6) for market in SPOT.markets]))
    there, later = rules.instrument("BTC/USDT"), Later()  # its orders are accepted, and nothing more becomes of them
    warm, ticks = scope.of(WARM, 2), scope.of(TICKS, 10)
    with JournalWriter(scope.folder / f"tick-bytes-{clock.now_ns}", "0" * 16) as journal:
        limits = LimitsTable.model_validate(LIMITS)
        house = House({"it": Taking()}, (there,), clock.now_ns, journal.write, unlimited(rules), later, limits=limits)
        end = bitget("venue", clock)
        road = Road(_dial, word, clock, end.ping)
        later.port = end.port(road, word, house.core)
        house.start()
        hear = PublicCodec([Channel(Topic.TRADES, there)]).hear
        play = partial(_play, house)
        async with road.up():
            return [await _tick(hear, play, frame, clock) for frame in trade_frames(warm + ticks)][warm:]


def _play(house: House, events: Sequence[Any]) -> None:
    for _ in house.core.play(events):
        pass


async def _tick(hear: Any, play: Any, frame: bytes, clock: RealClock) -> int:
    """Thread time of one, its answer read afterwards."""
    Venue.left_ns = 0
    started_ns = time.thread_time_ns()
    heard = hear(frame, clock.now_ns)
    assert isinstance(heard, Events), heard
    play(heard.events)
    assert Venue.left_ns, "no order left"
    took_ns = Venue.left_ns - started_ns
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return took_ns
