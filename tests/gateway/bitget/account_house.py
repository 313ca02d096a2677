"""An account at a sandbox on loopback, as a core would trade it, without the core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

from framework.gateway.bitget.account import BitgetAccount, Ears, VenueAddress
from framework.gateway.bitget.found import Purpose, find_account
from framework.gateway.bitget.stream import StreamEvent
from framework.gateway.pool import PoolTimes
from framework.kernel.clock import ManualClock
from framework.model.batch import Batch, BatchKind, Change, Cleared, RequestKind, request_kind
from framework.model.events import OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState, write
from framework.model.questions import Ask, Question, Reply
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.faults import Fault, FaultList
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.signing import Credentials, HmacSigner, RsaSigner, Signer
from tests.gateway.bitget.house import Listening
from tests.gateway.memory import armed
from tests.sandbox.bitget.scene import Client, key, venue

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
CLASSIC, UNIFIED = "classic-trade", "unified-trade"
ALL = [(CLASSIC, SPOT), (CLASSIC, SWAP), (UNIFIED, SPOT), (UNIFIED, SWAP)]
"""Key and market: every dialect that there is."""


class Sink(Listening):
    """Takes replies, too."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[Reply] = []

    def replied(self, reply: Reply) -> None:
        self.replies.append(reply)
        self._more.set()

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(20):
            while not is_so():
                self._more.clear()
                await self._more.wait()


class House(SimpleNamespace):
    """What a test touches: server, account, sink, orders, events of the stream, halts."""

    @property
    def there(self) -> Instrument:
        return self.found.instruments[0]

    def order(self, name: str = "a", price: str = "59000", size: str = "0.001", **more: Any) -> Order:
        """0.001 BTC at 59,000: it rests. Known to whoever asks by its id."""
        given = {"is_buy": True, "ts_created_ns": self.clock.now_ns, "strategy": "mm"} | more
        made = Order(
            client_order_id=name, instrument=self.there, size_points=self.there.data_size(size),
            price_points=self.there.data_price(price), **given,
        )  # fmt: skip
        self.orders[name] = made
        return made

    def send(
        self, kind: BatchKind, *orders: Order, request: RequestKind | None = None, changes: Iterable[Change] = ()
    ) -> None:
        """What the sender does once the gate has cleared a batch."""
        if kind is BatchKind.PLACE:
            for one in orders:
                write(one, state=OrderState.SENT)
        asked = request or request_kind(kind, len(orders))
        batch = Batch(7, "bitget", "main", orders[0].instrument, asked, orders, tuple(changes))
        self.account.port.send(Cleared(batch, self.clock.now_ns))

    async def place(self, *orders: Order) -> None:
        self.send(BatchKind.PLACE, *orders)
        for one in orders:
            await self.told(ReportKind.ACCEPTED, one.client_order_id)
            write(one, state=OrderState.OPEN)

    async def told(self, kind: ReportKind, name: str) -> OrderReport:
        """The first report of a kind about an order."""

        def found() -> list[OrderReport]:
            return [one for one in self.sink.reports if (one.kind, one.client_order_id) == (kind, name)]

        await self.sink.until(found)
        return found()[0]

    async def ask(self, ask: Ask, name: str = "", since_ns: int = 0) -> Reply:
        number = len(self.sink.replies) + 1
        self.account.query.ask(Question(number, "bitget", "main", ask, name, since_ns))
        assert len(self.sink.replies) < number  # never before `ask` has returned
        await self.sink.until(lambda: len(self.sink.replies) >= number)
        return self.sink.replies[-1]

    async def steps(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.events) < count:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.005)
        return [event.step.value for event in self.events]


@asynccontextmanager
async def open_account(
    name: str = CLASSIC, *symbols: str, faults: Iterable[Fault] = (), terms: Terms | None = None, ask: int = 0,
    answer_s: float = 5.0, is_demo: bool = False, clock: ManualClock | None = None,
    scopes: list[str] | None = None, dead_man_s: int = 0,
    rsa: tuple[str, bytes] | None = None,
) -> AsyncIterator[House]:  # fmt: skip
    made = venue()
    server = BitgetServer(made, FaultList(list(faults)))
    held, clock, terms = key(made, name), clock or made.clock, terms or Terms()
    held.scopes = scopes or held.scopes
    signer: Signer = HmacSigner(held.secret.encode())
    if rsa is not None:
        held.public_pem, signer = rsa[0], RsaSigner(rsa[1])
    credentials = Credentials(held.key, held.passphrase, signer, is_demo=is_demo)
    async with serving(server) as port:
        place = VenueAddress("127.0.0.1", port)
        dial = place.dial()
        wanted = Purpose(symbols or (SPOT,), terms=terms)
        found = await find_account(dial, credentials, clock, wanted)
        sink, word, orders = Sink(), armed(), dict[str, Order]()
        events, strays, halts, lost = list[StreamEvent](), list[str](), list[str](), list[tuple[str, str]]()
        busy, relisted = list[str](), list[tuple[Instrument, Instrument]]()
        ears = Ears(
            sink,
            orders.get,
            lambda there: ask or there.data_price("60001"),
            events.append,
            strays.append,
            halts.append,
            lambda there, why: lost.append((there.id, why)),
            lambda there, listed: relisted.append((there, listed)),
            busy.append,
        )
        account = BitgetAccount(
            found, dial, dial.name, place.stream_url(found.key.kind), credentials, clock, word, ears, wanted,
            PoolTimes(answer_s=answer_s), dead_man_s,
        )  # fmt: skip
        running = asyncio.create_task(account.run())
        async with asyncio.timeout(20):
            await account.ready()
        house = House(
            server=server, venue=made, key=held, clock=clock, found=found, account=account, sink=sink, word=word,
            events=events, strays=strays, halts=halts, lost=lost, relisted=relisted, busy=busy, orders=orders, client=Client(made, name), running=running,
        )  # fmt: skip
        yield house
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
