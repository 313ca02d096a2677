"""Errors that nobody awaits: of protocol callbacks, timers and forgotten tasks. asyncio's loop alone hears of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Self

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from framework.kernel.logging import get_logger

HARMLESS: Final = (OSError, EOFError, aiohttp.ClientError, aiohttp.WebSocketError, HttpProcessingError)
"""What the network does to a connection, garbage that it brings as well: told, and no bug of ours."""

log = get_logger()


class UnheardErrors:
    """Hears them for the length of a block, on the running loop. A bug of ours is told to whoever halts, once.

    asyncio also complains without an error (a task destroyed at the end, a connection left open): that is logged.
    """

    def __init__(self) -> None:
        self._leave: Callable[[], None] = lambda: None
        self._halt: Callable[[Exception], None] = lambda error: None  # noqa: ARG005  # before anything can leave
        self._bug: Exception | None = None
        """The first one. What follows is logged: the end of the run is not to break as well."""

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._leave = partial(loop.set_exception_handler, loop.get_exception_handler())
        loop.set_exception_handler(self._reached)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def tell(self, halt: Callable[[Exception], None]) -> None:
        """Tell this of the first bug, also of one that came before; it is called in the loop's thread."""
        self._halt = halt
        if self._bug is not None:
            halt(self._bug)

    def _reached(self, loop: asyncio.AbstractEventLoop, facts: dict[str, Any]) -> None:
        """Whoever throws a task away may call this, in any thread and under any lock: it is looked at in a moment."""
        try:
            loop.call_soon_threadsafe(self._take, facts)
        except RuntimeError:  # the loop is closed
            loop.default_exception_handler(facts)

    def _take(self, facts: dict[str, Any]) -> None:
        error, what = facts.get("exception"), facts.get("message", "")
        is_bug = isinstance(error, Exception) and not isinstance(error, HARMLESS)
        if is_bug and self._bug is None:
            self._bug = error
            self.tell(self._halt)
        with suppress(OSError, ValueError):  # nobody reads the log any more: no error that is to come here again
            if is_bug:
                log.error("loop.broken", what=what, exc_info=error)
            else:
                log.warning("loop.complained", what=what, error=repr(error))
