"""A server on loopback that speaks the public side of the venue, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.venues.bitget.public.samples import crc, push, trade

SYMBOLS = [
    {
        "symbol": "BTCUSDT",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "minTradeAmount": "0",
        "maxTradeAmount": "10000000000",
        "takerFeeRate": "0.001",
        "makerFeeRate": "0.0008",
        "pricePrecision": "2",
        "quantityPrecision": "6",
        "quotePrecision": "8",
        "status": "online",
        "minTradeUSDT": "1",
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
    },
    {
        "symbol": "OLDUSDT",
        "baseCoin": "OLD",
        "quoteCoin": "USDT",
        "pricePrecision": "2",
        "quantityPrecision": "2",
        "status": "halt",
    },
]


class PublicServer:
    """One market that quotes and trades as fast as it is listened to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.connections = 0
        self._started: Future[str] = Future()
        self._stopped: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    async def _main(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/api/v2/spot/public/symbols", self._symbols)
        app.router.add_get("/api/v2/spot/market/candles", self._candles)
        app.router.add_get("/v2/ws/public", self._stream)
        async with TestServer(app) as server:
            self._started.set_result(f"127.0.0.1:{server.port}")
            await self._stopped.wait()

    def start(self) -> str:
        self._thread.start()
        return self._started.result(10)

    def stop(self) -> None:
        assert self._loop is not None
        assert self._stopped is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    async def _symbols(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        return web.json_response({"code": "00000", "msg": "success", "data": SYMBOLS})

    async def _candles(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        start_ms, end_ms = int(request.query["startTime"]), int(request.query["endTime"])
        first_ms = -(-start_ms // 60_000) * 60_000
        rows = [[str(ms), "100", "101.50", "99", "100.10", "5", "0", "0"] for ms in range(first_ms, end_ms + 1, 60_000)]
        return web.json_response({"code": "00000", "msg": "success", "data": rows})

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        self.connections += 1
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        for arg in (await ws.receive_json())["args"]:
            await ws.send_json({"event": "subscribe", "arg": arg})
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._talk(ws)
        return ws

    async def _talk(self, ws: web.WebSocketResponse) -> None:
        bids, asks = [("100.00", "5")], [("100.10", "5")]
        await ws.send_str(book_frame(bids, asks))
        for number in range(1, 100_000):
            price = f"{100 + number % 7 / 100:.2f}"
            quote = {"bids": [[price, "5"]], "asks": [["100.10", "5"]], "checksum": 0, "ts": "1"}
            await ws.send_str(push("books1", [quote], action="snapshot").decode())
            await ws.send_str(push("trade", [trade(number, price, "0.5", "sell")]).decode())
            await asyncio.sleep(0.002)


def book_frame(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> str:
    row = {"bids": bids, "asks": asks, "checksum": crc(bids, asks), "ts": "1"}
    frame = {
        "action": "snapshot",
        "arg": {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"},
        "data": [row],
        "ts": 1,
    }
    return json.dumps(frame)


@contextlib.contextmanager
def public_server() -> Iterator[tuple[PublicServer, str]]:
    """The server, and the host and port that it listens on."""
    server = PublicServer()
    host = server.start()
    try:
        yield server, host
    finally:
        server.stop()
