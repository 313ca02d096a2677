"""The public stream: what stands is told to who comes, then what happens."""

from __future__ import annotations

import asyncio

import pytest

from framework.model.events import MarketEvent
from framework.sandbox.plain import market
from tests.sandbox.house import BTC, open_sandbox, venue
from tests.wired import quote, spot


async def test_who_comes_hears_what_stands_and_then_what_happens() -> None:
    async with open_sandbox() as client:
        now = {"symbol": BTC, "bid": "99", "ask": "100", "bid_size": "1", "ask_size": "2"}
        await client.post("/control/quote", now)
        async with client.session.ws_connect("/market") as ws:
            assert (await ws.receive_json())["kind"] == "listening"
            told = await ws.receive_json()
            assert {name: told[name] for name in now} == now
            await client.post("/control/trade", {"symbol": BTC, "price": "99.5", "size": "3", "side": "sell"})
            told = await ws.receive_json()
            assert (told["kind"], told["price"], told["size"], told["side"]) == ("trade", "99.5", "3", "sell")


async def test_what_stands_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "AGAIN_S", 0.01)
    async with open_sandbox() as client:
        await client.post("/control/quote", {"symbol": BTC, "bid": "99", "ask": "100"})
        async with client.session.ws_connect("/market") as ws:
            assert [(await ws.receive_json())["kind"] for _ in range(4)] == ["listening", "quote", "quote", "quote"]


async def test_a_listener_that_reads_nothing_is_sent_away_and_holds_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "UNREAD_MAX", 3)
    streams = market.MarketStreams(venue())
    deaf: asyncio.Queue[MarketEvent | None] = asyncio.Queue()
    streams._listeners.append(deaf)
    for number in range(1, 10):
        streams.see(quote(spot(), number))
    heard = [deaf.get_nowait() for _ in range(deaf.qsize())]
    assert [each and each.ts_recv_ns for each in heard] == [1, 2, 3, None]
