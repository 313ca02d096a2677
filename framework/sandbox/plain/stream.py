"""The plain dialect's private stream: each listener hears what happens to the account's orders, in order, numbered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec
from aiohttp import WSCloseCode, web

from framework.model.events import OrderReport, ReportKind
from framework.sandbox.faults import FaultKind
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.views import fill_view, wire_price
from framework.sandbox.plain.wire import StreamMessage

UNREAD_MAX: Final = 10_000
"""A listener that leaves more unread is cut off: it must not believe that it has heard everything."""
ENDS: Final = (ReportKind.CANCELLED, ReportKind.EXPIRED)


class Audience:
    """Everybody who listens."""

    def __init__(self, venue: LoopbackVenue) -> None:
        self._venue = venue
        self._listeners: list[asyncio.Queue[str | None]] = []
        self._seq = 0
        self._copies = 1
        venue.told = self.tell

    @contextmanager
    def suffering(self, kind: FaultKind) -> Iterator[None]:
        """What is told within the block is told as the fault wants it."""
        self._copies = {FaultKind.DUPLICATE_REPORTS: 2, FaultKind.DROP_REPORTS: 0}.get(kind, 1)
        try:
            yield
        finally:
            self._copies = 1

    def tell(self, report: OrderReport) -> None:
        """Tell everybody. A message that a fault swallows has its number too: who counts sees the gap."""
        self._seq += 1
        data = msgspec.json.encode(self._told(report)).decode()
        for listener in tuple(self._listeners):
            for _ in range(self._copies):
                if listener in self._listeners:
                    self._put(listener, data)

    def _put(self, listener: asyncio.Queue[str | None], data: str) -> None:
        if listener.qsize() < UNREAD_MAX:
            listener.put_nowait(data)
            return
        while not listener.empty():
            listener.get_nowait()
        listener.put_nowait(None)
        self._forget(listener)

    def _forget(self, listener: asyncio.Queue[str | None]) -> None:
        with suppress(ValueError):  # cut off already
            self._listeners.remove(listener)

    def _told(self, report: OrderReport) -> StreamMessage:
        record = self._venue.orders[report.client_order_id]
        there = record.order.instrument
        return StreamMessage(
            seq=self._seq,
            id=report.client_order_id,
            kind=report.kind.value,
            venue_id=report.venue_order_id,
            reason=report.reason,
            detail=report.detail,
            price=wire_price(there, report.price_points),
            size=there.size_text(report.size_points) if report.size_points else "",
            fill=fill_view(self._venue.fills[-1]) if report.fill is not None else None,
            ts_ns=report.ts_recv_ns,
            filled=there.size_text(record.order.filled_points) if report.kind in ENDS else "",
        )

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one listener until it leaves."""
        ws = web.WebSocketResponse(heartbeat=15.0)
        await ws.prepare(request)
        listener: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.append(listener)
        # Who hears this has missed nothing from here on.
        await ws.send_str(msgspec.json.encode(StreamMessage(self._seq, "", "listening")).decode())
        sending = asyncio.create_task(self._send(ws, listener), name="stream")
        try:
            async for _ in ws:
                pass  # it has nothing to say; reading sees its pings and its leaving
        finally:
            self._forget(listener)
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        return ws

    async def _send(self, ws: web.WebSocketResponse, listener: asyncio.Queue[str | None]) -> None:
        with suppress(ConnectionError):
            while (data := await listener.get()) is not None:
                await ws.send_str(data)
            await ws.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too much unread")

    async def close(self, app: web.Application) -> None:  # noqa: ARG002 - as aiohttp calls it
        """Send everybody away."""
        for listener in self._listeners:
            listener.put_nowait(None)
