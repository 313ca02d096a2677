"""The real core on a Bitget sandbox over loopback: sessions come and go, the venue and its account stay.

Bytes travel in real time; the clock of core and venue is set by hand: it jumps to what is due as soon as nothing is on
its way, so that minutes of an order's life take a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any

from framework.core import Core
from framework.gateway.bitget.account import BitgetAccount, Ears, VenueAddress
from framework.gateway.bitget.found import Purpose, find_account
from framework.gateway.bitget.stream import StreamEvent, StreamStep
from framework.gateway.pool import PoolTimes
from framework.kernel.records import Record, RunStarted
from framework.model.events import MarketEvent, OrderReport, Quote
from framework.model.instrument import Instrument
from framework.model.money import Amount
from framework.model.orders import DONE, Order
from framework.model.questions import Reply
from framework.model.request_answer import RequestAnswer
from framework.recovery import Recovery
from framework.sandbox.bitget.listings import ListedProduct as Listed
from framework.sandbox.bitget.rates import Rates
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.faults import Fault, FaultList
from framework.strategy.base import Strategy
from framework.venues.bitget.endpoints import ENDPOINTS
from framework.venues.bitget.products import AccountKind, product_of
from framework.venues.bitget.signing import Credentials, HmacSigner
from tests.sandbox.bitget.scene import Client, key, show, trade, venue
from tests.wired import Scripted

MS, SECOND = 1_000_000, 1_000_000_000
QUIET_S = 0.008
"""Nothing came for so long: nothing is on its way."""
ANSWER_S = 0.2


class Patient(Rates):
    """Counts orders and not questions: those are held back in real time, and the venue's clock is not that."""

    def draw(self, who: str, address: str, path: str, limit: int, units: int, now_ns: int) -> int:
        if ("GET", path) in ENDPOINTS:
            return limit
        return super().draw(who, address, path, limit, units, now_ns)


class Venue:
    """The sandbox, and who trades at it."""

    def __init__(self, name: str, symbol: str) -> None:
        self.made = venue()
        self.made.rates = Patient()
        self.key = key(self.made, name)
        self.symbol = symbol
        self.server = BitgetServer(self.made, FaultList())
        self.client = Client(self.made, name)
        self.member = self.made.members[self.key.uid]
        self.port = 0

    @property
    def clock(self) -> Any:
        return self.made.clock

    @property
    def placed(self) -> list[str]:
        """Client ids of every order that the venue ever took, oldest first."""
        return [order.client_id for order in self.member.orders.values()]

    @property
    def open(self) -> set[str]:
        return {order.client_id for order in self.member.open.values()}

    @property
    def wallet(self) -> dict[str, Decimal]:
        product = Listed.SPOT if ":" not in self.symbol else Listed.PERPETUAL
        wallet = self.member.wallets[product]
        return {asset: wallet.held(asset) for asset in wallet.available}

    def suffer(self, *faults: Fault) -> None:
        self.server.faults.add(list(faults))


class Session:
    """One life of a daemon: a core, and its account. Told of everything, it plays it as a turn of its own."""

    def __init__(self, at: Venue, account_kind: AccountKind, strategy: Strategy, journal: list[Record]) -> None:
        self.at = at
        self.kind = account_kind
        self.strategy = strategy
        self.records = journal
        self.events: list[StreamEvent] = []
        self.strays: list[str] = []
        self.halts: list[str] = []
        self.alarms: list[str] = []
        self.is_alive = True
        self._came = asyncio.Event()
        self.core: Core
        self.account: BitgetAccount
        self.recovery: Recovery

    # What the venue says, a turn each.

    def report(self, report: OrderReport) -> None:
        self._turn(lambda: self.core.report(report))

    def answered(self, answer: RequestAnswer) -> None:
        self._turn(lambda: self.core.answered(answer))

    def replied(self, reply: Reply) -> None:
        self._turn(lambda: self.core.replied(reply))

    def streamed(self, event: StreamEvent) -> None:
        self.events.append(event)
        if event.step in (StreamStep.CONNECTED, StreamStep.GAP) and not self.core.engine.is_recovering:
            self._turn(self.compare)

    def compare(self) -> None:
        """Ask the venue after everything, once more."""
        core = self.core
        for there in core.engine.instruments.values():
            for order in core.engine.desk.open_orders(there):
                core.doubts.look_up(order)
        if self.recovery.has_answers():
            self.recovery.begin()

    def _turn(self, action: Callable[[], Any]) -> Any:
        self._came.set()
        if not self.is_alive:
            return None
        self._catch_up()
        found = action()
        self.core.loop.settle()
        return found

    def _catch_up(self) -> None:
        for _ in self.core.loop.drain(self.at.clock.now_ns):
            pass
        self.core.clock.now_ns = max(self.core.clock.now_ns, self.at.clock.now_ns)

    # What a test does.

    @property
    def there(self) -> Instrument:
        (there,) = self.core.engine.instruments.values()
        return there

    def act(self, verb: Callable[[Strategy], Any]) -> Any:
        """Let the strategy do something, as a handler of its own."""
        done: list[Any] = []
        seat = self.core.engine.seats["a"]
        self._turn(lambda: self.core.engine.host.call(seat, lambda: done.append(verb(seat.strategy))))
        return done[0] if done else None

    def buy(self, price: str | None = "59000", size: str = "0.01", **more: Any) -> Order:
        order: Order = self.act(lambda strategy: strategy.buy(self.there, size, price=price, **more))
        return order

    def sell(self, price: str | None = "61000", size: str = "0.01", **more: Any) -> Order:
        order: Order = self.act(lambda strategy: strategy.sell(self.there, size, price=price, **more))
        return order

    def cancel(self, *orders: Order) -> None:
        self.act(lambda strategy: [strategy.cancel(order) for order in orders])

    def show(self, bid: int = 60_000) -> None:
        """The market, seen by venue and core."""
        show(self.at.made, bid)
        there = self.there
        self.play(
            Quote(
                there, self.at.clock.now_ns, there.data_price(str(bid)), there.size_scale,
                there.data_price(str(bid + 1)), there.size_scale,
            )
        )  # fmt: skip

    def play(self, event: MarketEvent) -> None:
        self._turn(lambda: [None for _ in self.core.play([event])])

    def somebody_sells(self, price: str, size: str = "5") -> None:
        trade(self.at.made, price, size, buy=False)

    def somebody_buys(self, price: str, size: str = "5") -> None:
        trade(self.at.made, price, size, buy=True)

    async def until(self, is_so: Callable[[], Any], within_s: int = 240) -> None:
        """Play until something is so; time jumps to what is due when nothing is on its way."""
        ends_ns = self.at.clock.now_ns + within_s * SECOND
        while not is_so():
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET_S):
                    await self._came.wait()
                    continue
            assert self.at.clock.now_ns < ends_ns, f"not so after {within_s} s: {self.unsettled}"
            self._jump()

    def _jump(self) -> None:
        heap = self.core.loop._heap
        due_ns = max(heap[0][0] if heap else 0, self.at.clock.now_ns)
        self.at.clock.now_ns = (
            min(due_ns, self.at.clock.now_ns + SECOND) if heap else self.at.clock.now_ns + SECOND // 10
        )
        self.at.made.turn()
        self._catch_up()

    @property
    def unsettled(self) -> list[str]:
        """What is still open to doubt."""
        core = self.core
        orders = [order for order in core.engine.desk.open_orders(self.there) if not order.is_open or order.pending]
        found = [f"{order.client_order_id} {order.state.value} {order.pending.value}".rstrip() for order in orders]
        found += [f"{order.client_order_id} in doubt" for order in core.doubts.orders]
        found += [] if self.recovery.has_answers() else ["a reconcile goes on"]
        found += [] if self.account.stream.listening.is_set() else ["the stream is away"]
        found += [f"{asset} differs by {amount}" for asset, amount in self.difference.items()]
        return found

    async def calm(self) -> None:
        """Everything is known, and our books are the venue's."""
        await self.until(lambda: not self.unsettled)
        self.check()

    @property
    def difference(self) -> dict[str, Decimal]:
        """Our books less the venue's wallet; only what differs."""
        ours, theirs = self.core.engine.portfolio.totals(), self.at.wallet
        assets = dict.fromkeys((*ours, *theirs))
        found = {asset: ours.get(asset, Decimal(0)) - theirs.get(asset, Decimal(0)) for asset in assets}
        return {asset: amount for asset, amount in found.items() if amount}

    def check(self) -> None:
        """Orders, position and ledger are the venue's; nothing was placed twice."""
        placed = self.at.placed
        assert len(placed) == len(set(placed)), "an order twice"
        ours = {o.client_order_id for o in self.core.engine.desk.open_orders(self.there) if o.state not in DONE}
        assert ours == {name for name in self.at.open if self.core.ids.whose(name)}
        assert self.difference == {}
        assert self.halts == []
        if not self.there.is_spot:
            held = sum(one.points for (listing, _), one in self.at.member.positions.items() if one.listing is listing)
            assert self.core.engine.portfolio.position_points("a", self.there) == held


@asynccontextmanager
async def session(
    at: Venue, journal: list[Record] | None = None, strategy: Strategy | None = None, run: str = "000001"
) -> AsyncIterator[Session]:
    """A daemon from its start to its end; the end is a crash unless the test stops it."""
    place = VenueAddress("127.0.0.1", at.port)
    dial, held = place.dial(), at.key
    credentials = Credentials(held.key, held.passphrase, HmacSigner(held.secret.encode()))
    wanted = Purpose((at.symbol,))
    found = await find_account(dial, credentials, at.clock, wanted)
    records = journal if journal is not None else []
    made = Session(at, found.key.kind, strategy or Scripted(), records)
    earlier = list(records)
    capital = [Amount(Decimal(50_000), "USDT")]
    if product_of(found.instruments[0]).value == "SPOT":
        capital.append(Amount(Decimal(1), "BTC"))
    made.core = core = Core(
        instruments=found.instruments, balances={asset: value for value, asset in capital}, capital={"a": capital},
        bot="bench", run_id=run, seed=1, write=records.append, now_ns=at.clock.now_ns,
    )  # fmt: skip
    desk = core.engine.desk

    def ask_points(there: Instrument) -> int:
        quote = desk.quote(there)
        return 0 if quote is None else quote.ask_points

    ears = Ears(
        made,
        desk.order,
        ask_points,
        made.streamed,
        made.strays.append,
        made.halts.append,
        lambda there, why: None,
        lambda there, listed: None,
        made.halts.append,
    )
    made.account = BitgetAccount(
        found, dial, dial.name, place.stream_url(found.key.kind), credentials, at.clock, core.kill.word, ears,
        wanted, PoolTimes(answer_s=ANSWER_S),
    )  # fmt: skip
    core.connect({"bitget": made.account.port}, {"bitget": found.rules}, queries={"bitget": made.account.query})
    core.doubts.on_alarm.append(lambda order, why: made.alarms.append(f"{order.client_order_id}: {why}"))
    core.router.lanes["bitget"].is_ours_alone = True  # until a reconcile shows orders of others
    core.engine.seat("a", made.strategy)
    made.recovery = Recovery(core)
    core.engine.is_recovering = True
    records.append(RunStarted(2, run, "0", "3.11", "live", "", "", b"", {}, at.clock.now_ns))
    made.recovery.recover(earlier)
    made.account.know(made.recovery.recall.orders)
    running = asyncio.create_task(made.account.run())
    try:
        async with asyncio.timeout(20):
            await made.account.ready()
        made.recovery.begin()
        await made.until(made.recovery.has_answers)
        made.recovery.start(lambda instrument, timeframe, count: ())
        made.show()
        yield made
    finally:
        made.is_alive = False
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def open_venue(name: str, symbol: str, faults: Iterable[Fault] = ()) -> AsyncIterator[Venue]:
    """The sandbox, for as many sessions as a test wants."""
    at = Venue(name, symbol)
    at.suffer(*faults)
    async with serving(at.server) as at.port:
        yield at
