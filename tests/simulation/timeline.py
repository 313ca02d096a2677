"""The world's time: one heap of what is due, outside of any process that runs in it."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from framework.kernel.clock import ManualClock
from tests.simulation.chance import Chance

NEVER_NS = 1 << 62


def nothing() -> None:
    """What is due when time ends."""


class Timeline:
    """What is due at one instant comes in the order of asking, or in one that chance draws.

    As asyncio has it: what is to happen at once comes in the order of asking, and so does what one source says. Between
    sources there is none: of the sockets that can be read, the timers that are due and the threads that call, any is
    first.

    Args:
        shuffle: draws the order of what is due at one instant; None: nothing is shuffled.
    """

    def __init__(self, now_ns: int, shuffle: Chance | None = None) -> None:
        self.clock = ManualClock(now_ns)
        self.heap: list[tuple[int, float, int, Callable[[], None]]] = [(NEVER_NS, 0.0, 0, nothing)]
        """What is due, the next of it first; last something that never is. Looked at with every event."""
        self._numbers = count(1)
        self._shuffle = shuffle
        self._at_once = (0, 0.0)
        """Instant and place of what was last asked to happen at once."""
        self._places: dict[tuple[int, str], float] = {}
        """Instant and source -> place of what that source says there."""

    def after(self, delay_ns: int, action: Callable[[], None], source: str = "") -> None:
        """Call `action` so much later.

        Args:
            source: what comes from one source stays in its order; empty: it comes alone.
        """
        ts_ns = self.clock.now_ns
        if delay_ns > 0:
            ts_ns += delay_ns
        place = 0.0 if self._shuffle is None else self._place(self._shuffle.random(), ts_ns, source)
        heappush(self.heap, (ts_ns, place, next(self._numbers), action))

    def _place(self, drawn: float, ts_ns: int, source: str) -> float:
        """Where among what is due at an instant."""
        if source:
            return self._places.setdefault((ts_ns, source), drawn)
        if ts_ns > self.clock.now_ns:
            return drawn
        if self._at_once[0] == ts_ns:
            drawn = max(drawn, self._at_once[1])  # never before what was asked for first
        self._at_once = ts_ns, drawn
        return drawn

    def step(self) -> None:
        """Do what is due next, at its instant."""
        self.clock.now_ns, _, _, action = heappop(self.heap)
        action()
