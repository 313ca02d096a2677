"""The world's time: one heap of what is due, outside of any process that runs in it."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from framework.kernel.clock import ManualClock

NEVER_NS = 1 << 62


class Timeline:
    """Ties break by order of asking."""

    def __init__(self, now_ns: int) -> None:
        self.clock = ManualClock(now_ns)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._asked = 0

    def after(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Call `action` so much later."""
        self._asked += 1
        heapq.heappush(self._heap, (self.clock.now_ns + max(0, delay_ns), self._asked, action))

    @property
    def next_ns(self) -> int:
        """When something is due; never, where nothing is."""
        return self._heap[0][0] if self._heap else NEVER_NS

    def step(self) -> None:
        """Do what is due next, at its instant."""
        ts_ns, _, action = heapq.heappop(self._heap)
        if ts_ns > self.clock.now_ns:
            self.clock.now_ns = ts_ns
        action()
