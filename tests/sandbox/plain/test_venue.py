from __future__ import annotations

import asyncio

import aiohttp
import pytest

from framework.kernel.clock import ManualClock
from framework.sandbox.faults import Fault, FaultKind
from framework.sandbox.plain.venue import WINDOW_NS
from tests.sandbox.house import BTC, open_sandbox, wanted
from tests.wired import NOON

K = FaultKind


async def test_orders_are_placed_asked_for_and_cancelled() -> None:
    async with open_sandbox() as client:
        status, said = await client.place(wanted("a"), wanted("b", size="1000"), wanted("c", price="0.001"))
        assert status == 200
        results = {result["id"]: (result["result"], result.get("reason")) for result in said["results"]}
        assert results == {
            "a": ("accepted", None),
            "b": ("rejected", "insufficient_balance"),
            "c": ("rejected", "off_grid"),
        }
        one = await client.get("/order?id=a")
        assert (one["state"], one["price"], one["size"], one["filled"]) == ("open", "99", "0.1", "0")
        assert [order["id"] for order in await client.get(f"/open-orders?symbol={BTC}")] == ["a"]
        assert await client.post("/cancels", {"symbol": BTC, "ids": ["a", "x"]}) == (
            200,
            {
                "results": [
                    {"id": "a", "result": "cancelled", "venue_id": one["venue_id"]},
                    {"id": "x", "result": "rejected", "reason": "unknown_order", "detail": "x is not known here"},
                ]
            },
        )
        assert (await client.get("/order?id=a"))["state"] == "cancelled"
        assert await client.get("/open-orders") == []
        assert await client.get("/order?id=b") == {"error": "unknown_order", "detail": ""}


async def test_a_whole_symbol_is_cancelled() -> None:
    async with open_sandbox() as client:
        await client.place(*[wanted(f"o{number}") for number in range(5)])
        _, said = await client.post("/cancels", {"symbol": BTC})
        assert [result["result"] for result in said["results"]] == ["cancelled"] * 5


async def test_an_order_is_changed() -> None:
    async with open_sandbox() as client:
        await client.place(wanted("a"))
        _, said = await client.post(
            "/amends", {"symbol": BTC, "orders": [{"id": "a", "price": "98", "size": "0.2"}, {"id": "x", "price": "1", "size": "-"}]}
        )  # fmt: skip
        assert [result["result"] for result in said["results"]] == ["amended", "rejected"]
        one = await client.get("/order?id=a")
        assert (one["price"], one["size"]) == ("98", "0.2")


async def test_fills_balances_and_the_clock_are_asked_for() -> None:
    async with open_sandbox() as client:
        await client.post("/control/quote", {"symbol": BTC, "bid": "100", "ask": "100.5"})
        await client.place(wanted("a", price=None))
        (fill,) = await client.get(f"/fills?since_ns={NOON}")
        assert (fill["id"], fill["price"], fill["size"], fill["is_maker"]) == ("a", "100.5", "0.1", False)
        assert await client.get(f"/fills?since_ns={NOON + 1}") == []
        held = {row["asset"]: (row["free"], row["locked"]) for row in await client.get("/balances")}
        assert held == {"USDT": ("9989.95", "0"), "BTC": ("1.1", "0")}
        assert await client.get("/time") == {"now_ns": NOON}


async def test_somebody_elses_trade_fills_what_rests() -> None:
    async with open_sandbox() as client:
        await client.place(wanted("a"))
        await client.post("/control/trade", {"symbol": BTC, "price": "98", "size": "5", "side": "sell"})
        assert (await client.get("/order?id=a"))["state"] == "filled"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"symbol": "X/Y", "orders": [wanted()]}, "unknown_instrument"),
        ({"symbol": BTC, "orders": []}, "batch_too_long"),
        ({"symbol": BTC, "orders": [wanted(str(number)) for number in range(51)]}, "batch_too_long"),
        ({"symbol": BTC, "orders": [wanted(), wanted()]}, "duplicate_id"),
        ({"symbol": BTC, "orders": [wanted("")]}, "bad_id"),
        ({"symbol": BTC, "orders": [{**wanted(), "side": "hold"}]}, "malformed"),
        ({"symbol": BTC, "orders": [{**wanted(), "extra": 1}]}, "malformed"),
        ({"symbol": BTC}, "malformed"),
    ],
)
async def test_a_request_that_cannot_be_read_is_refused_whole(content: object, error: str) -> None:
    async with open_sandbox() as client:
        status, said = await client.post("/orders", content)
        assert (status, said["error"]) == (400, error)
        assert client.server.venue.orders == {}


async def test_over_the_limit_the_whole_request_is_refused_with_429() -> None:
    async with open_sandbox(limit=1) as client:
        assert (await client.place(wanted("a")))[0] == 200
        status, said = await client.place(wanted("b"))
        assert (status, said["error"]) == (429, "rate_limited")


async def test_a_request_too_long_under_way_is_not_carried_out() -> None:
    async with open_sandbox() as client:
        clock = client.server.venue.clock
        assert isinstance(clock, ManualClock)
        sent = str(clock.now_ns)
        clock.now_ns += WINDOW_NS
        assert (await client.post("/orders", {"symbol": BTC, "orders": [wanted("a")]}, **{"X-Time": sent}))[0] == 200
        clock.now_ns += 1
        status, said = await client.post("/orders", {"symbol": BTC, "orders": [wanted("b")]}, **{"X-Time": sent})
        assert (status, said["error"]) == (400, "too_old")
        status, said = await client.post("/orders", {"symbol": BTC, "orders": [wanted("b")]}, **{"X-Time": "now"})
        assert (status, said["error"]) == (400, "no_time")
        assert list(client.server.venue.orders) == ["a"]


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "is_carried_out"),
    [
        (Fault(K.DROP_BEFORE), False),
        (Fault(K.DROP_AFTER), True),
        (Fault(K.CLOSE_MID_BODY, keep=5), True),
        (Fault(K.CLOSE_MID_BODY, keep=10_000), True),
        (Fault(K.GARBAGE), True),
    ],
)
async def test_a_connection_that_breaks_gives_no_answer(fault: Fault, is_carried_out: bool) -> None:
    async with open_sandbox(fault) as client:
        with pytest.raises(aiohttp.ClientError):
            await client.place(wanted("a"))
        assert ("a" in client.server.venue.orders) is is_carried_out


@pytest.mark.parametrize(
    ("fault", "is_carried_out"),
    [
        (Fault(K.STATUS, status=503), False),
        (Fault(K.STATUS, status=503, is_processed=True), True),
        (Fault(K.STATUS, status=418, retry_after_s=60), False),
    ],
)
async def test_a_status_is_answered_as_asked_for(fault: Fault, is_carried_out: bool) -> None:
    async with open_sandbox(fault) as client:
        assert (await client.place(wanted("a")))[0] == fault.status
        assert ("a" in client.server.venue.orders) is is_carried_out


@pytest.mark.parametrize(("kind", "is_carried_out"), [(K.HOLD_BEFORE, False), (K.HOLD_AFTER, True)])
async def test_silence_lasts(kind: FaultKind, is_carried_out: bool) -> None:
    async with open_sandbox(Fault(kind)) as client:
        asking = asyncio.create_task(client.place(wanted("a")))
        while client.server.faults.left:
            await client.get("/time")
        await client.get("/time")
        assert not asking.done()
        assert ("a" in client.server.venue.orders) is is_carried_out
        asking.cancel()


@pytest.mark.parametrize("kind", [K.DELAY_BEFORE, K.DELAY_AFTER])
async def test_a_delay_ends_in_an_answer(kind: FaultKind) -> None:
    async with open_sandbox(Fault(kind, delay_ms=1)) as client:
        assert (await client.place(wanted("a")))[0] == 200


async def test_a_partial_answer_leaves_entries_out() -> None:
    async with open_sandbox(Fault(K.PARTIAL, keep=1)) as client:
        _, said = await client.place(wanted("a"), wanted("b"))
        assert [result["id"] for result in said["results"]] == ["a"]
        assert list(client.server.venue.orders) == ["a", "b"]


async def test_faults_are_asked_for_by_the_control_door() -> None:
    async with open_sandbox() as client:
        _, said = await client.post("/control/faults", [{"kind": "status", "status": 500}, {"kind": "garbage"}])
        assert [fault["kind"] for fault in said["left"]] == ["status", "garbage"]
        assert (await client.place(wanted("a")))[0] == 500
        async with client.session.delete("/control/faults") as answer:
            assert await answer.json() == {"played": 1, "left": []}
        status, said = await client.post("/control/faults", [{"kind": "nonsense"}])
        assert (status, said["error"]) == (400, "malformed")
        assert (await client.post("/control/quote", {"symbol": BTC, "bid": "x", "ask": "1"}))[0] == 400
        assert (await client.post("/control/quote", {"symbol": "X/Y", "bid": "1", "ask": "1"}))[0] == 400
