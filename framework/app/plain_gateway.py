"""The gateway of a venue that speaks the plain dialect. It takes no key: whoever reaches it may trade."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from framework.app.gateways import Examined, Ties
from framework.core import Core
from framework.gateway.dial import Dial, TcpDial
from framework.gateway.plain.codec import question
from framework.gateway.plain.port import PlainPort
from framework.gateway.plain.query import PlainQuery
from framework.gateway.plain.stream import PlainStream
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.errors import Unreachable
from framework.model.instrument import Instrument
from framework.ports import OrderPort, Query

READY_S: Final = 10.0


class PlainGateway:
    """See `Gateway`.

    Args:
        dial: how its connections come up; by default to that host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        instruments: Sequence[Instrument],
        word: KillWord,
        clock: Clock,
        dial: Dial | None = None,
    ) -> None:
        self.where = f"{host}:{port}"
        self._word = word
        self._clock = clock
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        name = TcpDial(host, port).name
        ping = partial(question, "/time", name, self._sign)
        self._road = Road(dial or TcpDial(host, port), word, clock, ping)
        self._name = name
        self._stream: PlainStream | None = None

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """See `Gateway`."""
        keeping = asyncio.create_task(self._road.run(), name="road")
        try:
            try:
                async with asyncio.timeout(READY_S):
                    await self._road.ready()
            except TimeoutError:
                raise Unreachable(
                    f"{self.where}: expected a venue of the plain dialect, found nobody who answers in {READY_S:g} s; "
                    "start one with run.py sandbox plain --port N"
                ) from None
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def examine(self) -> Examined:
        """Nothing to ask: there is no key."""
        return Examined("plain", "no key: whoever reaches this venue may trade")

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:
        """See `Gateway`."""

        def instrument_of(client_order_id: str) -> Instrument | None:
            order = core.engine.desk.order(client_order_id)
            if order is None:
                ties.stray(client_order_id)
                return None
            return order.instrument

        url = f"ws://{self._name}/stream"
        self._stream = PlainStream(url, self._clock, ties.arrivals, instrument_of, ties.missed)
        port = PlainPort(self._road, self._word, self._clock, ties.arrivals, self._name, self._sign)
        query = PlainQuery(self._road, self._clock, ties.arrivals, self._name, self._sign, self._instruments)
        return port, query

    async def listen(self) -> None:
        """See `Gateway`."""
        assert self._stream is not None, "join first"
        await self._stream.run()

    async def heard(self) -> None:
        """See `Gateway`."""
        assert self._stream is not None, "join first"
        await self._stream.listening.wait()

    def _sign(self, method: str, target: str, body: bytes) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - as `Sign`
        return (("X-Time", str(self._clock.now_ns)),)
