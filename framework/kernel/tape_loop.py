"""The plain loop of a tape: one heap of what is due, merged with the feed's events, one instant after the other.

An instant of the Clock is a *turn*. Within it: bars that close, then what venues answer, then market data, then timers,
and at its end the strategies' intents go to the router together. Only the order of the heap decides; pacing happens
between instants and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from heapq import heappop, heappush
from typing import Any, Final

from framework.kernel.clock import ManualClock
from framework.kernel.topic import Topics

BAR_PRIORITY: Final = 0
VENUE_PRIORITY: Final = 1
MARKET_PRIORITY: Final = 2
TIMER_PRIORITY: Final = 3
SENDER_PRIORITY: Final = 4

NEVER_NS: Final = 1 << 63
"""Later than any instant."""
IDLE_NS: Final = 1_000_000_000
"""With nothing scheduled a live loop looks again after so long, if nothing wakes it."""

Action = Callable[[], None]
Due = tuple[int, int, int, Action]


class TapeLoop:
    """Plays events in time order and calls what was scheduled between them.

    Args:
        clock: set to each instant before it is played.
        topics: where market events go, by type and instrument.
        waiting: the strategies' intents of this turn; looked at, never changed.
        turn: ends a turn: hands the waiting intents to the router and empties them.
    """

    def __init__(
        self,
        clock: ManualClock,
        topics: Topics,
        waiting: Sized,
        turn: Action,
    ) -> None:
        self.clock = clock
        self.cursor = 0
        """Market events played so far."""
        self.stride = 1
        """Market events from one whose instant is yielded to the next, where nothing else is due."""
        self.watch: Callable[[int], None] | None = None
        """Told the instant of each market event before that is known to anybody."""
        self._topics = topics
        self._waiting = waiting
        self._turn = turn
        self._heap: list[Due] = []
        self._next_ns = NEVER_NS
        """When the first of the heap is due: looked at with every event."""
        self._sequence = 0

    def at(self, ts_ns: int, priority: int, action: Action) -> None:
        """Call `action` at an instant, now at the earliest. Ties break by priority, then by order of asking."""
        self._sequence += 1
        now_ns = self.clock.now_ns
        if ts_ns < now_ns:  # noqa: PLR1730 - a call of `max` costs as much as the rest of it
            ts_ns = now_ns
        heappush(self._heap, (ts_ns, priority, self._sequence, action))
        self._next_ns = self._heap[0][0]

    def _pop(self) -> Action:
        """Take the first of what is due."""
        heap = self._heap
        action = heappop(heap)[3]
        self._next_ns = heap[0][0] if heap else NEVER_NS
        return action

    def instants(self, events: Iterable[Any]) -> Iterator[int]:
        """Play everything. Yields instants before they are played, so that the caller may pace, look, or stop."""
        clock, topics, waiting, watch = self.clock, self._topics, self._waiting, self.watch
        now_ns = -1  # before every instant: the first event begins one, even where the clock stands at it already
        unseen = 1
        for event in events:
            ts_ns: int = event.ts_recv_ns
            unseen -= 1
            if (unseen <= 0 or waiting or self._next_ns <= ts_ns) and ts_ns != now_ns:
                if waiting or self._next_ns <= ts_ns:
                    yield from self._between(now_ns, ts_ns)
                yield ts_ns
                if self._next_ns <= ts_ns:
                    yield from self._head(now_ns, ts_ns)
                unseen = self.stride
            now_ns = clock.now_ns = ts_ns
            self.cursor += 1
            if watch is not None:
                watch(ts_ns)
            topic = topics[type(event)][event.instrument]
            topic.last = event
            take = topic.take
            if take is not None:
                take(event)
        self._finish(clock.now_ns)

    def follow(self, take: Callable[[], tuple[Sequence[object], int]]) -> Iterator[int]:
        """Play what comes, for ever. Yields as `instants`, and where nothing is due the instant to wait for.

        Args:
            take: gives the events that came since it was last asked, and now; what comes later is stamped later.
        """
        while True:
            events, now_ns = take()
            if events:
                yield from self.instants(events)
            yield from self._between(self.clock.now_ns, now_ns + 1)
            if not events:
                yield self.due_ns or now_ns + IDLE_NS

    def reach(self, events: Iterable[object], now_ns: int) -> None:
        """Play what came and what is due, up to now, and stand there: what happens next happens now.

        Args:
            events: none of them later than `now_ns`.
        """
        for _ in self.instants(events):
            pass
        for _ in self._between(self.clock.now_ns, now_ns + 1):
            pass
        self.clock.now_ns = max(self.clock.now_ns, now_ns)

    @property
    def due_ns(self) -> int:
        """When the next thing is scheduled; 0: nothing is."""
        return self._heap[0][0] if self._heap else 0

    def drain(self, until_ns: int) -> Iterator[int]:
        """Run what is still scheduled, up to and including an instant. Yields as `instants`."""
        return self._between(self.clock.now_ns, until_ns + 1)

    def settle(self) -> None:
        """Finish the instant that is over once more: something was asked for since. Call it between two instants."""
        self._finish(self.clock.now_ns)

    def _between(self, now_ns: int, next_ns: int) -> Iterator[int]:
        """End the instant, and play those that lie before the next market event."""
        self._finish(now_ns)
        while self._next_ns < next_ns:
            ts_ns = self._next_ns
            yield ts_ns
            if self._next_ns < ts_ns:
                continue  # asked for while somebody looked
            self.clock.now_ns = ts_ns
            self._finish(ts_ns)

    def _head(self, now_ns: int, ts_ns: int) -> Iterator[int]:
        """What comes before the market data of an instant."""
        if self._next_ns < ts_ns:  # asked for while somebody looked: it comes first
            yield from self._between(now_ns, ts_ns)
        self.clock.now_ns = ts_ns
        while self._next_ns == ts_ns and self._heap[0][1] < MARKET_PRIORITY:
            self._pop()()

    def _finish(self, ts_ns: int) -> None:
        """What is left of an instant: timers, late arrivals, and the turn; again while that makes more."""
        while True:
            while self._next_ns <= ts_ns:
                self._pop()()
            if not self._waiting:
                return
            self._turn()
