"""The gateway of a venue that speaks the plain dialect. It takes no key: whoever reaches it may trade."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

from framework.app.live.gateways import Examined, Ties
from framework.core import Core
from framework.gateway.dial import Dial, TcpDial
from framework.gateway.plain.codec import question
from framework.gateway.plain.port import PlainPort
from framework.gateway.plain.query import PlainQuery
from framework.gateway.plain.stream import PlainStream
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.rules import VenueRules
from framework.ports import OrderPort, Query


class PlainGateway:
    """See `Gateway`.

    Args:
        rules: those that the venue holds us to; its markets are those of this table.
        dial: how its connections come up; by default to that host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        account: str,
        rules: VenueRules,
        symbols: Sequence[str],
        word: KillWord,
        clock: Clock,
        dial: Dial | None = None,
    ) -> None:
        self.where = TcpDial(host, port).name
        self.fingerprint = f"plain {self.where} {account}"
        self._word = word
        self._clock = clock
        self._rules = rules
        self._instruments = {symbol: rules.instrument(symbol) for symbol in symbols}
        ping = partial(question, "/time", self.where, self._sign)
        self._road = Road(dial or TcpDial(host, port), word, clock, ping)
        self._stream: PlainStream | None = None

    async def examine(self) -> Examined:
        """Nothing to ask: there is no key, and the markets are those of the rules."""
        rights = "no key: whoever reaches this venue may trade"
        return Examined(self._rules, tuple(self._instruments.values()), "plain", rights)

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:
        """See `Gateway`."""

        def instrument_of(client_order_id: str) -> Instrument | None:
            order = core.engine.desk.order(client_order_id)
            if order is None:
                ties.stray(client_order_id)
                return None
            return order.instrument

        url = f"ws://{self.where}/stream"
        self._stream = PlainStream(url, self._clock, ties.arrivals, instrument_of, ties.missed)
        port = PlainPort(self._road, self._word, self._clock, ties.arrivals, self.where, self._sign, self._rules)
        query = PlainQuery(self._road, self._clock, ties.arrivals, self.where, self._sign, self._instruments)
        return port, query

    async def run(self) -> None:
        """See `Gateway`."""
        assert self._stream is not None, "join first"
        async with asyncio.TaskGroup() as group:
            group.create_task(self._road.run(), name="road")
            group.create_task(self._stream.run(), name="private stream")

    async def ready(self) -> None:
        """See `Gateway`."""
        assert self._stream is not None, "join first"
        await self._road.ready()
        await self._stream.listening.wait()

    def know(self, orders: Iterable[Order]) -> None:
        """Nothing: this venue calls orders by our ids."""

    async def end(self) -> None:
        """Nothing to say."""

    def _sign(self, method: str, target: str, body: bytes) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - as `Sign`
        return (("X-Time", str(self._clock.now_ns)),)
