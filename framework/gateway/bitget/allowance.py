"""What Bitget allows of each endpoint: so many requests in any second. Who would ask more waits here, not at a 429."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from framework.venues.bitget.endpoints import Endpoint

WINDOW_S: Final = 1.0  # Endpoint pages: limits are by the second; whether it slides is not said, so it does


class Allowance:
    """Counts questions. A unit is held until a window after its answer: only then has it left the venue's for certain."""

    def __init__(self) -> None:
        self._in_flight: dict[str, int] = {}
        self._held: dict[str, deque[float]] = {}
        """Path -> when each answered question counts no more, oldest first."""

    @asynccontextmanager
    async def turn(self, endpoint: Endpoint) -> AsyncIterator[None]:
        """Wait until one more may leave, and hold it for the length of the block and a window."""
        loop, path = asyncio.get_running_loop(), endpoint.path
        held = self._held.setdefault(path, deque())
        while self._in_flight.get(path, 0) + len(held) >= endpoint.per_second:
            await asyncio.sleep(max(held[0] - loop.time(), 0.0) if held else WINDOW_S / 10)
            while held and held[0] <= loop.time():
                held.popleft()
        self._in_flight[path] = self._in_flight.get(path, 0) + 1
        try:
            yield
        finally:
            self._in_flight[path] -= 1
            held.append(loop.time() + WINDOW_S)
