"""What comes from outside is never a traceback."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from framework.sandbox.listening import listening


async def _broken(request: web.Request) -> web.Response:
    raise KeyError(request.path)


async def _said(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.readline(), 5)
    finally:
        writer.close()


async def test_what_is_no_request_is_told_to_the_client_alone_and_what_breaks_in_here_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = web.Application()
    app.router.add_get("/broken", _broken)
    async with listening(app, "127.0.0.1", 0) as port:
        with caplog.at_level(logging.DEBUG):
            for odd in (b"\x16\x03\x01\x02 no HTTP\r\n\r\n", b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n"):
                assert b" 400 " in await _said(port, odd)
            assert not caplog.records
            assert b" 500 " in await _said(port, b"GET /broken HTTP/1.1\r\nHost: here\r\n\r\n")
            assert len(caplog.records) == 1
