"""What a live feed has heard and the run has not yet taken: bounded, and stamped as it comes.

Quotes keep the latest of each market. Nothing else is dropped in silence: where it would not fit, all that waits of
its market goes, a gap is told instead, and who put it in learns that it must ask anew. A reader may be in another
thread than the run: whoever stamps or takes holds the lock, so that no event is older than one already taken.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from operator import attrgetter
from types import TracebackType
from typing import Final

from framework.kernel.clock import Clock
from framework.model.events import FeedState, FeedStatus, MarketEvent, Quote
from framework.model.instrument import Instrument

EVENTS_MAX: Final = 20_000
"""Some minutes of a busy market's trades and depth."""

_TIME = attrgetter("ts_recv_ns")


class Mailbox:
    """One feed's events on their way to the run.

    Args:
        clock: stamps what comes.
        woken: called when something was put in where nothing was since the last taking; from the reader's thread.
    """

    def __init__(self, clock: Clock, events_max: int = EVENTS_MAX, woken: Callable[[], None] = lambda: None) -> None:
        self.woken = woken
        self.overflows = 0
        """Times that a market's events were thrown away for want of room."""
        self._clock = clock
        self._events_max = events_max
        self._quotes: dict[Instrument, Quote] = {}
        self._events: deque[MarketEvent] = deque()
        self._void: set[Instrument] = set()
        """Markets that overflowed since the last taking: their gap is told."""
        self._is_rung = False
        """Whoever takes was woken and has not come yet."""
        self._floor_ns = 0
        self._lock = threading.RLock()

    def __enter__(self) -> int:
        """Hold it, to stamp and put; gives now, UTC nanoseconds, later than all that was taken."""
        self._lock.acquire()
        return self._now_ns

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    @property
    def _now_ns(self) -> int:
        return max(self._clock.now_ns, self._floor_ns + 1)

    def put(self, events: Iterable[MarketEvent]) -> bool:
        """Add events stamped while it is held. False: there was no room, and a gap of their market is told instead."""
        is_kept = True
        with self._lock:
            for event in events:
                if type(event) is Quote:
                    self._quotes.pop(event.instrument, None)
                    self._quotes[event.instrument] = event
                elif type(event) is FeedStatus or self._has_room(event):
                    self._events.append(event)
                else:
                    is_kept = False
                    self._overflow(event)
            is_first, self._is_rung = not self._is_rung, True
        if is_first:
            self.woken()
        return is_kept

    def take(self) -> tuple[list[MarketEvent], int]:
        """Everything that waits, in the order of its stamps, and now: what is put in later is stamped later."""
        with self._lock:
            self._floor_ns = self._now_ns
            self._is_rung = False
            if not self.has_some:
                return [], self._floor_ns
            events = sorted([*self._events, *self._quotes.values()], key=_TIME)
            self._events.clear()
            self._quotes.clear()
            self._void.clear()
            return events, self._floor_ns

    @property
    def has_some(self) -> bool:
        """Whether something waits."""
        return bool(self._events or self._quotes)

    def _has_room(self, event: MarketEvent) -> bool:
        """A market whose gap was told gets none until the gap is taken: what follows a hole must not look whole."""
        return len(self._events) < self._events_max and event.instrument not in self._void

    def _overflow(self, event: MarketEvent) -> None:
        instrument = event.instrument
        if instrument in self._void:
            return
        self._void.add(instrument)
        self.overflows += 1
        detail = f"{self._events_max} events wait to be taken: the strategies are slower than the market"
        kept = [one for one in self._events if one.instrument is not instrument or type(one) is FeedStatus]
        self._events = deque([*kept, FeedStatus(instrument, event.ts_recv_ns, FeedState.GAP, detail)])
        self._quotes.pop(instrument, None)
