"""Rate limits, counted as the named venue counts them: by bucket, when a request arrives."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from framework.model.batch import RequestKind
from framework.model.rules import Bucket, VenueRules


class Window(Protocol):
    """What was drawn from one bucket lately."""

    bucket: Bucket

    def used(self, now_ns: int) -> int:
        """Units that still count at an instant. Instants never go back."""
        ...

    def draw(self, units: int, now_ns: int) -> None:
        """Count units."""
        ...


class SlidingWindow:
    """Any stretch of the window's length counts: what was drawn at t is free again at t + window."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._draws: deque[tuple[int, int]] = deque()
        self._used = 0

    def used(self, now_ns: int) -> int:
        """Units drawn after `now_ns` - window."""
        while self._draws and self._draws[0][0] <= now_ns - self.bucket.window_ns:
            self._used -= self._draws.popleft()[1]
        return self._used

    def draw(self, units: int, now_ns: int) -> None:
        """Count units at `now_ns`."""
        self._draws.append((now_ns, units))
        self._used += units


class FixedWindow:
    """Windows begin at whole multiples of their length, and begin empty."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._window = -1
        self._used = 0

    def used(self, now_ns: int) -> int:
        """Units drawn since the window began."""
        window = now_ns // self.bucket.window_ns
        if window != self._window:
            self._window, self._used = window, 0
        return self._used

    def draw(self, units: int, now_ns: int) -> None:
        """Count units in the window of `now_ns`."""
        self._used = self.used(now_ns) + units


class Limits:
    """All buckets of a venue, for one account behind one address: UID, key and IP count the same requests.

    A request that any bucket refuses draws from none: whether venues count refused requests is not documented. What
    a venue does to those who go on after a refusal (longer bans) is not played here.
    """

    def __init__(self, rules: VenueRules) -> None:
        windows: dict[str, Window] = {
            bucket.name: FixedWindow(bucket) if bucket.is_fixed else SlidingWindow(bucket) for bucket in rules.buckets
        }
        self._costs = {kind: [(windows[cost.bucket], cost) for cost in costs] for kind, costs in rules.costs.items()}

    def admit(self, kind: RequestKind, orders: int, now_ns: int) -> Bucket | None:
        """Draw what a request of so many orders costs. The full bucket where one has no room: nothing is drawn then."""
        draws = [(window, cost.of(orders)) for window, cost in self._costs[kind]]
        for window, units in draws:
            if window.used(now_ns) + units > window.bucket.limit:
                return window.bucket
        for window, units in draws:
            window.draw(units, now_ns)
        return None
