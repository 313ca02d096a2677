"""Rate limits, counted as the named venue counts them: by bucket, when a request arrives."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from framework.model.batch import RequestKind
from framework.model.request_answer import RequestAnswer
from framework.model.rules import Bucket, VenueRules


class Window(Protocol):
    """What was drawn from one bucket lately."""

    bucket: Bucket

    def used(self, now_ns: int) -> int:
        """Units that still count at an instant. Instants never go back."""
        ...

    def draw(self, units: int, now_ns: int) -> bool:
        """Count units. False: that is more than the bucket has room for."""
        ...

    def give_back(self, units: int) -> None:
        """Count no more what was drawn last."""
        ...

    def frees_at_ns(self, now_ns: int) -> int:
        """When units in use now are free again, the first of them; nothing in use: now."""
        ...


Draws = tuple[tuple[Window, int], ...]
"""What a request draws: windows, and units of each."""


class SlidingWindow:
    """Any stretch of the window's length counts: what was drawn at t is free again at t + window."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._draws: deque[tuple[int, int]] = deque()
        self._used = 0

    def used(self, now_ns: int) -> int:
        """Units drawn after `now_ns` - window."""
        draws = self._draws
        if draws:
            over_ns = now_ns - self.bucket.window_ns
            while draws and draws[0][0] <= over_ns:
                self._used -= draws.popleft()[1]
        return self._used

    def draw(self, units: int, now_ns: int) -> bool:
        """Count units at `now_ns`."""
        draws, bucket = self._draws, self.bucket
        draws.append((now_ns, units))
        used, over_ns = self._used + units, now_ns - bucket.window_ns
        while draws[0][0] <= over_ns:
            used -= draws.popleft()[1]
        self._used = used
        return used <= bucket.limit

    def give_back(self, units: int) -> None:
        """The last draw did not happen."""
        self._draws.pop()
        self._used -= units

    def frees_at_ns(self, now_ns: int) -> int:
        """A window after the oldest draw."""
        return self._draws[0][0] + self.bucket.window_ns if self._draws else now_ns


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

    def draw(self, units: int, now_ns: int) -> bool:
        """Count units in the window of `now_ns`."""
        used = self._used = self.used(now_ns) + units
        return used <= self.bucket.limit

    def give_back(self, units: int) -> None:
        """The last draw did not happen."""
        self._used -= units

    def frees_at_ns(self, now_ns: int) -> int:
        """When the next window begins."""
        return (now_ns // self.bucket.window_ns + 1) * self.bucket.window_ns


class RateLimits:
    """All buckets of a venue, for one account behind one address: UID, key and IP count the same requests.

    A request that any bucket refuses draws from none: whether venues count refused requests is not documented. Who goes
    on after refusals is banned, where the venue's table says so.
    """

    def __init__(self, rules: VenueRules) -> None:
        self._rules = rules
        self._windows: dict[str, Window] = {
            bucket.name: FixedWindow(bucket) if bucket.is_fixed else SlidingWindow(bucket) for bucket in rules.buckets
        }
        self._costs = {
            kind: [(self._windows[cost.bucket], cost) for cost in costs] for kind, costs in rules.costs.items()
        }
        self._draws: dict[tuple[RequestKind, int], Draws] = {}
        """The same for so many orders, as far as they were asked for."""
        self._told = [(name, self._windows[name]) for name in rules.headers.values()]
        self._tells_left = bool(rules.remaining_header)
        self.banned_until_ns = 0
        """Everything is refused until then."""
        self._refusals = 0
        self._bans = 0

    def admit(self, kind: RequestKind, orders: int, now_ns: int) -> Bucket | None:
        """Draw what a request of so many orders costs. The full bucket where one has no room: nothing is drawn then."""
        draws = self._draws.get((kind, orders)) or self._draws_of(kind, orders)
        full: Bucket | None = None
        for window, units in draws:
            if not window.draw(units, now_ns):
                full = full or window.bucket
        if full is None:
            self._refusals = 0
        else:
            self._refuse(draws, now_ns)
        return full

    def _draws_of(self, kind: RequestKind, orders: int) -> Draws:
        draws = self._draws[kind, orders] = tuple([(window, cost.of(orders)) for window, cost in self._costs[kind]])
        return draws

    def crowd(self, kind: RequestKind, requests: int, now_ns: int) -> None:
        """Requests for one order that somebody else makes on the same limits: they only count."""
        for window, cost in self._costs[kind]:
            window.draw(cost.of(1) * requests, now_ns)

    def answer(self, request_id: int, kind: RequestKind, refusing: Bucket | None, now_ns: int) -> RequestAnswer:
        """What the venue's answer to a request tells of its limits.

        Args:
            refusing: the bucket that had no room for it.
        """
        used = {name: window.used(now_ns) for name, window in self._told} if self._told else {}
        left = None
        if self._tells_left:
            own = self._costs[kind][0][0]
            left = own.bucket.limit - own.used(now_ns)
        if refusing is None and now_ns >= self.banned_until_ns:
            return RequestAnswer(request_id, self._rules.venue, used, left)
        retry_after_ns = 0
        if refusing is not None and refusing.tells_retry_after:
            retry_after_ns = self._windows[refusing.name].frees_at_ns(now_ns) - now_ns
        banned_until_ns = self.banned_until_ns if now_ns < self.banned_until_ns else 0
        return RequestAnswer(
            request_id, self._rules.venue, used, left, refusing is not None, retry_after_ns, banned_until_ns
        )

    def _refuse(self, draws: Draws, now_ns: int) -> None:
        """What was drawn is given back. Refusals in a row lead to a ban, longer each time."""
        for window, units in draws:
            window.give_back(units)
        self._refusals += 1
        ban = self._rules.ban
        if ban is not None and self._refusals >= ban.after:
            self.banned_until_ns = now_ns + min(ban.first_ns << self._bans, ban.most_ns)
            self._bans += 1
            self._refusals = 0
