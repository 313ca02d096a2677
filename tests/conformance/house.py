"""A sandbox in a thread of its own, with a still market, and foreign clients (ccxt) that trade on it over loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar

import ccxt

from framework.kernel.clock import RealClock
from framework.model.events import Depth, Trade
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.bitget.venue import BitgetVenue

Found = TypeVar("Found")
MIDDLE = {"BTC": 60_000, "ETH": 2_500}
LEVELS = 30


class House:
    """The venue, and the loop that it lives on."""

    def __init__(self, venue: BitgetVenue, server: BitgetServer, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.venue = venue
        self.server = server
        self.loop = loop
        self.port = port
        self._paid_ms = 0

    def do(self, act: Callable[[], Found]) -> Found:
        """Do something on the venue's own thread, and wait for it."""

        async def done() -> Found:
            return act()

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(10)

    def show(self, base: str = "BTC", middle: int = 0) -> None:
        """A book of 30 levels a side, a whole coin each, a dollar apart."""
        self.do(lambda: show(self.venue, base, middle))

    def trade(self, price: str, size: str, *, buy: bool, base: str = "BTC") -> None:
        """Somebody trades on the spot pair."""
        there = next(one.instrument for one in LISTINGS if one.base == base and one.product is ListedProduct.SPOT)
        event = Trade(there, self.venue.clock.now_ns, there.data_price(price), there.data_size(size), buy)
        self.do(lambda: self.venue.observe(event))

    def pay(self, pair: str, rate: str) -> None:
        """Positions of a perpetual pay each other now."""
        listing = next(one for one in LISTINGS if one.instrument.symbol == pair)
        self._paid_ms = max(self._paid_ms + 1, self.venue.now_ms)  # no two at one time: clients sort by it
        self.do(lambda: self.venue.funding.pay(listing, Decimal(rate), self._paid_ms))

    def key(self, name: str) -> Any:
        """A ready-made key."""
        return next(key for key in self.venue.keys.values() if key.name == name)

    def client(self, name: str, made: Any = ccxt.bitget, **options: Any) -> Any:
        """ccxt with a key of that name; no name: without one."""
        rest = f"http://127.0.0.1:{self.port}"
        credentials = {}
        if name:
            key = self.key(name)
            credentials = {"apiKey": key.key, "secret": key.secret, "password": key.passphrase}
        client = made({**credentials, "options": options, "timeout": 10_000})
        client.urls["api"] = {
            part: (rest if isinstance(address, str) else address) for part, address in client.urls["api"].items()
        }
        ws = f"ws://127.0.0.1:{self.port}"
        client.urls["api"]["ws"] = {
            "public": f"{ws}/v2/ws/public",
            "private": f"{ws}/v2/ws/private",
            "utaPublic": f"{ws}/v3/ws/public",
            "utaPrivate": f"{ws}/v3/ws/private",
        }
        return client


def show(venue: BitgetVenue, base: str = "BTC", middle: int = 0) -> None:
    there = next(one.instrument for one in LISTINGS if one.base == base and one.product is ListedProduct.SPOT)
    at, size = (middle or MIDDLE[base]) * there.price_scale, there.size_scale
    bids = tuple((at - step * there.price_scale, size) for step in range(1, LEVELS + 1))
    asks = tuple((at + step * there.price_scale, size) for step in range(1, LEVELS + 1))
    venue.observe(Depth(there, venue.clock.now_ns, bids, asks, is_snapshot=True))


@contextmanager
def open_house() -> Iterator[House]:
    """Serve for the length of a block, in a thread."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), list[House]()

    async def serve(stop: asyncio.Event) -> None:
        venue = BitgetVenue(RealClock())
        server = BitgetServer(venue)
        for base in MIDDLE:
            show(venue, base)
        async with serving(server) as port:
            found.append(House(venue, server, loop, port))
            ready.set()
            await stop.wait()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(stop)), name="sandbox", daemon=True)
    thread.start()
    try:
        assert ready.wait(20), "the sandbox did not start"
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
