"""What wakes a sleeping loop from another thread."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

RINGS_READ: Final = 4096
"""At once; whoever rings so often before he is heard was heard."""


class Bell:
    """Has something called in a loop's thread, soon after each ring or some of them.

    A socket of its own: `call_soon_threadsafe` makes a handle of each call, and has the loop read its socket until
    an exception says that nothing is left.
    """

    def __init__(self, loop: asyncio.SelectorEventLoop, heard: Callable[[], object]) -> None:
        self._loop = loop
        self._heard = heard
        self._rope, self._clapper = socket.socketpair()
        for end in (self._rope, self._clapper):
            end.setblocking(False)
        loop.add_reader(self._clapper, self._rung)

    def ring(self) -> None:
        """From any thread; nothing where it is over."""
        with suppress(OSError):  # closed, or so full that it is heard anyway
            self._rope.send(b"\0")

    def close(self) -> None:
        """In the loop's thread: it is heard no more."""
        self._loop.remove_reader(self._clapper)
        self._rope.close()
        self._clapper.close()

    def _rung(self) -> None:
        with suppress(BlockingIOError):
            self._clapper.recv(RINGS_READ)
        self._heard()
