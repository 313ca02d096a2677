"""The inbox of a drive: what other threads want done between two instants, and the bell that ends its sleep."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Job(Generic[T]):
    """Something to be done in the drive's thread."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.result: T | None = None
        self.is_given_up = False
        """Nobody waits for it any more: it is not begun."""
        self.is_done = threading.Event()

    def run(self) -> None:
        """Do it; whatever it raises ends the run, and whoever waits learns that there is no result."""
        try:
            if not self.is_given_up:
                self.result = self._call()
        finally:
            self.is_done.set()


class Inbox:
    """Jobs in the order of asking. One thread serves them, any may ask.

    Args:
        woken: called, from any thread, when the drive has something to do: for one that does not sleep here.
    """

    def __init__(self, woken: Callable[[], None] = lambda: None) -> None:
        self.woken = woken
        self.rings = False
        """Something waits; a plain attribute, for the drive looks at it at every instant."""
        self.beats = 0
        """Counts instants: a watchdog sees by it that the loop goes on."""
        self.is_idle = True
        """The drive sleeps, has not begun, or is over: it does not stand still."""
        self._bell = threading.Event()
        self._jobs: deque[Job[object]] = deque()
        self._lock = threading.Lock()
        self._is_closed = False

    def ask(
        self,
        call: Callable[[], T],
        wait_s: float,
        *,
        late: Callable[[], object] | None = None,
        late_s: float = 0.0,
        keeps: bool = False,
    ) -> T | None:
        """Have something done between two instants, and wait for it. None: it was not done in time, or the run is over.

        Args:
            late: called here, in the asking thread, when it is not done after `late_s`.
            keeps: it is still done when nobody waits any more.
        """
        job: Job[T] = Job(call)
        with self._lock:
            if self._is_closed:
                return None
            self._jobs.append(job)  # type: ignore[arg-type]  # its result is read by nobody but the asker
            self.rings = True
            self._bell.set()
        self.woken()
        if late is not None and not job.is_done.wait(late_s):
            late()
        if not job.is_done.wait(wait_s):
            job.is_given_up = not keeps
        return job.result

    def serve(self) -> None:
        """Do what waits. The drive's thread alone calls it."""
        while True:
            with self._lock:
                if not self._jobs:
                    self.rings = False
                    self._bell.clear()
                    return
                job = self._jobs.popleft()
            job.run()

    def sleep(self, wait_s: float) -> None:
        """Sleep, unless something waits or comes."""
        self.is_idle = True
        self._bell.wait(wait_s)
        self.is_idle = False
        with self._lock:
            if not self._jobs:
                self._bell.clear()

    def wake(self) -> None:
        """End the sleep: there is something to play."""
        self._bell.set()
        self.woken()

    def close(self) -> None:
        """Nothing is done any more; who waits learns it."""
        with self._lock:
            self._is_closed = True
            self.is_idle = True
            left, self._jobs = list(self._jobs), deque()
        for job in left:
            job.is_given_up = True
            job.run()
