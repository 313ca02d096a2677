"""An application on a port of this machine, for the length of a block."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether something broke in here: what a client did wrong is told to the client, by the status of its answer."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve it; gives the port.

    Args:
        port: 0: any that is free.

    Raises:
        OSError: it cannot listen there.
    """
    logger = logging.getLogger("sandbox")
    logger.addFilter(_is_ours)
    runner = web.AppRunner(app, access_log=None, logger=logger, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        addresses: Any = runner.addresses
        yield addresses[0][1]
    finally:
        await runner.cleanup()
