"""A venue for the benchmark tick to order: sends one public trade, waits for a whole order, stamps both, goes on.

    python -m benchmarks.tick_server         prints its two ports, orders and stream; ends when standard input does

`GET /begin/N` on the port of orders begins so many ticks, each a moment after the order before was answered; `GET /stamps`
gives and forgets (sent, order there), in `time.perf_counter_ns`, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Final

from aiohttp import WSMsgType, web

from benchmarks import order_server

PAUSE_S: Final = 0.002
"""Between an answer and the next tick: whoever traded has read it."""
TRADE: Final = {"price": "30000.01", "size": "0.012300", "side": "buy"}
CLIENT_ID: Final = re.compile(rb'"clientOid":"([^"]+)"')
ARG: Final = {"instType": "SPOT", "channel": "trade", "instId": "BTCUSDT"}


class Ticks:
    """Who listens, and what was sent and came."""

    def __init__(self) -> None:
        self.socket: web.WebSocketResponse | None = None
        self.subscribed = asyncio.Event()
        self.left = 0
        self.number = 0
        self.sent_ns = 0
        self.stamps: list[tuple[int, int]] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One stream: acknowledges whatever is asked for."""
        self.socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data == "ping":
                await socket.send_str("pong")
            elif message.type is WSMsgType.TEXT:
                await socket.send_str(json.dumps({"event": "subscribe", "arg": ARG}))
                self.subscribed.set()
        return socket

    def begin(self, ticks: int) -> None:
        """Send so many, the first one now."""
        self.left = ticks
        self.later()

    def later(self) -> None:
        """The next one, if one is left."""
        if self.left:
            self.left -= 1
            asyncio.get_running_loop().call_later(PAUSE_S, lambda: asyncio.ensure_future(self.tick()))

    async def tick(self) -> None:
        """Send a trade."""
        await self.subscribed.wait()
        assert self.socket is not None
        self.number += 1
        stamp = str(1_700_000_000_000 + self.number)
        row = {"ts": stamp, **TRADE, "tradeId": str(1_200_000_000_000_000_000 + self.number)}
        frame = json.dumps({"action": "update", "arg": ARG, "data": [row], "ts": int(stamp)}, separators=(",", ":"))
        self.sent_ns = time.perf_counter_ns()
        await self.socket.send_str(frame)

    def ordered(self, now_ns: int) -> None:
        """A whole order is there."""
        self.stamps.append((self.sent_ns, now_ns))
        self.later()


TICKS: Final = Ticks()


class Venue(order_server.Venue):
    """Takes orders, in the plain dialect and in Bitget's."""

    def answer(self, request: bytes, body: bytes, now_ns: int) -> None:
        """Say yes."""
        if request.startswith(b"GET /begin/"):
            TICKS.begin(int(request[11:].split(b" ", 1)[0]))
            self.say(b"{}")
        elif request.startswith(b"GET /stamps"):
            self.say(json.dumps(TICKS.stamps).encode())
            TICKS.stamps.clear()
        elif request.startswith(b"POST /api/v2/"):
            found = CLIENT_ID.search(body)
            name = found[1] if found else b""
            self.say(b'{"code":"00000","msg":"success","data":{"orderId":"v%b","clientOid":"%b"}}' % (name, name))
            TICKS.ordered(now_ns)
        else:
            super().answer(request, body, now_ns)
            if request.startswith(b"POST"):
                TICKS.ordered(now_ns)

    def say(self, said: bytes) -> None:
        """Answer."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        self.transport.write(head.encode() + said)


async def main() -> None:
    """Serve until nobody holds our standard input."""
    loop = asyncio.get_running_loop()
    orders = await loop.create_server(Venue, "127.0.0.1", 0)
    app = web.Application()
    app.router.add_get("/ws", TICKS.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    stream = web.TCPSite(runner, "127.0.0.1", 0)
    await stream.start()
    ports = orders.sockets[0].getsockname()[1], runner.addresses[0][1]
    print(*ports, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
