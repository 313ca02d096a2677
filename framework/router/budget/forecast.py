"""Can so many orders a second live within a venue's limits? Reckoned with the planner that sends them.

Two ways. *As they come*: each turn's orders leave at once, and share requests only with what came in the same turn.
*Sharing*: what comes within a cycle waits for its end and is planned together; a cycle is the shortest window (at most
the age at which an order is stale) and a round trip, since a unit is held from sending until a window after its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final, NamedTuple

from framework.model.batch import REQUESTS, BatchKind
from framework.model.instants import NS_PER_S
from framework.model.rules import VenueRules
from framework.router.budget.budget import Budget
from framework.router.budget.gauge import Room
from framework.router.gate import INTENT_AGE_MAX_NS
from framework.router.planning.planner import Planned, Planner, Queued

LONG_NS: Final = 300 * NS_PER_S
"""Windows longer than that are held against their mean rate alone."""
PLENTY: Final = 1 << 40
SCALE_MAX: Final = 1 << 16
SERVICE: Final = {BatchKind.CANCEL: 0, BatchKind.PLACE: 1, BatchKind.AMEND: 1}


class Stream(NamedTuple):
    """Orders of one pair and kind that come evenly, a few in each turn."""

    strategy: str
    instrument: str
    kind: BatchKind
    per_s: float
    together: int
    """Orders of the pair that come in one turn."""


class Load(NamedTuple):
    """What a bucket would have to carry."""

    bucket: str
    limit: int
    window_s: float
    usable: float
    """Units in a window that the round trip leaves of the limit."""
    planned: float
    """Units in a window, as orders come."""
    one_by_one: float
    """The same, if each order had a request of its own."""

    @property
    def share(self) -> float:
        """Planned, of what is usable."""
        return self.planned / self.usable


class Forecast(NamedTuple):
    """What becomes of some streams at a venue."""

    loads: tuple[Load, ...]
    orders_per_s: float
    """Orders, cancels and amends."""
    requests_per_s: float
    saturates_per_s: float
    """Of the same mix: orders a second at which the fullest bucket is full, as they come."""
    sharing_per_s: float
    """The same, when orders wait for others to share requests with."""
    cycle_s: float

    @property
    def first(self) -> Load:
        """The bucket that is full first."""
        return max(self.loads, key=lambda load: load.share)

    @property
    def fits(self) -> bool:
        """No order would have to wait."""
        return self.first.share <= 1

    @property
    def can_live(self) -> bool:
        """All orders leave, though some wait for others to share requests with."""
        return self.fits or self.sharing_per_s >= self.orders_per_s


def forecast(
    rules: VenueRules, streams: Sequence[Stream], round_trip_ns: int, intent_age_ns: int = INTENT_AGE_MAX_NS
) -> Forecast:
    """Reckon streams against a venue's limits.

    Args:
        round_trip_ns: from sending a request to having its answer.
        intent_age_ns: how long an order may wait before it is stale.

    Raises:
        InvariantError: the venue takes no requests of a kind that is streamed.
    """
    assert streams, "nothing to reckon"
    planner, idle = Planner(rules), Budget(rules).rooms(0)
    planned, alone = dict.fromkeys(idle, 0.0), dict.fromkeys(idle, 0.0)
    requests = 0.0
    for stream in streams:
        turns = stream.per_s / stream.together
        for request in _whole(planner, stream, idle):
            requests += turns
            _draw(rules, planned, request, turns)
        for cost in rules.costs[REQUESTS[stream.kind][0]]:
            alone[cost.bucket] += cost.of(1) * stream.per_s
    loads = tuple(_load(rules, name, round_trip_ns, planned[name], alone[name]) for name in idle)
    orders = sum(stream.per_s for stream in streams)
    cycle_ns = min([bucket.window_ns for bucket in rules.buckets] + [intent_age_ns]) + round_trip_ns
    rooms = {name: _room(rules, name, room, cycle_ns, round_trip_ns) for name, room in idle.items()}
    fullest = max(load.share for load in loads)
    sharing = _scale(rules, planner, streams, rooms, cycle_ns, loads) * orders
    as_they_come = orders / fullest
    return Forecast(loads, orders, requests, as_they_come, max(sharing, as_they_come), cycle_ns / NS_PER_S)


def _whole(planner: Planner, stream: Stream, idle: Mapping[str, Room]) -> list[Planned]:
    """The requests of one turn at an idle venue; what does not go at once goes in the same way later."""
    found: list[Planned] = []
    left = stream.together
    while left:
        plan = planner.plan([Queued(stream.kind, SERVICE[stream.kind], left, 0)], idle)
        found += plan
        left -= sum(planned.orders for planned in plan)
    return found


def _draw(rules: VenueRules, units: dict[str, float], request: Planned, times: float) -> None:
    for cost in rules.costs[request.request]:
        units[cost.bucket] += cost.of(request.orders) * times


def _load(rules: VenueRules, name: str, round_trip_ns: int, per_s: float, alone_per_s: float) -> Load:
    bucket = rules.bucket(name)
    window_s = bucket.window_ns / NS_PER_S
    usable = bucket.limit * bucket.window_ns / (bucket.window_ns + round_trip_ns)
    return Load(name, bucket.limit, window_s, usable, per_s * window_s, alone_per_s * window_s)


def _room(rules: VenueRules, name: str, room: Room, cycle_ns: int, round_trip_ns: int) -> Room:
    """What one cycle may draw of a bucket."""
    bucket = rules.bucket(name)
    if bucket.window_ns > LONG_NS:
        return room._replace(limit=PLENTY)
    return room._replace(limit=max(bucket.limit * cycle_ns // (bucket.window_ns + round_trip_ns), room.reserve))


def _scale(
    rules: VenueRules,
    planner: Planner,
    streams: Sequence[Stream],
    rooms: Mapping[str, Room],
    cycle_ns: int,
    loads: Sequence[Load],
) -> float:
    """How many times the streams a cycle carries when all that comes in it is planned together."""

    def carries(times: float) -> bool:
        queued = _cycle(streams, times * cycle_ns / NS_PER_S)
        plan = planner.plan(queued, rooms) if queued else ()
        if sum(planned.orders for planned in plan) < sum(there.orders for there in queued):
            return False
        units = dict.fromkeys(rooms, 0.0)
        for request in plan:
            _draw(rules, units, request, NS_PER_S / cycle_ns)
        return all(
            units[load.bucket] * load.window_s <= load.limit for load in loads if load.window_s * NS_PER_S > LONG_NS
        )

    low, high = 0.0, 1.0
    while carries(high) and high < SCALE_MAX:
        low, high = high, high * 2
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if carries(middle) else (low, middle)
    return low


def _cycle(streams: Sequence[Stream], seconds: float) -> list[Queued]:
    """The orders of a typical cycle, whole ones: what a pair has over goes to the next, and at the end counts as one."""
    pairs: dict[tuple[BatchKind, str], float] = {}
    for stream in streams:
        key = (stream.kind, stream.instrument)
        pairs[key] = pairs.get(key, 0.0) + stream.per_s * seconds
    queued, over = [], dict.fromkeys(BatchKind, 0.0)
    last = {kind: place for place, (kind, _) in enumerate(pairs)}
    for place, ((kind, _), orders) in enumerate(pairs.items()):
        over[kind] += orders
        whole = ceil(over[kind] - 1e-9) if place == last[kind] else int(over[kind] + 1e-9)
        over[kind] -= whole
        if whole:
            queued.append(Queued(kind, SERVICE[kind], whole, place))
    return queued
