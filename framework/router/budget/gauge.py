"""One bucket's use: what is drawn from it, what the venue says of it, and whether it rests after a 429."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable
from typing import Final, NamedTuple

from framework.model.rules import Bucket, Cost

STRIKES_MAX: Final = 7
"""No pause is longer than 64 times the first."""
RESTORED: Final = -(1 << 48)
"""Numbers of what a checkpoint had begin here, and go down: no session's own."""


class Room(NamedTuple):
    """What is left of a bucket."""

    limit: int
    used: int
    reserve: int = 0
    """Units at the end of the bucket on which only cancels may draw."""
    is_paused: bool = False


class Gauge:
    """One bucket's use. Instants never go back.

    Args:
        acceptance_bound_ns: how long after sending the venue could still accept a request that is never answered.
    """

    __slots__ = (
        "_answered",
        "_held_ns",
        "_room",
        "_unanswered",
        "_window_ns",
        "bucket",
        "limit",
        "paused_until_ns",
        "reserve",
        "strikes",
        "used",
    )

    def __init__(self, bucket: Bucket, acceptance_bound_ns: int) -> None:
        self.bucket = bucket
        self.limit = bucket.limit
        self.used = 0
        self.reserve = 0
        """Units that only cancels may draw."""
        self.paused_until_ns = 0
        """A 429 closed it until then."""
        self.strikes = 0
        """Pauses in a row: none of its requests was let in since the first."""
        self._window_ns = bucket.window_ns
        self._held_ns = acceptance_bound_ns + bucket.window_ns
        self._answered: deque[tuple[int, int]] = deque()
        self._unanswered: dict[int, tuple[int, int]] = {}
        self._room = Room(bucket.limit, 0)

    def room(self, now_ns: int) -> Room:
        """What is left at an instant."""
        self.release(now_ns)
        is_paused = now_ns < self.paused_until_ns
        _, used, reserve, was_paused = self._room
        if used != self.used or reserve != self.reserve or was_paused != is_paused:
            self._room = Room(self.limit, self.used, self.reserve, is_paused)
        return self._room

    def takes(self, cost: Cost, orders: int, reserve: int, now_ns: int) -> int:
        """How many of so many orders may be drawn for now, leaving a reserve."""
        self.release(now_ns)
        free = 0 if now_ns < self.paused_until_ns else self.limit - reserve - self.used
        if cost.of(orders) <= free:
            return orders
        return max(free, 0) // cost.units * cost.orders_per_unit

    def draw(self, request_id: int, units: int, now_ns: int) -> None:
        """A request is being sent."""
        self.used += units
        self._unanswered[request_id] = (units, now_ns + self._held_ns)

    def holds(self, request_id: int, now_ns: int) -> bool:
        """Whether a request without an answer still weighs."""
        self.release(now_ns)
        return request_id in self._unanswered

    def renew(self, request_id: int, now_ns: int) -> None:
        """A request that still weighs leaves only now."""
        units, _ = self._unanswered.pop(request_id)
        self._unanswered[request_id] = (units, now_ns + self._held_ns)

    def answered(self, request_id: int, now_ns: int) -> None:
        """Its answer came: it weighs one window more."""
        drawn = self._unanswered.pop(request_id, None)
        if drawn is not None:
            self._answered.append((now_ns + self._window_ns, drawn[0]))
            if self.strikes and drawn[1] - self._held_ns >= self.paused_until_ns:
                self.strikes = 0

    def kept(self, ended: Container[int] = ()) -> tuple[tuple[int, int], ...]:
        """What weighs, for a checkpoint: until when, and how much.

        Args:
            ended: requests without an answer that end with this process: they weigh one window from when they left.
        """
        less_ns = self._held_ns - self._window_ns
        unanswered = [
            (until_ns - less_ns if number in ended else until_ns, units)
            for number, (units, until_ns) in self._unanswered.items()
        ]
        return tuple(sorted([*self._answered, *unanswered]))

    def restore(self, weights: Iterable[tuple[int, int]]) -> None:
        """As a checkpoint has it: nothing weighs yet."""
        # Among the unanswered: some weigh for long, and what is answered from now on must not wait behind them.
        self._unanswered = {RESTORED - number: (units, until_ns) for number, (until_ns, units) in enumerate(weights)}
        self.used = sum(units for units, _ in self._unanswered.values())

    def told(self, used: int, now_ns: int) -> None:
        """The venue counts so many units: where that is more than we do, somebody else draws on it as well."""
        self.release(now_ns)
        more = used - self.used
        if more > 0:
            self.used += more
            self._answered.append((now_ns + self._window_ns, more))

    def pause(self, now_ns: int, told_ns: int, first_ns: int) -> None:
        """A 429: it rests for as long as was told, else as the rules say, twice as long for each further one in a row.

        What was already on its way when the first of them came is no further one. A ban rests it without any.
        """
        if now_ns >= self.paused_until_ns or not self.strikes:
            self.strikes = min(self.strikes + 1, STRIKES_MAX)
        pause_ns = told_ns or first_ns << (self.strikes - 1)
        self.paused_until_ns = max(self.paused_until_ns, now_ns + pause_ns)

    def frees_at_ns(self) -> int:
        """When units come back next, without another answer; 0 when none are out and nothing pauses it."""
        times = [self._answered[0][0]] if self._answered else []
        if self._unanswered:
            times.append(next(iter(self._unanswered.values()))[1])
        return max(self.paused_until_ns, min(times, default=0))

    def release(self, now_ns: int) -> None:
        """Give back what no longer weighs."""
        answered = self._answered
        while answered and answered[0][0] <= now_ns:
            self.used -= answered.popleft()[1]
        while self._unanswered:
            request_id = next(iter(self._unanswered))  # the oldest: dicts keep the order of sending
            units, until_ns = self._unanswered[request_id]
            if until_ns > now_ns:
                return
            del self._unanswered[request_id]
            self.used -= units
