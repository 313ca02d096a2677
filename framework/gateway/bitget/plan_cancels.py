"""Cancels of trigger orders on their way: each is a request of its own, and the venue takes so many of them a second.

The router plans and counts cancels of orders. That some of a cancel are trigger orders only the gateway knows, so their
requests are counted here, by endpoint: what is too many waits for its second, and not at a 429.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from framework.gateway.bitget.allowance import WINDOW_S
from framework.gateway.outcome import Outcome
from framework.venues.bitget.endpoints import Endpoint

SHARED: Final = (3, 10)
"""Of an endpoint that the router budgets for other cancels: so much of it, the most that it keeps for cancels elsewhere."""

Build = Callable[[], bytes]
Done = Callable[[Outcome], None]


class PlanCancels:
    """Lets them out, oldest first. A unit is held until a window after its answer. Called on the loop of its road.

    Args:
        cancel: hands one to a connection for cancels.
    """

    def __init__(self, cancel: Callable[[Build, Done], None]) -> None:
        self._cancel = cancel
        self._ways: dict[str, CancelLane] = {}

    def send(self, name: str, endpoint: Endpoint, build: Build, done: Done) -> bool:
        """Take an order back as soon as its endpoint allows; one that waits already is not sent twice.

        Returns:
            Whether this is a request of its own.
        """
        way = self._ways.setdefault(endpoint.path, CancelLane(endpoint, self._cancel))
        is_new = name not in way.waiting
        way.waiting.setdefault(name, (build, []))[1].append(done)
        way.let_out()
        return is_new


class CancelLane:
    """One endpoint's."""

    def __init__(self, endpoint: Endpoint, cancel: Callable[[Build, Done], None]) -> None:
        share, whole = SHARED if endpoint.bucket else (1, 1)
        self.most = max(1, endpoint.per_second * share // whole)
        """In any second."""
        self.waiting: dict[str, tuple[Build, list[Done]]] = {}
        """Order -> its request, and who wants to hear of it."""
        self._cancel = cancel
        self._in_flight = 0
        self._held: deque[float] = deque()
        """When each that was answered counts no more, oldest first."""
        self._is_timed = False

    def let_out(self) -> None:
        """All that may leave leaves; the rest when the next unit is free."""
        loop = asyncio.get_running_loop()
        while self._held and self._held[0] <= loop.time():
            self._held.popleft()
        while self.waiting and self._in_flight + len(self._held) < self.most:
            build, dones = self.waiting.pop(next(iter(self.waiting)))
            self._in_flight += 1
            self._cancel(build, lambda outcome, dones=dones: self._answered(outcome, dones))  # type: ignore[misc]  # bound here
        if self.waiting and self._held and not self._is_timed:
            self._is_timed = True
            loop.call_at(self._held[0], self._timed)

    def _timed(self) -> None:
        self._is_timed = False
        self.let_out()

    def _answered(self, outcome: Outcome, dones: list[Done]) -> None:
        self._in_flight -= 1
        self._held.append(asyncio.get_running_loop().time() + WINDOW_S)
        for done in dones:
            done(outcome)
        self.let_out()
