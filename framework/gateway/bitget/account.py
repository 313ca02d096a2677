"""One account at Bitget, behind one door: everything by which it is traded, made of what it was found to be.

An order port, a query and a private stream, and the road under them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from framework.gateway.bitget.countdown import Countdown
from framework.gateway.bitget.found import FoundAccount, Purpose
from framework.gateway.bitget.markets import BitgetMarkets
from framework.gateway.bitget.names import Names
from framework.gateway.bitget.port import BitgetPort
from framework.gateway.bitget.query import BitgetQuery
from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.stream import BitgetStream, MakeConnector, StreamEvent
from framework.gateway.bitget.watch import AccountWatch
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.dial import Dial, TcpDial, tls_context
from framework.gateway.pool import PoolTimes
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.ports import ReplySink, ReportSink
from framework.venues.bitget.products import AccountKind
from framework.venues.bitget.signing import Credentials


class VenueAddress(Struct, frozen=True):
    """Where the venue is. Until the gateway is a process of its own, that is this machine."""

    host: str
    port: int
    tls: bool = False

    def dial(self) -> TcpDial:
        """How connections come up.

        Raises:
            ConfigError: another machine.
        """
        return TcpDial(self.host, self.port, tls_context() if self.tls else None)

    def stream_url(self, account: AccountKind) -> str:
        """Of the private stream."""
        version = "v3" if account is AccountKind.UNIFIED else "v2"
        return f"{'wss' if self.tls else 'ws'}://{self.dial().name}/{version}/ws/private"


class AccountSink(ReportSink, ReplySink, Protocol):
    """Who takes what the venue says: the core, a turn later."""


class Ears(Struct, frozen=True):
    """Who hears what an account says, and tells it what it must know. Called on the account's own loop."""

    sink: AccountSink
    order_of: Callable[[str], Order | None]
    """An order of ours by its client order id."""
    ask_points: Callable[[Instrument], int]
    """The best ask now, 0 where none is known: it bounds market buys on spot."""
    stream: Callable[[StreamEvent], None]
    """What becomes of the private stream: after `connected` and `gap` the venue must be asked."""
    stray: Callable[[str], None]
    """The client order id of an order on this account that is not ours: a person's, or another daemon's."""
    halt: Callable[[str], None]
    """The key, a right, the address or the account are refused in mid-session: why, and what to do."""
    market_lost: Callable[[Instrument, str], None]
    """Nothing may be traded in a market any more: why, and what to do."""
    relisted: Callable[[Instrument, Instrument], None]
    """A market, and how the venue lists it now: with other filters."""
    busy: Callable[[str], None]
    """The venue takes nothing new for a while."""
    mistimed: Callable[[str], None] = lambda why: None  # noqa: ARG005
    """A request was dated wrong, in the venue's words: its time is to be asked at once."""


class BitgetAccount:
    """An account that is traded.

    Args:
        found: what `find_account` has found.
        wanted: what it was wanted for; looked at again every ten minutes.
        dead_man_s: above 0: when we say nothing for so long, the venue cancels every order of the account, other
            people's too; of a unified account, where the venue grants it.
        word: the kill word that the core closes.
        url: of the private stream, see `VenueAddress.stream_url`.
        connector: makes what the private stream connects by; None: TCP.
    """

    def __init__(
        self,
        found: FoundAccount,
        dial: Dial,
        host: str,
        url: str,
        credentials: Credentials,
        clock: Clock,
        word: KillWord,
        ears: Ears,
        wanted: Purpose,
        pace: PoolTimes | None = None,
        dead_man_s: int = 0,
        connector: MakeConnector | None = None,
    ) -> None:
        terms = wanted.terms
        self.names = Names()
        self.wire = BitgetWire(host, clock, credentials)
        self.wire.skew, self.wire.bound = found.key.skew, found.key.rights.ips
        self.road = Road(dial, word, clock, self.wire.ping, pace=pace)
        self.questions = BitgetQuestions(self.road, self.wire, clock)
        markets = BitgetMarkets(found.instruments)
        self.port = BitgetPort(
            self.road,
            word,
            clock,
            ears.sink,
            self.wire,
            found.rules,
            found.key.kind,
            terms,
            self.names,
            ears.ask_points,
            ears.halt,
            ears.busy,
            mistimed=ears.mistimed,
        )
        """An `OrderPort`."""
        self.query = BitgetQuery(
            self.questions, clock, ears.sink, found.key.kind, terms, markets, self.names, ears.order_of, ears.halt
        )
        """A `Query`."""
        self.stream = BitgetStream(
            url, self.wire, clock, ears.sink, found.key.kind, markets.products, ears.order_of, self.names, ears.stream,
            ears.stray, connector,
        )  # fmt: skip

        self.watch = AccountWatch(self.questions, wanted, found, ears.halt, ears.market_lost, ears.relisted)
        self.port.misfit = self.watch.doubt
        self.countdown: Countdown | None = None
        if dead_man_s:
            self.countdown = Countdown(self.road, self.wire, found.key.kind, dead_man_s, ears.halt)

    def know(self, orders: Iterable[Order]) -> None:
        """Orders of earlier sessions: fills of V2 are told by the venue's ids alone."""
        for order in orders:
            self.names.learn(order.venue_order_id, order.client_order_id)

    async def run(self) -> None:
        """Keep the connections up, listen and answer questions, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.road.run(), name="bitget road")
            group.create_task(self._converse(), name="bitget stream and questions")

    async def _converse(self) -> None:
        """Nothing is asked before the road is up: what would be asked then had no answer."""
        await self.road.ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.query.run(), name="bitget questions")
            group.create_task(self.stream.run(), name="bitget private stream")
            group.create_task(self.watch.run(), name="bitget key and account")
            group.create_task(self.watch.run_doubts(), name="bitget filters in doubt")
            if self.countdown is not None:
                group.create_task(self.countdown.run(), name="bitget dead-man's switch")

    async def end(self) -> None:
        """An orderly end, before `run` is cancelled: orders that are to stay are not left to the dead-man's switch."""
        if self.countdown is not None:
            await self.countdown.disarm()

    async def ready(self) -> None:
        """Wait until orders can leave and what happens is heard. Raises nothing: a caller that cannot wait sets a timeout."""
        await self.road.ready()
        await self.stream.listening.wait()
