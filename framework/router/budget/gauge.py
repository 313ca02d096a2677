"""One bucket's use: what is drawn from it, what the venue says of it, and whether it rests after a 429."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import Final, NamedTuple

from framework.model.rules import Bucket, Cost
from framework.router.budget.kept import KeptGauge

STRIKES_MAX: Final = 7
"""No pause is longer than 64 times the first."""

Weight = tuple[int, int]
"""Until when units weigh, and how many."""


class Room(NamedTuple):
    """What is left of a bucket."""

    limit: int
    used: int
    reserve: int = 0
    """Units at the end of the bucket on which only cancels may draw."""
    is_paused: bool = False


class Gauge:
    """One bucket's use. Instants never go back.

    Requests without an answer are the budget's to remember; here they are only a part of what is in use.
    """

    __slots__ = (
        "_weighing",
        "bucket",
        "is_paused",
        "limit",
        "paused_until_ns",
        "reserve",
        "strikes",
        "used",
        "window_ns",
    )

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.limit = bucket.limit
        self.window_ns = bucket.window_ns
        self.used = 0
        self.reserve = 0
        """Units that only cancels may draw."""
        self.paused_until_ns = 0
        """A 429 closed it until then."""
        self.is_paused = False
        """When it was looked at last."""
        self.strikes = 0
        """Pauses in a row: none of its requests was let in since the first."""
        self._weighing: deque[Weight] = deque()
        """What comes back, the first of it first."""

    def look(self, now_ns: int) -> bool:
        """Let it be as it is at an instant. False: nothing of it is in use, and it is not paused."""
        weighing = self._weighing
        while weighing and weighing[0][0] <= now_ns:
            self.used -= weighing.popleft()[1]
        self.is_paused = now_ns < self.paused_until_ns
        return self.used > 0 or self.is_paused

    def room(self, now_ns: int) -> Room:
        """What is left at an instant."""
        self.look(now_ns)
        return Room(self.limit, self.used, self.reserve, self.is_paused)

    def takes(self, cost: Cost, orders: int, reserve: int, now_ns: int) -> int:
        """How many of so many orders may be drawn for now, leaving a reserve."""
        self.look(now_ns)
        free = 0 if self.is_paused else self.limit - reserve - self.used
        if cost.of(orders) <= free:
            return orders
        return max(free, 0) // cost.units * cost.orders_per_unit

    def over(self, units: int, from_ns: int) -> None:
        """Units that are in use weigh one window more: the venue has counted them by now."""
        weight, weighing = (from_ns + self.window_ns, units), self._weighing
        if weighing and weighing[-1] > weight:  # what was given up, or comes from a checkpoint, may weigh for longer
            insort(weighing, weight)
        else:
            weighing.append(weight)

    def let_in(self, sent_ns: int) -> None:
        """The venue answered a request that left then: one that left after a pause ends the row of them."""
        if sent_ns >= self.paused_until_ns:
            self.strikes = 0

    def put_off(self, by_ns: int, ended_ns: int, now_ns: int) -> None:
        """All that weighed when a session ended does so for longer, by the clock of now; a pause lasts longer as well.

        But none for longer than if the session had ended now: what was answered before weighs a window from now at most.
        """
        self.look(ended_ns)
        last_ns = now_ns + self.window_ns
        self._weighing = deque([(min(until_ns + by_ns, last_ns), units) for until_ns, units in self._weighing])
        self.paused_until_ns = put_off(self.paused_until_ns, by_ns, ended_ns, now_ns)

    def kept(self, now_ns: int) -> KeptGauge:
        """What weighs and is answered, and how long it rests, for a checkpoint."""
        self.look(now_ns)
        return KeptGauge(tuple(self._weighing), self.paused_until_ns, self.strikes)

    def restore(self, kept: KeptGauge) -> None:
        """As a checkpoint has it: nothing weighs yet."""
        self._weighing = deque(sorted(kept.weights))
        self.used = sum([units for _, units in self._weighing])
        self.paused_until_ns, self.strikes = kept.paused_until_ns, kept.strikes

    def told(self, used: int, now_ns: int) -> None:
        """The venue counts so many units: where that is more than we do, somebody else draws on it as well."""
        self.look(now_ns)
        more = used - self.used
        if more > 0:
            self.used += more
            self.over(more, now_ns)

    def pause(self, now_ns: int, told_ns: int, first_ns: int) -> None:
        """A 429: it rests for as long as was told, else as the rules say, twice as long for each further one in a row.

        What was already on its way when the first of them came is no further one. A ban rests it without any.
        """
        if now_ns >= self.paused_until_ns or not self.strikes:
            self.strikes = min(self.strikes + 1, STRIKES_MAX)
        pause_ns = told_ns or first_ns << (self.strikes - 1)
        self.paused_until_ns = max(self.paused_until_ns, now_ns + pause_ns)

    def frees_at_ns(self) -> int:
        """When units come back next, without another answer; 0 when none do."""
        return self._weighing[0][0] if self._weighing else 0


def put_off(until_ns: int, by_ns: int, ended_ns: int, now_ns: int) -> int:
    """Until when, by the clock of now, what a session was told of holds: longer, but as if it had ended now at most."""
    return until_ns if until_ns <= ended_ns else min(until_ns + by_ns, until_ns - ended_ns + now_ns)
