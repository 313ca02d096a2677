"""The plain dialect's public stream: every listener hears best levels and trades of all markets, and quotes again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import web

from framework.model.events import MarketEvent, Quote
from framework.model.events import Trade as PublicTrade
from framework.model.instrument import Instrument
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.views import side

AGAIN_S: Final = 5.0
"""So often what stands is quoted again, so that silence means that the line is dead."""
UNREAD_MAX: Final = 10_000
"""A listener that leaves more unread is sent away."""


class MarketStreams:
    """Everybody who listens to the market."""

    def __init__(self, venue: LoopbackVenue) -> None:
        self._venue = venue
        self._quotes: dict[Instrument, Quote] = {}
        self._listeners: list[asyncio.Queue[MarketEvent | None]] = []
        venue.observed = self.see

    def see(self, event: MarketEvent) -> None:
        """The market moved."""
        if isinstance(event, Quote):
            self._quotes[event.instrument] = event
        elif not isinstance(event, PublicTrade):
            return
        for listener in self._listeners:
            if listener.qsize() <= UNREAD_MAX:  # one more: that it is sent away, and nothing behind that
                listener.put_nowait(event if listener.qsize() < UNREAD_MAX else None)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one listener until it leaves."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        listener: asyncio.Queue[MarketEvent | None] = asyncio.Queue()
        self._listeners.append(listener)
        for symbol in self._venue.instruments:
            await ws.send_str(_text({"kind": "listening", "symbol": symbol}))
        sending = asyncio.create_task(self._send(ws, listener), name="market")
        try:
            async for _ in ws:
                pass  # it has nothing to say; reading sees its leaving
        finally:
            self._listeners.remove(listener)
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        return ws

    async def _send(self, ws: web.WebSocketResponse, listener: asyncio.Queue[MarketEvent | None]) -> None:
        with suppress(ConnectionError):
            while True:
                for quote in self._quotes.values():
                    await ws.send_str(frame_of(quote))
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_S):
                        while (event := await listener.get()) is not None:
                            await ws.send_str(frame_of(event))
                        await ws.close()
                        return

    async def close(self, app: web.Application) -> None:  # noqa: ARG002 - as aiohttp calls it
        """Send everybody away."""
        for listener in self._listeners:
            listener.put_nowait(None)


def frame_of(event: MarketEvent) -> str:
    """An event as a frame."""
    there = event.instrument
    head: dict[str, Any] = {"symbol": there.symbol, "ts_ns": event.ts_recv_ns}
    if isinstance(event, PublicTrade):
        price, size = there.price_text(event.price_points), there.size_text(event.size_points)
        return _text(
            {"kind": "trade", **head, "price": price, "size": size, "side": side(is_buy=event.is_buy),
             "trade_id": event.trade_id}
        )  # fmt: skip
    assert isinstance(event, Quote), event
    bid, bid_size = there.price_text(event.bid_points), there.size_text(event.bid_size_points)
    ask, ask_size = there.price_text(event.ask_points), there.size_text(event.ask_size_points)
    return _text({"kind": "quote", **head, "bid": bid, "bid_size": bid_size, "ask": ask, "ask_size": ask_size})


def _text(frame: dict[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()
