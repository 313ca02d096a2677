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

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.rules import VenueRules
from framework.router.budget.gauge import Room
from framework.router.planning.headroom import Headroom, Rooms, scales
from framework.router.planning.lone import LoneOrders
from framework.router.planning.packing import Packing
from framework.router.planning.piles import Pair, Pile, Stack
from framework.router.planning.symbol_cancels import choices
from framework.router.planning.tariffs import Tariff, shrink_tariff, tariffs, unpriced


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


Worth = tuple[list[int], int, int, int, int, list[tuple[int, ...]]]
"""Of a plan, by what the best plan is told: orders by class (negative), fullest share, requests, units, symbols, order of sending."""


class Planner:
    """Plans for one venue."""

    def __init__(self, rules: VenueRules) -> None:
        self._rules = rules
        self._buckets = tuple(bucket.name for bucket in rules.buckets)
        self._scales = scales(tuple([bucket.limit for bucket in rules.buckets]))
        self._tariffs = tariffs(rules)
        self._shrinks = shrink_tariff(rules)
        self._costs = rules.costs
        self.lone = LoneOrders(rules)
        """The short way of an order that waits alone."""
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
            request = self.lone.way(waiting[0].kind, room, is_shrink=waiting[0].is_shrink)
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
        gauge = Headroom([room[name] for name in self._buckets])
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
            raise unpriced(self._rules, kind)
        return tariff


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
