"""A sandbox venue as its tests use it: one pair at 100.00 to 101.00, and a plain client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from framework.kernel.clock import ManualClock
from framework.model.instrument import Instrument
from framework.sandbox.faults import Fault, FaultList
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.venue import PlainServer, serving
from framework.venues.sim.orders import VenueOrder
from tests.wired import NOON, quote, rules_of, spot

BTC = "BTC/USDT"


def venue(limit: int = 1_000, **balances: str) -> LoopbackVenue:
    balances = balances or {"USDT": "10000", "BTC": "1"}
    held = {asset: Decimal(amount) for asset, amount in balances.items()}
    there = spot(venue="plain")
    made = LoopbackVenue(rules_of("plain", limit=limit), [there], held, ManualClock(NOON))
    made.observe(quote(there, NOON))
    return made


def order(
    there: Instrument, number: str = "a", price: int = 9_900, size: int = 1_000, *, buy: bool = True
) -> VenueOrder:
    return VenueOrder(
        client_order_id=number, instrument=there, is_buy=buy, size_points=size, left_points=size, price_points=price
    )


def wanted(
    number: str = "a", price: str | None = "99", size: str = "0.1", side: str = "buy", **more: Any
) -> dict[str, Any]:
    return {"id": number, "side": side, "size": size, "price": price, **more}


class Client:
    """Asks a sandbox by plain JSON."""

    def __init__(self, session: aiohttp.ClientSession, server: PlainServer) -> None:
        self.session = session
        self.server = server

    async def post(self, path: str, content: Any, **headers: str) -> tuple[int, Any]:
        headers.setdefault("X-Time", str(self.server.venue.clock.now_ns))
        async with self.session.post(path, json=content, headers=headers) as answer:
            return answer.status, await answer.json()

    async def place(self, *orders: dict[str, Any]) -> tuple[int, Any]:
        return await self.post("/orders", {"symbol": BTC, "orders": list(orders or [wanted()])})

    async def get(self, path: str) -> Any:
        async with self.session.get(path) as answer:
            return await answer.json()


@asynccontextmanager
async def open_sandbox(*faults: Fault, limit: int = 1_000) -> AsyncIterator[Client]:
    server = PlainServer(venue(limit), FaultList(list(faults)))
    async with serving(server) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Client(session, server)
