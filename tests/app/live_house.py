"""A live run against a venue of the plain dialect, both in the test's own loop, on loopback, with a strategy to hand."""

from __future__ import annotations

import asyncio
import dataclasses
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from framework.app.drive import Stop
from framework.app.live.opened import Opened, Parts
from framework.app.live.run import LiveRun
from framework.app.live.session import LiveSession
from framework.app.live.start import opening
from framework.app.seated import Seated
from framework.config import Config, load_config
from framework.kernel.clock import RealClock, Stopwatch
from framework.model.events import OrderReport, Trade
from framework.model.instrument import Instrument
from framework.model.money import Amount
from framework.model.orders import Order
from framework.model.rules import VenueRules
from framework.model.scopes import EVERYTHING
from framework.ops.control_client import ask, find
from framework.reports.summary import Summary
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState
from framework.sandbox.faults import FaultList
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.venue import PlainServer, serving
from framework.strategy.base import Strategy
from framework.venues.named import rules_named
from tests.wired import quote

RULES = rules_named("bitget-spot")
BTC = RULES.instrument("BTC/USDT")
CAPITAL = ("1000 USDT", "0.001 BTC")
BID, ASK = 6_000_000, 6_000_100
WAIT_S = 20.0


class Hand(Strategy):
    """Does what the test tells it, and remembers what it was told."""

    class State:
        fills: int = 0

    pair: str = BTC.id
    reads_books: bool = False

    def on_start(self) -> None:
        self.trades(self.pair)
        if self.reads_books:
            self.books(self.pair)
        self.started: list[bool] = []
        self.heard: list[tuple[str, str]] = []

    def on_ready(self, resumed: bool) -> None:
        self.started.append(resumed)

    def on_trade(self, trade: Trade) -> None:
        """Seen."""

    def on_order(self, order: Order, report: OrderReport) -> None:
        self.heard.append((report.kind.value, report.reason))

    def on_fill(self, order: Order, fill: Any) -> None:
        self.state.fills += 1


class Blind:
    """A view that shows nothing."""

    def start(self) -> None:
        """Nothing."""

    def refresh(self, now_ns: int) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


def settings(folder: Path, port: int, **changes: Any) -> Config:
    """The example's, with a strategy that is replaced."""
    live = {"host": f"127.0.0.1:{port}", **changes.pop("live", {})}
    is_swap = any(":" in symbol for symbol in live.get("markets", ()))  # what it is traded with is its margin
    strategy, capital = changes.pop("strategy", {}), changes.pop("capital", CAPITAL[:1] if is_swap else CAPITAL)
    overrides: dict[str, Any] = {
        "live": live,
        "journal": {"folder": str(folder / "var")},
        "strategy": {**strategy, "mm": {"capital": list(capital), **strategy.get("mm", {})}},
        **changes,
    }
    return load_config(Path("config/live.example.toml"), overrides)


class Session:
    """One session of the daemon, as a task beside the test.

    Args:
        has_hand: the test's strategy takes the place of those of the settings.
        reads_books: and asks for its market's book.
    """

    def __init__(self, opened: Opened, told: io.StringIO, *, has_hand: bool = True, reads_books: bool = False) -> None:
        (symbol,) = opened.config.live.markets
        self.hand = Hand(pair=f"{symbol}@{BTC.venue}", reads_books=reads_books)
        self.stop = Stop()
        self.told = told
        self.run: LiveRun
        opened = dataclasses.replace(opened, parts=dataclasses.replace(opened.parts, made=self._made))
        if has_hand:
            capital = tuple(map(Amount.parse, opened.config.strategy["mm"].model_dump(mode="json")["capital"]))
            opened = dataclasses.replace(opened, strategies=(Seated("mm", "hand", self.hand, capital),))
        self.task = asyncio.create_task(
            LiveSession(opened, lambda session, run: Blind(), self.stop, Stopwatch()).run(), name="daemon"
        )

    def _made(self, run: LiveRun) -> None:
        self.run = run

    async def until(self, is_so: Callable[[], Any], wait_s: float = WAIT_S) -> None:
        """Wait until something is so; a daemon that ends meanwhile has failed."""
        async with asyncio.timeout(wait_s):
            while not is_so():
                if self.task.done():
                    self.task.result()
                    raise AssertionError("the daemon ended")
                await asyncio.sleep(0.005)

    async def begun(self) -> None:
        await self.until(lambda: hasattr(self, "run") and self.run.is_started)

    @property
    def there(self) -> Instrument:
        """The market that is traded."""
        return next(iter(self.run.tape.instruments))

    async def act(self, verb: Callable[[Hand], Order]) -> Order:
        """Have the strategy do something, in a turn of its own."""
        done: list[Order] = []
        core, seat = self.run.core, self.run.core.engine.seats["mm"]
        self.run.drive.arrivals.put(lambda: core.engine.host.call(seat, lambda: done.append(verb(self.hand))))
        await self.until(lambda: done)
        return done[0]

    async def arm(self, reason: str = "test", trip: str = "") -> str:
        """A person arms everything."""
        asked = msgspec.structs.replace(asked_of("arm", reason=reason), trip_id=trip)
        done: list[str] = []
        self.run.drive.arrivals.put(lambda: done.append(self.run.core.operate(asked).text))
        await self.until(lambda: done)
        return done[0]

    @property
    def state(self) -> KillState:
        return self.run.core.kill.state(EVERYTHING)

    async def ended(self) -> Summary:
        """Ask it to stop and wait for it."""
        self.stop.ask("test is over")
        async with asyncio.timeout(WAIT_S):
            return await self.task


class Sessions:
    """Sessions of daemons that share a folder, at a venue that outlives them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.live: dict[str, Any] = {}
        self.environment: dict[str, str] = {}
        self.parts: dict[str, Any] = {}
        """What a live run stands on, where it is not this machine."""

    @contextmanager
    def opened(
        self, made: Callable[[LiveRun], None] = lambda run: None, rules: VenueRules | None = None, **changes: Any
    ) -> Iterator[tuple[Opened, io.StringIO]]:
        told = io.StringIO()
        parts = Parts(
            rules=rules, out=told, made=made, environment=self.environment,
            **{"locks": self.folder / "locks", "stall_s": 20.0, **self.parts},
        )  # fmt: skip
        live = {**self.live, **changes.pop("live", {})}
        with opening(settings(self.folder, self.port, live=live, **changes), parts) as found:
            yield found, told

    @asynccontextmanager
    async def session(
        self, *, has_hand: bool = True, reads_books: bool = False, **changes: Any
    ) -> AsyncIterator[Session]:
        """A session that has begun; it is ended at the end of the block, if it was not."""
        with self.opened(**changes) as (found, told):
            session = Session(found, told, has_hand=has_hand, reads_books=reads_books)
            try:
                await session.begun()
                yield session
            finally:
                if not session.task.done():
                    await session.ended()


class LiveHouse(Sessions):
    """At a venue of the plain dialect."""

    def __init__(self, folder: Path, server: PlainServer, port: int) -> None:
        super().__init__(folder, port)
        self.server = server
        self.venue = server.venue

    def move(self, bid: int = BID, ask: int = ASK) -> None:
        self.venue.observe(quote(BTC, self.venue.clock.now_ns, bid, ask))

    def sell_into(self, price: int, size: int = 10_000_000) -> None:
        """Somebody sells through our bids."""
        self.venue.observe(Trade(BTC, self.venue.clock.now_ns, price, size, is_buy=False, trade_id=1))

    @property
    def balances(self) -> dict[str, Decimal]:
        return {asset: free + locked for asset, (free, locked) in self.venue.balances().items()}


def asked_of_socket(folder: Path, request: dict[str, object]) -> dict[str, Any]:
    """The answer of the daemon of a folder on its control socket; from a thread beside the loop's."""
    return ask(find(folder / "var"), request)


@asynccontextmanager
async def live_house(folder: Path) -> AsyncIterator[LiveHouse]:
    held = {"USDT": Decimal(10_000), "BTC": Decimal(1)}
    server = PlainServer(LoopbackVenue(RULES, [BTC], held, RealClock()), FaultList())
    async with serving(server) as port:
        house = LiveHouse(folder, server, port)
        house.move()
        yield house
