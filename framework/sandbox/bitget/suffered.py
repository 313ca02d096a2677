"""A REST request that suffers a fault: before it is looked at, or after it was carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from framework.sandbox.bitget.rest import Response
from framework.sandbox.faults import Fault, FaultKind

NEVER_S: Final = 3_600.0
PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
BEFORE: Final = {FaultKind.DROP_BEFORE, FaultKind.HOLD_BEFORE}
SAID_INSTEAD: Final = {FaultKind.STATUS, FaultKind.ERROR, FaultKind.HTML}
COPIES: Final = {FaultKind.DUPLICATE_REPORTS: 2, FaultKind.DROP_REPORTS: 0}


async def suffered(
    fault: Fault, request: web.Request, judge: Callable[[], Response], suffer: Callable[[int], None]
) -> web.StreamResponse:
    """What comes of it.

    Args:
        judge: carries the request out.
        suffer: told how often what it causes is told on the streams.
    """
    if fault.kind in SAID_INSTEAD and not fault.is_processed:
        return _instead(fault)
    if fault.kind is FaultKind.HOLD_BEFORE:
        await asyncio.sleep(NEVER_S)
    if fault.kind in BEFORE:
        return _cut_off(request)
    if fault.kind is FaultKind.DELAY_BEFORE:
        await asyncio.sleep(fault.delay_ms / 1_000)
    suffer(COPIES.get(fault.kind, 1))
    try:
        found = judge()
    finally:
        suffer(1)
    return await _badly_told(fault, request, found)


async def _badly_told(fault: Fault, request: web.Request, found: Response) -> web.StreamResponse:
    match fault.kind:
        case FaultKind.STATUS | FaultKind.ERROR | FaultKind.HTML:
            return _instead(fault)
        case FaultKind.DELAY_AFTER:
            await asyncio.sleep(fault.delay_ms / 1_000)
        case FaultKind.HOLD_AFTER:
            await asyncio.sleep(NEVER_S)
        case FaultKind.DROP_AFTER:
            return _cut_off(request)
        case FaultKind.GARBAGE:
            return _cut_off(request, b"\x15\x03\x01 this is no answer\r\n\r\n")
        case FaultKind.CLOSE_MID_BODY:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(found.body)}\r\n\r\n"
            return _cut_off(request, head.encode() + found.body[: min(fault.keep, len(found.body) - 1)])
        case _:
            pass
    return on_the_wire(found)


def on_the_wire(found: Response) -> web.Response:
    """An answer on the wire."""
    return web.Response(status=found.status, body=found.body, headers=found.headers, content_type="application/json")


def _instead(fault: Fault) -> web.Response:
    response = _page(fault)
    if fault.retry_after_s:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    return response


def _page(fault: Fault) -> web.Response:
    if fault.kind is FaultKind.HTML:
        return web.Response(status=fault.status, body=PAGE, content_type="text/html")
    if fault.kind is FaultKind.ERROR:
        body = {"code": fault.code, "msg": fault.message, "requestTime": 0, "data": None}
        status = 429 if fault.code == "429" else 400
        return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
    return web.Response(status=fault.status, body=b"", content_type="application/json")


def _cut_off(request: web.Request, last: bytes = b"") -> web.Response:
    transport = request.transport
    if transport is not None:
        transport.write(last)
        transport.close()
    return web.Response()
