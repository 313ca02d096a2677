"""The Bitget sandbox over sockets: streams, faults, and the control door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from framework.sandbox.bitget.order_book import checksum
from framework.sandbox.bitget.server import BitgetServer, serving
from tests.sandbox.bitget.scene import Client, order, show, venue

BOOKS = {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"}
V3_BOOKS = {"instType": "spot", "topic": "books", "symbol": "BTCUSDT"}
PLACE = "/api/v2/spot/trade/place-order"


class Room:
    def __init__(self, server: BitgetServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    async def fault(self, *faults: dict[str, Any]) -> None:
        async with self.session.post("/control/faults", json=list(faults)) as told:
            assert told.status == 200, await told.text()

    async def listen(self, *args: dict[str, str], version: str = "v2", kind: str = "public") -> Any:
        ws = await self.session.ws_connect(f"/{version}/ws/{kind}")
        if args:
            await ws.send_json({"op": "subscribe", "args": list(args)})
        return ws

    def beat(self, bid: int) -> None:
        """The market moves and what is due is told: the clock of the scene stands still between."""
        show(self.server.venue, bid)
        self.server.venue.clock.now_ns += 1_000_000_000  # type: ignore[misc]  # a ManualClock
        self.server.streams.beat()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    server = BitgetServer(venue())
    async with serving(server) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Room(server, session)


async def heard(ws: Any) -> Any:
    message = await asyncio.wait_for(ws.receive(), 5)
    return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else message.type


async def test_a_ping_is_answered_in_text(room: Room) -> None:
    ws = await room.listen()
    await ws.send_str("ping")
    assert (await ws.receive()).data == "pong"


async def test_a_book_is_a_snapshot_and_then_what_changed(room: Room) -> None:
    ws = await room.listen(BOOKS)
    assert await heard(ws) == {"event": "subscribe", "arg": BOOKS}
    first = await heard(ws)
    row = first["data"][0]
    assert (first["action"], first["arg"]) == ("snapshot", BOOKS)
    assert row["checksum"] == checksum(row["bids"], row["asks"])
    room.beat(60_005)
    changed = await heard(ws)
    assert changed["action"] == "update"
    assert changed["data"][0]["pseq"] == row["seq"]
    assert ["60000.00", "0"] in changed["data"][0]["bids"]


async def test_a_gap_and_a_wrong_checksum_can_be_asked_for(room: Room) -> None:
    ws = await room.listen(BOOKS)
    await heard(ws)
    seq = (await heard(ws))["data"][0]["seq"]
    await room.fault({"kind": "book_gap", "path": "ws:books"})
    room.beat(60_005)
    room.beat(60_006)
    assert (await heard(ws))["data"][0]["pseq"] == seq + 1
    await room.fault({"kind": "wrong_checksum", "path": "ws:books"})
    room.beat(60_007)
    wrong = (await heard(ws))["data"][0]["checksum"]
    assert wrong == room.server.streams._broadcasts[_btc(room)].book.checksum ^ 1


def _btc(room: Room) -> Any:
    return next(iter(room.server.venue.markets))


async def test_v3_books_carry_no_checksum(room: Room) -> None:
    ws = await room.listen(V3_BOOKS, version="v3")
    assert await heard(ws) == {"event": "subscribe", "arg": V3_BOOKS}
    assert sorted((await heard(ws))["data"][0]) == ["a", "b", "maxDepth", "pseq", "seq", "ts"]


async def test_private_channels_want_a_login(room: Room) -> None:
    ws = await room.listen({"instType": "SPOT", "channel": "orders", "instId": "default"}, kind="private")
    assert (await heard(ws))["code"] == 30004


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("{", 30002),
        ('{"op":"subscribe"}', 30002),
        ('{"op":"dance","args":[]}', 30003),
        ('{"op":"subscribe","args":[{"instType":"SPOT","channel":"books","instId":"NOPE"}]}', 30001),
        ('{"op":"subscribe","args":[{"instType":"SPOT","channel":"nothing","instId":"BTCUSDT"}]}', 30001),
        ('{"op":"login","args":[{"timestamp":"x"}]}', 30013),
        ('{"op":"login","args":[{"timestamp":"1"}]}', 30014),
    ],
)
async def test_what_cannot_be_is_told_by_code(room: Room, sent: str, code: int) -> None:
    ws = await room.listen()
    await ws.send_str(sent)
    told = await heard(ws)
    assert (told["event"], told["code"]) == ("error", code)


async def test_more_than_ten_messages_a_second_end_the_connection(room: Room) -> None:
    ws = await room.listen()
    for _ in range(11):
        await ws.send_str("ping")
    told = [(await ws.receive()).data for _ in range(10)]
    assert told == ["pong"] * 10
    assert (await heard(ws))["code"] == 30007
    assert await heard(ws) in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


@pytest.mark.parametrize("kind", ["cut", "close"])
async def test_a_connection_can_be_ended(room: Room, kind: str) -> None:
    ws = await room.listen(BOOKS)
    await heard(ws)
    await heard(ws)
    await room.fault({"kind": kind, "path": "ws:public"})
    assert await heard(ws) in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_pong_can_be_missing(room: Room) -> None:
    await room.fault({"kind": "no_pong", "path": "ws:ping"})
    ws = await room.listen()
    await ws.send_str("ping")
    await ws.send_str("nothing")
    assert (await heard(ws))["code"] == 30002


async def test_an_answer_can_be_replaced(room: Room) -> None:
    await room.fault(
        {"kind": "error", "code": "50008", "message": "timed out", "is_processed": True},
        {"kind": "html", "status": 502},
        {"kind": "error", "code": "429", "path": PLACE},
    )
    told = []
    for _ in range(4):
        async with room.session.post(PLACE, json={}) as answer:
            text = await answer.text()
            told.append((answer.status, text[:6] if text.startswith("<") else json.loads(text)["code"]))
    assert told == [(400, "50008"), (502, "<html>"), (429, "429"), (400, "40001")]


@pytest.mark.parametrize(
    ("door", "content", "status"),
    [
        ("faults", [{"kind": "nothing"}], 400),
        ("faults", [{"kind": "book_gap"}], 400),
        ("faults", [{"kind": "change", "door": "faults"}], 400),
        ("faults", [{"kind": "change", "door": "skew", "content": {"ms": "much"}}], 400),
        ("faults", [{"kind": "change", "door": "keys", "content": {"name": "nobody"}}], 400),
        ("keys", {"name": "classic-trade", "is_revoked": True}, 200),
        ("keys", {"name": "nobody"}, 400),
        ("address", {"address": "10.0.0.1"}, 200),
        ("lead", {"uid": "1", "is_lead": True}, 200),
        ("quote", {"symbol": "BTCUSDT", "bid": "1", "ask": "2"}, 200),
        ("quote", {"symbol": "NOPE", "bid": "1", "ask": "2"}, 400),
        ("trade", {"symbol": "BTC/USDT", "price": "x", "size": "1", "side": "buy"}, 400),
        ("funding", {"symbol": "BTCUSDT", "rate": "0.0001"}, 200),
        ("funding", {"symbol": "NOPE", "rate": "0.0001"}, 400),
        ("funding", {"symbol": "BTCUSDT", "rate": "1.1"}, 400),
        ("skew", {"ms": 10**26}, 400),
        ("quote", {"symbol": "BTCUSDT", "bid": "2", "ask": "1"}, 400),
        ("quote", {"symbol": "BTCUSDT", "bid": "0", "ask": "1"}, 400),
        ("trade", {"symbol": "BTCUSDT", "price": "0", "size": "1", "side": "buy"}, 400),
        ("trade", {"symbol": "BTCUSDT", "price": "1", "size": "0", "side": "buy"}, 400),
        ("filters", {"symbol": "BTC/USDT", "notional_min": "NaN"}, 400),
        ("filters", {"symbol": "BTC/USDT", "notional_min": "-1"}, 400),
        ("filters", {"symbol": "BTC/USDT:USDT", "price_digits": 0, "notional_min": "7"}, 200),
        ("filters", {"symbol": "BTC/USDT", "size_digits": 9}, 400),
        ("nowhere", {}, 400),
    ],
)
async def test_the_control_door_says_what_it_expects(room: Room, door: str, content: Any, status: int) -> None:
    async with room.session.post(f"/control/{door}", json=content) as told:
        assert told.status == status, await told.text()


async def test_what_the_control_door_does_a_list_of_faults_does_too(room: Room) -> None:
    """So a file alone plays a clock that moves, a key that is changed, revoked or used from elsewhere, in mid-run."""
    changes: list[tuple[str, dict[str, Any], str]] = [
        ("skew", {"ms": 31_000}, "40008"),
        ("skew", {"ms": 0}, "00000"),
        ("address", {"address": "10.0.0.1"}, "40018"),
        ("address", {"address": ""}, "00000"),
        ("keys", {"name": "classic-trade", "scopes": ["read"]}, "40014"),
        ("keys", {"name": "classic-trade", "is_revoked": True}, "40037"),
    ]
    await room.fault(
        *({"kind": "change", "door": door, "content": content, "path": PLACE} for door, content, _ in changes),
        {"kind": "html", "status": 429, "retry_after_s": 7},
    )
    client, body = Client(room.server.venue, "classic-trade"), json.dumps(order())
    for door, content, code in changes:
        async with room.session.post(PLACE, data=body, headers=client.signed("POST", PLACE, "", body)) as told:
            assert (await told.json())["code"] == code, (door, content)
    async with room.session.post(PLACE, data=body) as told:
        assert (told.status, told.headers["Retry-After"]) == (429, "7")


async def test_brackets_without_end_are_refused_as_what_is_no_json(room: Room) -> None:
    async with room.session.post(PLACE, data=b"[" * 100_000) as told:
        assert (told.status, (await told.json())["code"]) == (400, "40001")
    ws = await room.listen()
    await ws.send_str("[" * 60_000)
    assert (await heard(ws))["code"] == 30002


async def test_the_clock_can_be_ahead(room: Room) -> None:
    async with room.session.post("/control/skew", json={"ms": 60_000}):
        pass
    async with room.session.get("/api/v2/public/time") as told:
        assert int((await told.json())["data"]["serverTime"]) == room.server.venue.clock.now_ns // 1_000_000 + 60_000
