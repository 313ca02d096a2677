"""The venue on loopback: REST, the four WebSocket addresses, and a control door for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from aiohttp import web

from framework.sandbox.bitget.control import Control
from framework.sandbox.bitget.doorman import Knock
from framework.sandbox.bitget.rest import answer
from framework.sandbox.bitget.streams import Streams
from framework.sandbox.bitget.suffered import on_the_wire, suffered
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import Fault, FaultKind, FaultList
from framework.sandbox.listening import listening

BODY_BYTES_MAX: Final = 1 << 20
BEAT_S: Final = 0.05
"""How often what is due later is looked at."""


class BitgetServer:
    """Serves one venue."""

    def __init__(self, venue: BitgetVenue, faults: FaultList | None = None) -> None:
        self.venue = venue
        self.faults = faults or FaultList()
        self.streams = Streams(venue, self.faults)
        self._control = Control(venue, self.faults)

    def play(self, faults: Sequence[Fault], where: str) -> None:
        """Put faults behind those that are there.

        Args:
            where: they come from, as messages name it.

        Raises:
            ConfigError: one of them could never play.
        """
        self._control.play(faults, where)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_route("*", "/api/{rest:.*}", self._rest)
        app.router.add_get("/{version:v[23]}/ws/{kind:public|private}", self.streams.serve)
        app.router.add_route("*", "/control/{name}", self._control.answer)
        app.on_shutdown.append(self._close)
        app.cleanup_ctx.append(self._beating)
        return app

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        knock = await _knock(request)
        fault = self.faults.take(knock.path) if knock.method == "POST" else self.faults.take_named(knock.path)
        judge = partial(answer, self.venue, knock, dict(request.query))
        if fault is not None and fault.kind is FaultKind.CHANGE:
            self._control.change(fault)
            fault = None
        if fault is None:
            return on_the_wire(judge())
        return await suffered(fault, request, judge, self.streams.suffer)

    async def _close(self, app: web.Application) -> None:  # noqa: ARG002 - as aiohttp calls it
        self.streams.close()

    async def _beating(self, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG002 - as aiohttp calls it
        beat = asyncio.create_task(self._beat(), name="sandbox-beat")
        yield
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.venue.turn()
            self.streams.beat()


async def _knock(request: web.Request) -> Knock:
    body = (await request.read()).decode("utf-8", errors="replace")
    query = request.rel_url.query_string
    address = request.remote or ""
    return Knock(request.method, request.path, query, body, request.headers, address)


@asynccontextmanager
async def serving(server: BitgetServer, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve for the length of a block; gives the port. It listens on this machine alone unless told otherwise."""
    async with listening(server.app(), host, port) as found:
        yield found
