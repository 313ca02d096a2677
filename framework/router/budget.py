"""The budget: how much of each of a venue's rate limits is in use. O(1) a request, never walks the past.

A unit is held from sending until one window after its answer; while no answer has come, until one window after the last
moment at which the venue could still accept the request. So we never count less than the venue does.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from framework.model.rules import Bucket, Cost, RequestKind, VenueRules

CANCELS: Final = frozenset({RequestKind.CANCEL, RequestKind.CANCEL_BATCH, RequestKind.CANCEL_SYMBOL})
CANCEL_RESERVE: Final = 1
"""Units that only cancels may use, in a bucket that cancels and places share."""


class Gauge:
    """One bucket's use.

    Args:
        acceptance_bound_ns: how long after sending the venue could still accept a request that is never answered.
    """

    __slots__ = ("_answered", "_held_ns", "_unanswered", "_window_ns", "bucket", "limit", "paused_until_ns", "used")

    def __init__(self, bucket: Bucket, acceptance_bound_ns: int) -> None:
        self.bucket = bucket
        self.limit = bucket.limit
        self.used = 0
        self.paused_until_ns = 0
        """A 429 closed it until then."""
        self._window_ns = bucket.window_ns
        self._held_ns = acceptance_bound_ns + bucket.window_ns
        self._answered: deque[tuple[int, int]] = deque()
        self._unanswered: dict[int, tuple[int, int]] = {}

    def room(self, cost: Cost, orders: int, reserve: int, now_ns: int) -> int:
        """How many of so many orders may be drawn for now, leaving a reserve."""
        self._release(now_ns)
        free = 0 if now_ns < self.paused_until_ns else self.limit - reserve - self.used
        if cost.of(orders) <= free:
            return orders
        return max(free, 0) // cost.units * cost.orders_per_unit

    def used_at(self, now_ns: int) -> int:
        """Units in use at an instant."""
        self._release(now_ns)
        return self.used

    def draw(self, request_id: int, units: int, now_ns: int) -> None:
        """A request is being sent."""
        self.used += units
        self._unanswered[request_id] = (units, now_ns + self._held_ns)

    def answered(self, request_id: int, now_ns: int) -> None:
        """Its answer came: it weighs one window more."""
        drawn = self._unanswered.pop(request_id, None)
        if drawn is not None:
            self._answered.append((now_ns + self._window_ns, drawn[0]))

    def frees_at_ns(self) -> int:
        """When units come back next, without another answer; 0 when none are out and nothing pauses it."""
        times = [self._answered[0][0]] if self._answered else []
        if self._unanswered:
            times.append(next(iter(self._unanswered.values()))[1])
        return max(self.paused_until_ns, min(times, default=0))

    def _release(self, now_ns: int) -> None:
        answered = self._answered
        while answered and answered[0][0] <= now_ns:
            self.used -= answered.popleft()[1]
        unanswered = self._unanswered
        while unanswered:
            request_id = next(iter(unanswered))  # the oldest: dicts keep the order of sending
            units, until_ns = unanswered[request_id]
            if until_ns > now_ns:
                return
            del unanswered[request_id]
            self.used -= units


class Budget:
    """All buckets of one venue and account."""

    def __init__(self, rules: VenueRules) -> None:
        self.rules = rules
        self._gauges = {bucket.name: Gauge(bucket, rules.acceptance_bound_ns) for bucket in rules.buckets}
        self._open: dict[int, RequestKind] = {}
        shared: dict[str, list[bool]] = {}
        for kind, costs in rules.costs.items():
            for cost in costs:
                shared.setdefault(cost.bucket, []).append(kind in CANCELS)
        self._drawers = {name: len(kinds) for name, kinds in shared.items()}
        """Bucket -> how many kinds of requests draw on it."""
        self._reserved = {name for name, cancels in shared.items() if any(cancels) and not all(cancels)}

    def room(self, kind: RequestKind, orders: int, now_ns: int) -> int:
        """How many of so many orders of one pair a request of this kind may hold now."""
        return min(self._rooms(kind, orders, now_ns))

    def draw(self, request_id: int, kind: RequestKind, orders: int, now_ns: int) -> None:
        """Take what the request costs; call right before it is handed over."""
        self._open[request_id] = kind
        for cost in self.rules.costs[kind]:
            self._gauges[cost.bucket].draw(request_id, cost.of(orders), now_ns)

    def answered(self, request_id: int, now_ns: int) -> None:
        """The venue answered a request. Harmless when it is told twice."""
        kind = self._open.pop(request_id, None)
        if kind is not None:
            for cost in self.rules.costs[kind]:
                self._gauges[cost.bucket].answered(request_id, now_ns)

    def refused(self, request_id: int, now_ns: int, retry_after_ns: int = 0) -> None:
        """The venue said 429 to a request that is not answered yet: exactly its bucket rests.

        Args:
            retry_after_ns: as the venue told; 0 where it told nothing: then as long as its rules say.

        A 429 does not name its bucket. It is the one that only requests of this kind draw on; where there is none, all
        that the request drew on.
        """
        kind = self._open.get(request_id)
        costs = self.rules.costs[kind] if kind is not None else ()
        own = [cost for cost in costs if self._drawers[cost.bucket] == 1]
        for cost in own or costs:
            gauge = self._gauges[cost.bucket]
            pause_ns = retry_after_ns or self.rules.pause_of(gauge.bucket)
            gauge.paused_until_ns = max(gauge.paused_until_ns, now_ns + pause_ns)

    def frees_at_ns(self, kind: RequestKind, orders: int, now_ns: int) -> int:
        """The earliest instant at which asking again can help, unless an answer comes before; 0 when now."""
        rooms = zip(self.rules.costs[kind], self._rooms(kind, orders, now_ns), strict=True)
        return max((self._gauges[cost.bucket].frees_at_ns() for cost, room in rooms if not room), default=0)

    def gauges(self, now_ns: int) -> dict[str, tuple[int, int]]:
        """Bucket -> (used now, limit), for people."""
        return {name: (gauge.used_at(now_ns), gauge.limit) for name, gauge in self._gauges.items()}

    def _rooms(self, kind: RequestKind, orders: int, now_ns: int) -> list[int]:
        """How many of so many orders each bucket has room for, in the order of the request's costs."""
        keeps = kind not in CANCELS
        return [
            self._gauges[cost.bucket].room(
                cost, orders, CANCEL_RESERVE if keeps and cost.bucket in self._reserved else 0, now_ns
            )
            for cost in self.rules.costs[kind]
        ]
