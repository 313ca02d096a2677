"""One kept connection to a venue, and the one request that may be in flight on it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET, socket
from threading import Lock
from typing import Any, Final

from framework.gateway.http1 import BODY_BYTES_MAX, AnswerParser, Odd
from framework.gateway.outcome import NotSent, Outcome, Unknown
from framework.kernel.kill_word import Passage, Withheld

Write = Callable[[bytes], None]
Emit = Callable[[Write, bytes], Withheld | None]
"""Hands bytes to a transport, or says why not."""

DROP_UNSENT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: on with no time. What the kernel still holds back when the socket is closed is thrown away."""


class Connection(asyncio.Protocol):
    """Its answers reach `done` of the request that they belong to; whatever is odd ends it.

    Args:
        lock: the house's: `cut` runs under it in any thread, and the socket that it uses is given back under it.
        free: told each time when it could take the next request.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        lock: Lock,
        free: Callable[[Connection], None],
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        self.lost = asyncio.Event()
        self.passage: Passage | None = None
        """Of the creating request in flight: read by a closing thread."""
        self.used_s = loop.time()
        """When it last did something, on the loop's clock."""
        self._loop = loop
        self._lock = lock
        self._free = free
        self._body_bytes_max = body_bytes_max
        self._transport: asyncio.Transport | None = None
        self._raw: asyncio.Transport | None = None
        self._plug: socket | None = None
        self._is_cut = False
        self._parser: AnswerParser | None = None
        self._done: Callable[[Outcome], None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._why = Unknown("connection_lost", "closed by the other side")

    def __repr__(self) -> str:
        return f"<Connection {'lost' if self.lost.is_set() else 'free' if self.is_free else 'busy'}>"

    @property
    def is_free(self) -> bool:
        """It is up, and nothing is in flight."""
        return self._done is None and self.is_up

    @property
    def is_up(self) -> bool:
        """It can carry requests, now or after the one in flight."""
        return self._transport is not None and not self._is_cut and not self._transport.is_closing()

    @property
    def was_up(self) -> bool:
        """It came up once; `lost` is set some turns after it was given up."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio: a connection without TLS is up."""
        assert isinstance(transport, asyncio.Transport), transport
        self.opened(transport, transport)

    def opened(self, transport: asyncio.Transport, raw: asyncio.Transport) -> None:
        """It is up.

        Args:
            transport: takes what we write.
            raw: the one below TLS, where bytes wait that TLS says have left; the same where there is no TLS.
        """
        self._transport, self._raw = transport, raw
        ours: Any = raw.get_extra_info("socket")  # asyncio's and uvloop's wrappers share no type
        # A socket of our own: a closing thread shuts it without fear that the loop gave its number to another one.
        self._plug = None if ours is None else ours.dup()

    def ask(
        self, data: bytes, emit: Emit, wait_s: float, done: Callable[[Outcome], None], passage: Passage | None = None
    ) -> NotSent | None:
        """Send a request. What comes of it goes to `done`, in a later turn of the loop, unless it is told here.

        Args:
            emit: the last test, and the handing over, in one block.
            wait_s: for the whole answer; then the outcome is unknown and the connection is given up.
            passage: of a request that creates orders.
        """
        assert self._transport is not None and self.is_free, self
        self.passage = (
            passage  # before the bytes leave: whoever closes the word meanwhile cuts too much, not too little
        )
        refusal = emit(self._transport.write, data)
        if refusal is not None:
            self.passage = None
            return NotSent(refusal.reason, refusal.detail)
        self._parser, self._done = AnswerParser(self._body_bytes_max), done
        self._deadline = self._loop.call_later(wait_s, self._expire, wait_s)
        return None

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        if self._parser is None:
            self.give_up(Unknown("odd_answer", "bytes came that nobody asked for"))
            return
        found = self._parser.feed(data)
        if found is None:
            return
        if isinstance(found, Odd):
            self.give_up(Unknown("odd_answer", found.what))
            return
        if self._parser.is_last or self._parser.surplus or self._holds_back():
            self._abort()
        self._settle(found)

    def _holds_back(self) -> bool:
        """The answer came before the request had left whole: what is left of it must not leave later."""
        assert self._transport is not None and self._raw is not None
        return bool(self._transport.get_write_buffer_size() or self._raw.get_write_buffer_size())

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        try:
            self._unplug()
            self._settle(self._why if exc is None else Unknown("connection_lost", type(exc).__name__))
        finally:
            self.lost.set()  # else its keeper would wait for ever, and none take its place

    def cut(self) -> None:
        """From any thread, under the lock: not one more byte reaches the kernel; the loop then gives it up.

        An in-memory transport has no socket: it lives in the closing thread and is aborted at once.
        """
        self._is_cut = True
        self._why = Unknown("cut_off", "the kill word was closed before an answer came")
        if self._plug is None:
            self._abort()
            return
        with suppress(OSError):
            self._plug.shutdown(SHUT_RDWR)
        with suppress(OSError):
            self._plug.setsockopt(SOL_SOCKET, SO_LINGER, DROP_UNSENT)
        with suppress(RuntimeError):  # the loop is closed, and its transports with it
            self._loop.call_soon_threadsafe(self._abort)

    def give_up(self, why: Unknown) -> None:
        """End it without sending what it still holds back; what is in flight becomes unknown."""
        self._why = why
        self._abort()
        self._settle(why)

    def _abort(self) -> None:
        # The one below TLS first: what waits there has left already as far as TLS knows.
        if self._raw is not None:
            self._raw.abort()
        if self._transport is not None and self._transport is not self._raw:
            self._transport.abort()

    def _unplug(self) -> None:
        with self._lock:
            if self._plug is not None:
                self._plug.close()
                self._plug = None

    def _expire(self, wait_s: float) -> None:
        self.give_up(Unknown("timeout", f"no whole answer in {wait_s:g} s"))

    def _settle(self, outcome: Outcome) -> None:
        """Tell what came of the request in flight, if there is one; then the next may leave."""
        done, self._done = self._done, None
        if done is None:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._parser = self.passage = self._deadline = None
        self.used_s = self._loop.time()
        done(outcome)
        self._free(self)
