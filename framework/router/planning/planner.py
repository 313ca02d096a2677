"""The planner: which requests to send now for the orders that wait. A pure function of them, the rules and the room.

The best plan, each only among those that are best in what comes before:

1. the most orders of the highest service class, then of the next, and so on;
2. the lowest share, (used + drawn) / limit, of the fullest of all the venue's buckets;
3. the fewest requests;
4. the fewest units, summed over buckets;
5. the fewest requests that cancel a whole symbol: what is new there has to wait for their answers;
6. written down in the order of sending (by service class, larger requests first, older pairs first, a single before a
   batch of one), the plan that comes first. So two runs never differ.

Why this finds it. Under given ceilings a class first has all its orders go alone, which leaves them free; where that is
too much, the best steps into batches (see `piles`) make room until none helps: the orders that stay behind are then the
fewest (the dearest, where a class's do not cost the same: that needs a kind dearer in every bucket it shares with
another, which holds of all tables), and so are the steps spent, which leaves the most to later classes. Steps that save requests follow. The share in
2. is the lowest ceiling, put on all buckets alike, under which the counts of 1. still come out; a lower one never allows
more, so halving finds it. Who gets which batch is decided last, by age: it changes none of the sums. The work grows with
the pairs and the requests, and with the logarithm of what the buckets hold; not with the orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from math import lcm
from typing import Final, NamedTuple

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.model.rules import VenueRules
from framework.router.budget.gauge import Gauge, Room
from framework.router.planning.packing import Ceiling, Packing
from framework.router.planning.piles import Pair, Pile, Stack
from framework.router.planning.symbol_cancels import choices
from framework.router.planning.tariffs import Tariff, shrink_tariff, tariffs


class Queued(NamedTuple):
    """Orders of one pair, kind and service class that wait for a request."""

    kind: BatchKind
    service: int
    """Its class; lower is served first. Cancels have lower ones than all else."""
    orders: int
    first_id: int
    """Arrival number of the oldest."""
    is_all: bool = False
    """They are cancels of all that stands of their pair: one request may do for them, where the venue has it."""
    is_shrink: bool = False
    """They are changes that only take size away, at a venue with a request of its own for that."""


class Planned(NamedTuple):
    """A request to send: it takes the next `orders` orders of `waiting[slot]`."""

    slot: int
    request: RequestKind
    orders: int


Rooms = Mapping[str, Room | Gauge]
"""What is left of every bucket, by name."""
Worth = tuple[list[int], int, int, int, int, list[tuple[int, ...]]]
"""Of a plan, by what the best plan is told: orders by class (negative), fullest share, requests, units, symbols, order of sending."""

NO_ROOM: Final = -1
"""Instead of a share."""


class LoneDraw(NamedTuple):
    """What an order that waits alone draws from some buckets."""

    units: tuple[tuple[str, int, int], ...]
    """Bucket, units drawn from it, and one of its units as a share (`_scales`)."""
    keeps_reserve: bool

    def share(self, room: Rooms) -> int:
        """Of the fullest of these buckets, once it is drawn; `NO_ROOM` where one has none."""
        units, keeps_reserve = self
        fullest = 0
        for bucket, drawn, scale in units:
            there = room[bucket]
            used = there.used + drawn
            if there.is_paused or used > (there.limit - there.reserve if keeps_reserve else there.limit):
                return NO_ROOM
            share = used * scale
            if share > fullest:  # noqa: PLR1730 - a call of `max` costs as much as the rest of the loop
                fullest = share
        return fullest


class Ways(NamedTuple):
    """One order by itself, or in a batch of one where the venue has batches."""

    either: LoneDraw
    """What it draws in both forms alike."""
    single: RequestKind
    by_itself: LoneDraw
    """Beside it."""
    batch: RequestKind | None
    in_batch: LoneDraw
    least: int
    """The share of the fullest bucket of `in_batch` if nothing else is drawn from it."""


class Planner:
    """Plans for one venue."""

    def __init__(self, rules: VenueRules) -> None:
        self._name = rules.name
        self._buckets = tuple(bucket.name for bucket in rules.buckets)
        self._scales = _scales(tuple([bucket.limit for bucket in rules.buckets]))
        self._tariffs = tariffs(rules)
        self._shrinks = shrink_tariff(rules)
        self._costs = rules.costs
        self._alone = {kind: self._ways(tariff, *REQUESTS[kind][:2]) for kind, tariff in self._tariffs.items()}
        """How a lone order of a kind may go: by itself, and in a batch of one where the venue has batches."""
        self._alone_shrink = self._shrinks and self._ways(self._shrinks, RequestKind.SHRINK)
        self._symbol: dict[str, int] = {}
        """Bucket -> units of a request that cancels a whole symbol; empty where the venue has none."""
        for cost in rules.costs.get(RequestKind.CANCEL_SYMBOL, ()):
            self._symbol[cost.bucket] = self._symbol.get(cost.bucket, 0) + cost.of(1)

    def plan(self, waiting: Sequence[Queued], room: Rooms) -> tuple[Planned, ...]:
        """The best plan, in the order of sending.

        Args:
            room: of every bucket of the venue, by name.

        Raises:
            InvariantError: the venue takes no requests of a kind that waits.
        """
        if len(waiting) == 1 and waiting[0].orders == 1:
            request = self.one(waiting[0].kind, room, is_shrink=waiting[0].is_shrink)
            return () if request is None else (Planned(0, request, 1),)
        whole = (
            [slot for slot, there in enumerate(waiting) if there.is_all and there.orders > 1] if self._symbol else []
        )
        return self._plan_whole(waiting, room, whole) if whole else self._plan(waiting, room)

    def _plan_whole(self, waiting: Sequence[Queued], room: Rooms, whole: Sequence[int]) -> tuple[Planned, ...]:
        """The best of the plans in which some pairs, or none, go by a cancel of their symbol."""
        best: tuple[Worth, tuple[Planned, ...]] | None = None
        for chosen in choices(
            [(waiting[slot].service, -waiting[slot].orders, waiting[slot].first_id) for slot in whole]
        ):
            left = self._room_after(room, len(chosen))
            if left is not None:
                taken = [whole[place] for place in chosen]
                rest = [there._replace(orders=0) if slot in taken else there for slot, there in enumerate(waiting)]
                ends = [Planned(slot, RequestKind.CANCEL_SYMBOL, waiting[slot].orders) for slot in taken]
                plan = sorted([*ends, *self._plan(rest, left)], key=lambda planned: _place(planned, waiting))
                worth = self._worth(plan, waiting, room)
                if best is None or worth < best[0]:
                    best = worth, tuple(plan)
        assert best is not None  # to choose none is always possible
        return best[1]

    def _room_after(self, room: Rooms, requests: int) -> Rooms | None:
        """What is left when so many symbols are cancelled; None: there is no room for that."""
        left = dict(room)
        for bucket, units in self._symbol.items() if requests else ():
            there = room[bucket]
            used = there.used + requests * units
            if there.is_paused or used > there.limit:
                return None
            left[bucket] = Room(there.limit, used, there.reserve)
        return left

    def _worth(self, plan: Sequence[Planned], waiting: Sequence[Queued], room: Rooms) -> Worth:
        """What makes a plan good: the lower, the better, from left to right."""
        sent = dict.fromkeys(sorted({there.service for there in waiting}), 0)
        units = dict.fromkeys(self._buckets, 0)
        symbols = 0
        for planned in plan:
            sent[waiting[planned.slot].service] -= planned.orders
            symbols += planned.request is RequestKind.CANCEL_SYMBOL
            for cost in self._costs[planned.request]:
                units[cost.bucket] += cost.of(planned.orders)
        fills = [(room[name].used + units[name]) * scale for name, scale in zip(units, self._scales, strict=True)]
        places = [_place(planned, waiting) for planned in plan]
        return list(sent.values()), max(fills), len(plan), sum(units.values()), symbols, places

    def _plan(self, waiting: Sequence[Queued], room: Rooms) -> tuple[Planned, ...]:
        """The best plan of single requests and batches."""
        gauge = _Headroom([room[name] for name in self._buckets])
        piles = self._piles(waiting)
        best = Packing(piles, gauge.ceilings(gauge.full))
        best.pack()
        lowest, highest = gauge.base, gauge.share(best)
        reach = _reach(piles)
        while lowest < highest:
            middle = (lowest + highest) // 2
            packing = Packing(piles, gauge.ceilings(middle))
            if packing.pack(best.counts):
                best, highest = packing, min(middle, gauge.share(packing))
            else:
                lowest = gauge.next_above(middle, reach)
        return _requests(best, waiting)

    def one(self, kind: BatchKind, room: Rooms, *, is_shrink: bool = False) -> RequestKind | None:
        """How a lone order goes, by itself or in a batch of one; None: not now. The short way for the usual case."""
        ways = self._alone_shrink if is_shrink else self._alone.get(kind)
        if ways is None:
            raise self._unpriced(kind)
        either, single, by_itself, batch, in_batch, least = ways
        shared = either.share(room)
        if shared == NO_ROOM:
            return None
        alone = by_itself.share(room)
        if batch is not None and (alone == NO_ROOM or (alone > shared and alone > least)):
            other = in_batch.share(room)
            if other != NO_ROOM and (alone == NO_ROOM or alone > max(other, self._base(room))):
                return batch
        return None if alone == NO_ROOM else single

    def _ways(self, tariff: Tariff, single: RequestKind, batch: RequestKind | None = None) -> Ways:
        """A lone order by itself and, where a batch may hold more than one, in a batch."""
        alone = [(draw.bucket, draw.single) for draw in tariff.draws]
        batch = batch if tariff.batch_orders > 1 else None
        batched = [(draw.bucket, draw.batch + draw.step + draw.order) for draw in tariff.draws] if batch else []
        either = self._draws(tariff, [drawn for drawn in alone if drawn in batched])
        by_itself = self._draws(tariff, [drawn for drawn in alone if drawn not in batched])
        in_batch = self._draws(tariff, [drawn for drawn in batched if drawn not in alone])
        least = max([units * scale for _, units, scale in in_batch.units], default=0)
        return Ways(either, single, by_itself, batch, in_batch, least)

    def _draws(self, tariff: Tariff, drawn: Iterable[tuple[int, int]]) -> LoneDraw:
        units = tuple([(self._buckets[at], units, self._scales[at]) for at, units in drawn if units])
        return LoneDraw(units, keeps_reserve=not tariff.is_cancel)

    def _base(self, room: Rooms) -> int:
        """Share of the fullest bucket before anything is drawn."""
        return max([room[name].used * scale for name, scale in zip(self._buckets, self._scales, strict=True)])

    def _piles(self, waiting: Sequence[Queued]) -> list[Pile]:
        pairs: dict[tuple[int, Tariff], list[Pair]] = {}
        for slot, (kind, service, orders, first_id, _, is_shrink) in enumerate(waiting):
            if orders:
                pairs.setdefault((service, self._tariff(kind, is_shrink)), []).append(Pair(first_id, slot, orders))
        keys = sorted(pairs, key=lambda key: key[0])
        return [Pile(tariff, service, pairs[service, tariff]) for service, tariff in keys]

    def _tariff(self, kind: BatchKind, is_shrink: bool) -> Tariff:
        tariff = self._shrinks if is_shrink else self._tariffs.get(kind)
        if tariff is None:
            raise self._unpriced(kind)
        return tariff

    def _unpriced(self, kind: BatchKind) -> InvariantError:
        return InvariantError(
            f"rules {self._name}: expected a cost of {kind.value} requests, found none; "
            "add it to the table, or let no such orders wait for this venue"
        )


@lru_cache(maxsize=64)
def _scales(limits: tuple[int, ...]) -> tuple[int, ...]:
    """For each bucket, one unit as a share: in parts of a number that all limits divide, so that shares are whole."""
    whole = lcm(*limits)
    return tuple([whole // limit for limit in limits])


class _Headroom:
    """The room of all buckets."""

    def __init__(self, rooms: Sequence[Room | Gauge]) -> None:
        self._rooms = rooms
        self._scales = _scales(tuple([room.limit for room in rooms]))
        self.base = max([room.used * scale for room, scale in zip(rooms, self._scales, strict=True)])
        """Share of the fullest bucket before anything is drawn."""
        self.full = max(self._scales[0] * rooms[0].limit, self.base)
        """Share of a bucket that is full (the same of each: that is what a scale is), or of one fuller than it may be."""

    def ceilings(self, share: int) -> list[Ceiling]:
        """What may be drawn while no bucket passes the share."""
        ceilings = []
        for there, scale in zip(self._rooms, self._scales, strict=True):
            most = 0 if there.is_paused else max(min(there.limit, share // scale) - there.used, 0)
            ceilings.append(Ceiling(most, max(min(most, there.limit - there.reserve - there.used), 0)))
        return ceilings

    def share(self, packing: Packing) -> int:
        """Of the fullest bucket, once all is drawn."""
        rooms = zip(self._rooms, packing.drawn, self._scales, strict=True)
        return max([(room.used + drawn) * scale for room, drawn, scale in rooms])

    def next_above(self, share: int, reach: Mapping[int, int]) -> int:
        """The next share above one that some bucket can come to."""
        shares = []
        for bucket, units in reach.items():
            scale = self._scales[bucket]
            if share // scale < min(self._rooms[bucket].used + units, self._rooms[bucket].limit):
                shares.append((share // scale + 1) * scale)
        return min(shares, default=self.full)


def _request(there: Queued, form: int) -> RequestKind:
    return RequestKind.SHRINK if there.is_shrink else REQUESTS[there.kind][form]


def _place(planned: Planned, waiting: Sequence[Queued]) -> tuple[int, ...]:
    """Where a request stands in the order of sending."""
    slot, request, orders = planned
    there = waiting[slot]
    return there.service, -orders, there.first_id, slot, REQUESTS[there.kind].index(request)


def _reach(piles: Sequence[Pile]) -> dict[int, int]:
    """Bucket -> the most that any plan can draw from it."""
    reach: dict[int, int] = {}
    for pile in piles:
        for bucket, single, batch, step, order in pile.tariff.draws:
            reach[bucket] = reach.get(bucket, 0) + pile.orders * max(single, batch + step + order)
    return reach


def _requests(packing: Packing, waiting: Sequence[Queued]) -> tuple[Planned, ...]:
    """The requests of a packing in the order of sending: (service, - orders, first id, slot, form)."""
    alone: dict[Tariff, int] = {}
    for stack in packing.stacks:
        alone[stack.pile.tariff] = alone.get(stack.pile.tariff, 0) + stack.singles
    found: list[tuple[int, int, int, int, int]] = []
    for service, stacks in groupby(packing.stacks, lambda stack: stack.pile.service):
        left: list[tuple[Pair, int]] = []
        tariffs_there, ones = [], []
        for place, stack in enumerate(stacks):
            batches, pairs = _batches(stack)
            found += [(service, -orders, pair.first_id, pair.slot, 1) for pair, orders in batches]
            left += [(pair, place) for pair in pairs]
            tariffs_there.append(stack.pile.tariff)
            ones.append(stack.singles + stack.batches.count(1))
        allowed = sum(ones) - packing.waived.get(service, 0)
        for pair, place in sorted(left):
            orders = min(pair.orders, ones[place], allowed)
            singles = min(orders, alone[tariffs_there[place]])
            ones[place] -= orders
            allowed -= orders
            alone[tariffs_there[place]] -= singles
            there = service, -1, pair.first_id, pair.slot
            found += [(*there, 0)] * singles + [(*there, 1)] * (orders - singles)
    found.sort()
    return tuple([Planned(slot, _request(waiting[slot], form), -orders) for _, orders, _, slot, form in found])


def _batches(stack: Stack) -> tuple[list[tuple[Pair, int]], list[Pair]]:
    """Who gets the batches, and what is left: larger ones choose first, and take the oldest pair that can fill them."""
    pairs, given = stack.pile.pairs, []
    left = [pair.orders for pair in pairs]
    oldest = last = 0
    for orders in sorted(stack.batches, reverse=True):
        if orders == 1:
            break
        oldest, last = oldest if orders == last else 0, orders
        while left[oldest] < orders:
            oldest += 1
        left[oldest] -= orders
        given.append((pairs[oldest], orders))
    rest = [Pair(first_id, slot, orders) for (first_id, slot, _), orders in zip(pairs, left, strict=True) if orders]
    return given, rest
