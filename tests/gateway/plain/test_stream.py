from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from framework.gateway.plain import stream as stream_module
from framework.gateway.plain.stream import PlainStream
from framework.kernel.logging import configure
from framework.model.events import ReportKind
from framework.model.instrument import Instrument
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.plain.house import Heard
from tests.sandbox.house import BTC, Client, open_sandbox, wanted

R = ReportKind


class Listener:
    """A stream that listens to a sandbox."""

    def __init__(self, client: Client, url: str) -> None:
        self.client = client
        self.heard = Heard()
        self.missed: list[str] = []
        self.gap = asyncio.Event()
        there = client.server.venue
        self.stream = PlainStream(url, there.clock, self.heard, self.instrument_of, self.miss)

    def instrument_of(self, client_order_id: str) -> Instrument | None:
        return None if client_order_id.startswith("foreign") else self.client.server.venue.instruments[BTC]

    def miss(self, why: str) -> None:
        self.missed.append(why)
        self.gap.set()


@asynccontextmanager
async def listening(*faults: Fault) -> AsyncIterator[Listener]:
    async with open_sandbox(*faults) as client:
        base = str(client.session._base_url).replace("http", "ws").rstrip("/")
        listener = Listener(client, f"{base}/stream")
        running = asyncio.create_task(listener.stream.run())
        await listener.stream.listening.wait()
        yield listener
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_what_happens_is_heard_as_reports() -> None:
    async with listening() as listener:
        await listener.client.place(wanted("a", price="101"))
        assert await listener.heard.wait(1) == [("a", R.FILLED, "")]
        await listener.client.place(wanted("b"))
        assert (await listener.heard.wait(2))[1:] == [("b", R.ACCEPTED, "")]
        assert listener.missed == []


async def test_orders_of_others_are_counted_and_told_to_nobody() -> None:
    async with listening() as listener:
        await listener.client.place(wanted("foreign"), wanted("a"))
        assert await listener.heard.wait(1) == [("a", R.ACCEPTED, "")]
        assert listener.stream.strays == 1


async def test_a_number_that_is_missing_is_told() -> None:
    async with listening(Fault(FaultKind.DROP_REPORTS)) as listener:
        await listener.client.place(wanted("a"), wanted("b"))
        await listener.client.place(wanted("c"))
        await listener.heard.wait(1)
        assert listener.missed == ["messages 1 to 2"]


async def test_what_comes_twice_is_told_twice_and_missed_by_nobody() -> None:
    """The blotter takes reports of one thing once; the stream does not judge."""
    async with listening(Fault(FaultKind.DUPLICATE_REPORTS)) as listener:
        await listener.client.place(wanted("a"))
        assert await listener.heard.wait(2) == [("a", R.ACCEPTED, ""), ("a", R.ACCEPTED, "")]
        assert listener.missed == []


async def test_what_happened_while_it_was_away_is_told_as_missed() -> None:
    async with listening() as listener:
        await listener.client.place(wanted("a"))
        await listener.heard.wait(1)
        await listener.client.server._streams.close(listener.client.server.app())
        listener.stream.listening.clear()
        await listener.client.place(wanted("b"))
        await listener.gap.wait()
        assert listener.missed == ["messages 2 to 2 while the stream was away"]


async def test_a_venue_that_is_away_is_logged_seldom_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, enough = [], asyncio.Event()

    def away(*_: object, **__: object) -> None:
        tried.append(1)
        if len(tried) == 50:
            enough.set()
        raise OSError("no route to host")

    monkeypatch.setattr(stream_module, "RETRY_S_MAX", 0.0)
    monkeypatch.setattr("aiohttp.ClientSession.ws_connect", away)
    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    async with open_sandbox() as client:
        stream = Listener(client, "ws://127.0.0.1:1/stream").stream
        running = asyncio.create_task(stream.run())
        await enough.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    configure(lambda: 0)
    (line,) = [json.loads(line) for line in out.getvalue().splitlines() if "stream.failed" in line]
    assert (line["error"], line["times"]) == ("OSError", 1)
