"""The stream over a real socket, against a server on loopback."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from framework.kernel.clock import RealClock
from framework.model.events import FeedState, FeedStatus
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.mailbox import Mailbox
from framework.venues.sockets import LineDown, dialer
from framework.venues.ws import PublicFeed
from tests.venues.bitget.public.samples import BTC, push, trade
from tests.venues.test_ws import CHANNELS, QUOTE, SNAPSHOT


class Script:
    """A WebSocket server on loopback: each connection plays the next of its acts."""

    def __init__(self, *acts: Callable[[web.WebSocketResponse], Awaitable[None]]) -> None:
        self._acts = list(acts)
        self.done = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        asked = await ws.receive_json()
        assert asked["op"] == "subscribe"
        for arg in asked["args"]:
            await ws.send_json({"event": "subscribe", "arg": arg})
        for frame in (SNAPSHOT, QUOTE, push("trade", [trade(1)], action="snapshot")):
            await ws.send_str(frame.decode())
        if self._acts:
            await self._acts.pop(0)(ws)
        else:
            self.done.set()
            await ws.receive()
        return ws


async def huge(ws: web.WebSocketResponse) -> None:
    await ws.send_str("x" * (5 << 20))
    await ws.receive()


async def garbage(ws: web.WebSocketResponse) -> None:
    await ws.send_bytes(b"\xff\x00<html>")
    await ws.receive()


async def cut(ws: web.WebSocketResponse) -> None:
    assert ws._req is not None
    assert ws._req.transport is not None
    ws._req.transport.abort()


@pytest.mark.fault("N20", "N21")
async def test_over_a_real_socket_it_survives_huge_frames_garbage_and_cuts() -> None:
    script = Script(huge, garbage, cut)
    app = web.Application()
    app.router.add_get("/v2/ws/public", script.serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        box = Mailbox(RealClock())
        dial = dialer(session, str(server.make_url("/v2/ws/public")))
        feed = PublicFeed(dial, lambda: PublicCodec(CHANNELS), CHANNELS, box, random.Random(1))
        feed._retry_s = 0.0
        task = asyncio.create_task(feed.run())
        await asyncio.wait_for(script.done.wait(), 20)
        task.cancel()
        events, _ = box.take()
    states = [event.state for event in events if isinstance(event, FeedStatus)]
    assert feed.connections == 4
    assert states[:2] == [FeedState.GAP, FeedState.LIVE]
    assert {event.instrument for event in events} == {BTC}


async def test_who_cannot_be_reached_is_named() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(LineDown, match=r"^http://127\.0\.0\.1:1/"):
            await dialer(session, "http://127.0.0.1:1/")()
