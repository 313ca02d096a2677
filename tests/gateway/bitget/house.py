"""A Bitget port, and questions, on a road to the sandbox on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from types import SimpleNamespace

from framework.gateway.bitget.names import Names
from framework.gateway.bitget.port import BitgetPort
from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.dial import TcpDial
from framework.gateway.pool import PoolTimes
from framework.gateway.road import Road
from framework.model.batch import Batch, BatchKind, Change, Cleared, RequestKind, request_kind
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState, write
from framework.model.request_answer import RequestAnswer
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.faults import Fault, FaultList
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.products import AccountKind
from framework.venues.bitget.rules import SPOT, UNIFIED
from framework.venues.bitget.signing import Credentials, HmacSigner
from tests.gateway.memory import armed
from tests.gateway.plain.house import Heard
from tests.sandbox.bitget.scene import START_NS, key, venue

BTC = Instrument("BTC/USDT", "bitget", 2, 6, notional_min=Decimal(1))
SWAP = Instrument("BTC/USDT:USDT", "bitget", 1, 4)


def order(name: str = "a", size: int = 1_000, price: int = 5_900_000, **more: object) -> Order:
    """0.001 BTC at 59,000.00: it rests."""
    given = {"instrument": BTC, "is_buy": True, "ts_created_ns": START_NS, "strategy": "mm"} | more
    return Order(client_order_id=name, size_points=size, price_points=price, **given)


def batch(
    kind: BatchKind, *orders: Order, changes: tuple[Change, ...] = (), request: RequestKind | None = None
) -> Batch:
    there = orders[0].instrument
    return Batch(7, "bitget", "main", there, request or request_kind(kind, len(orders)), orders, changes)


class Listening(Heard):
    """Whose answers can be waited on, too."""

    async def wait_answers(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.answers) < count:
                self._more.clear()
                await self._more.wait()

    def answered(self, answer: RequestAnswer) -> None:
        super().answered(answer)
        self._more.set()


class House(SimpleNamespace):
    def send(self, kind: BatchKind, *orders: Order, **more: object) -> None:
        if kind is BatchKind.PLACE:
            for one in orders:
                write(one, state=OrderState.SENT)
        before = len(self.heard.reports)
        self.port.send(Cleared(batch(kind, *orders, **more), START_NS))
        assert len(self.heard.reports) == before  # never before `send` has returned

    def open(self) -> list[str]:
        """What rests at the venue, by our ids."""
        (entry,) = [entry for uid, entry in self.server.venue.order_entries.items() if uid == self.key.uid]
        return [one.client_id for one in entry.member.open.values()]


@asynccontextmanager
async def open_house(
    *faults: Fault, name: str = "classic-trade", account: AccountKind = AccountKind.CLASSIC, ask: int = 6_000_100,
    answer_s: float = 5.0, is_demo: bool = False,
) -> AsyncIterator[House]:  # fmt: skip
    server = BitgetServer(venue(), FaultList(list(faults)))
    clock, held = server.venue.clock, key(server.venue, name)
    credentials = Credentials(held.key, held.passphrase, HmacSigner(held.secret.encode()), is_demo=is_demo)
    async with serving(server) as number:
        dial, word, heard, halts = TcpDial("127.0.0.1", number), armed(), Listening(), []
        wire = BitgetWire(dial.name, clock, credentials)
        road = Road(dial, word, clock, wire.ping, creating=2, cancelling=1, pace=PoolTimes(answer_s=answer_s))
        names = Names()
        port = BitgetPort(
            road, word, clock, heard, wire, SPOT if account is AccountKind.CLASSIC else UNIFIED, account, Terms(), names,
            lambda there: ask, halts.append, halts.append,
        )  # fmt: skip
        questions = BitgetQuestions(road, wire, clock)
        async with road.up():
            yield House(
                server=server, port=port, heard=heard, word=word, road=road, wire=wire, questions=questions,
                halts=halts, key=held, clock=clock, names=names,
            )  # fmt: skip
