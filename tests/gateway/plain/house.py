"""The plain dialect's port on a road to a real sandbox, all on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from framework.gateway.dial import TcpDial
from framework.gateway.plain.codec import question
from framework.gateway.plain.port import PlainPort
from framework.gateway.pool import PoolTimes
from framework.gateway.road import Road
from framework.kernel.kill_word import KillWord
from framework.model.batch import Batch, BatchKind, Change, Cleared, request_kind
from framework.model.events import OrderReport, ReportKind
from framework.model.orders import Order, OrderState, write
from framework.model.request_answer import RequestAnswer
from framework.sandbox.faults import Fault, FaultList
from framework.sandbox.plain.venue import PlainServer, serving
from tests.gateway.memory import armed
from tests.sandbox.house import venue
from tests.wired import NOON, spot

BTC = spot(venue="plain")


def order(number: str = "a", price: int = 9_900, ts_created_ns: int = NOON) -> Order:
    return Order(
        client_order_id=number,
        strategy="mm",
        instrument=BTC,
        is_buy=True,
        size_points=1_500,
        price_points=price,
        post_only=True,
        ts_created_ns=ts_created_ns,
    )


def batch(kind: BatchKind, *orders: Order, changes: tuple[Change, ...] = ()) -> Batch:
    return Batch(1, "plain", "main", BTC, request_kind(kind, len(orders)), orders, changes)


def sign(method: str, target: str, body: bytes) -> list[tuple[str, str]]:
    return [("X-Sign", f"{method} {target} {len(body)}")]


class Heard:
    """A report sink that can be waited on."""

    def __init__(self) -> None:
        self.reports: list[OrderReport] = []
        self.answers: list[RequestAnswer] = []
        self._more = asyncio.Event()

    def report(self, report: OrderReport) -> None:
        self.reports.append(report)
        self._more.set()

    def answered(self, answer: RequestAnswer) -> None:
        self.answers.append(answer)

    async def wait(self, count: int) -> list[tuple[str, ReportKind, str]]:
        async with asyncio.timeout(20):
            while len(self.reports) < count:
                self._more.clear()
                await self._more.wait()
        return [(report.client_order_id, report.kind, report.reason) for report in self.reports]


class House:
    """A port on a road to a sandbox."""

    def __init__(self, server: PlainServer, port: PlainPort, heard: Heard, word: KillWord, road: Road) -> None:
        self.server = server
        self.port = port
        self.heard = heard
        self.word = word
        self.road = road

    def send(self, kind: BatchKind, *orders: Order, changes: tuple[Change, ...] = ()) -> None:
        """What the sender does once the gate has cleared a batch."""
        if kind is BatchKind.PLACE:
            for one in orders:
                write(one, state=OrderState.SENT)
        before = len(self.heard.reports)
        self.port.send(Cleared(batch(kind, *orders, changes=changes), NOON))
        assert len(self.heard.reports) == before  # never before `send` has returned


@asynccontextmanager
async def open_house(*faults: Fault, limit: int = 1_000, answer_s: float = 5.0) -> AsyncIterator[House]:
    server = PlainServer(venue(limit), FaultList(list(faults)))
    clock = server.venue.clock
    async with serving(server) as number:
        dial, word, heard = TcpDial("127.0.0.1", number), armed(), Heard()

        def stamped(method: str, target: str, body: bytes) -> list[tuple[str, str]]:
            return [("X-Time", str(clock.now_ns)), *sign(method, target, body)]

        ping = partial(question, "/time", dial.name, stamped)
        road = Road(dial, word, clock, ping, creating=2, cancelling=1, pace=PoolTimes(answer_s=answer_s))
        async with road.up():
            yield House(
                server, PlainPort(road, word, clock, heard, dial.name, stamped, server.venue.rules), heard, word, road
            )
