from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from framework.sandbox.faults import Fault, FaultKind
from tests.sandbox.house import BTC, open_sandbox, order, wanted


async def heard(ws: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [await ws.receive_json() for _ in range(count)]


async def test_the_stream_tells_what_happens_in_order_and_numbered() -> None:
    async with open_sandbox() as client, client.session.ws_connect("/stream") as ws:
        assert await ws.receive_json() == {"seq": 0, "id": "", "kind": "listening"}
        await client.place(wanted("a", price="101"), wanted("b"))
        await client.post("/cancels", {"symbol": BTC, "ids": ["b"]})
        told = await heard(ws, 3)
        assert [(said["seq"], said["id"], said["kind"]) for said in told] == [
            (1, "a", "filled"),
            (2, "b", "accepted"),
            (3, "b", "cancelled"),
        ]
        fill = told[0]["fill"]
        assert (fill["price"], fill["size"], fill["fee_asset"]) == ("101", "0.1", "BTC")
        assert [said.get("filled") for said in told] == [None, None, "0"], "an end says what filled"


@pytest.mark.parametrize(("kind", "seqs"), [(FaultKind.DUPLICATE_REPORTS, [1, 1, 2]), (FaultKind.DROP_REPORTS, [2])])
async def test_reports_are_doubled_or_lost_as_asked_for(kind: FaultKind, seqs: list[int]) -> None:
    async with open_sandbox(Fault(kind)) as client, client.session.ws_connect("/stream") as ws:
        await heard(ws, 1)
        await client.place(wanted("a"))
        await client.place(wanted("b"))
        assert [said["seq"] for said in await heard(ws, len(seqs))] == seqs


async def test_who_leaves_hears_no_more() -> None:
    async with open_sandbox() as client:
        async with client.session.ws_connect("/stream") as ws:
            await heard(ws, 1)
        await client.place(wanted("a"))
        async with client.session.ws_connect("/stream") as ws:
            assert (await ws.receive_json())["seq"] == 1


async def test_who_leaves_too_much_unread_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.sandbox.plain.stream.UNREAD_MAX", 20)
    async with open_sandbox() as client, client.session.ws_connect("/stream") as ws:
        await heard(ws, 1)
        venue = client.server.venue
        btc = venue.instruments[BTC]
        venue.place(btc, [order(btc, f"o{number}") for number in range(30)])  # no turn of the loop between them
        said = await ws.receive()
        assert (said.type, said.extra) == (aiohttp.WSMsgType.CLOSE, "too much unread")
