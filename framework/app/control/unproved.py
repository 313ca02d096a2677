"""Kept kills that were applied, until the latch holds their trips: only then a restart needs them no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from framework.kernel.kill_requests import KillRequests


class Unproved:
    """Of one run, told of by its loop and by whoever kills it: a lock holds them apart, never while a disk is waited for.

    Args:
        fault: what keeps the latch from holding all that was handed to it; empty where nothing does.
    """

    def __init__(self, requests: KillRequests, fault: Callable[[], str]) -> None:
        self._requests = requests
        self._fault = fault
        self._names: set[str] = set()
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """The latch holds all of them."""
        return not self._names

    def add(self, names: Iterable[str]) -> None:
        """These were applied: their trips have been handed to the latch."""
        with self._lock:
            self._names.update(names)
        self.forget()

    def forget(self) -> None:
        """Remove what the latch holds, also where that came late; what it cannot be given, the next start finds here.

        First the names, then the latch: one that is applied meanwhile may not be on the disk yet.
        """
        with self._lock:
            names = sorted(self._names)
        if not names or self._fault():
            return
        for name in names:
            self._requests.forget(name)
        with self._lock:
            self._names.difference_update(names)
