"""A slow, obvious planner: it writes down every plan there is and takes the best. The oracle of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.rules import VenueRules
from framework.router.budget.gauge import Room
from framework.router.planning.planner import Planned, Queued

Drawn = dict[str, int]


def is_cancel(request: Planned, waiting: Sequence[Queued]) -> bool:
    return waiting[request.slot].kind is BatchKind.CANCEL


def drawn(plan: Iterable[Planned], rules: VenueRules) -> Drawn:
    """Units of all requests, by bucket."""
    units = dict.fromkeys((bucket.name for bucket in rules.buckets), 0)
    for request in plan:
        for cost in rules.costs[request.request]:
            units[cost.bucket] += cost.of(request.orders)
    return units


def fits(plan: Sequence[Planned], waiting: Sequence[Queued], rules: VenueRules, room: Mapping[str, Room]) -> bool:
    """Whether no bucket is overdrawn, nor its reserve by anything but cancels."""
    units = drawn(plan, rules)
    by_others = drawn((request for request in plan if not is_cancel(request, waiting)), rules)
    for name, (limit, used, reserve, is_paused) in room.items():
        if units[name] and (is_paused or used + units[name] > limit):
            return False
        if by_others[name] and used + units[name] > limit - reserve:
            return False
    return True


def value(
    plan: Sequence[Planned], waiting: Sequence[Queued], rules: VenueRules, room: Mapping[str, Room]
) -> tuple[Any, ...]:
    """What makes a plan good: the lower, the better, from left to right."""
    units = drawn(plan, rules)
    sent = dict.fromkeys(sorted({there.service for there in waiting}), 0)
    for request in plan:
        sent[waiting[request.slot].service] += request.orders
    return (
        [-count for count in sent.values()],
        max(Fraction(there.used + units[name], there.limit) for name, there in room.items()),
        len(plan),
        sum(units.values()),
        sum(request.request is RequestKind.CANCEL_SYMBOL for request in plan),
        [place(request, waiting) for request in plan],
    )


def place(request: Planned, waiting: Sequence[Queued]) -> tuple[int, ...]:
    """Where a request stands in the order of sending."""
    there = waiting[request.slot]
    form = REQUESTS[there.kind].index(request.request)
    return there.service, -request.orders, there.first_id, request.slot, form


def parts(orders: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Every way to write a number as a sum of parts, the order aside."""
    if orders == 0:
        yield ()
    for part in range(min(orders, largest), 0, -1):
        for others in parts(orders - part, part):
            yield (part, *others)


def ways(slot: int, there: Queued, rules: VenueRules) -> Iterator[tuple[Planned, ...]]:
    """Every way to send some of a pair's orders, or none."""
    if there.is_all and there.orders > 1 and RequestKind.CANCEL_SYMBOL in rules.costs:
        yield (Planned(slot, RequestKind.CANCEL_SYMBOL, there.orders),)
    single, batch, *_ = REQUESTS[there.kind]
    batch_max = 1 if there.is_shrink else rules.batch_max[there.kind]
    single = RequestKind.SHRINK if there.is_shrink else single
    for orders in range(there.orders + 1):
        for sizes in parts(orders, batch_max):
            batches = tuple(Planned(slot, batch, size) for size in sizes if size > 1)
            ones = sizes.count(1)
            for alone in range(ones + 1) if batch_max > 1 else (ones,):
                yield (
                    *batches,
                    *[Planned(slot, single, 1)] * alone,
                    *[Planned(slot, batch, 1)] * (ones - alone),
                )


def exhaustive(waiting: Sequence[Queued], rules: VenueRules, room: Mapping[str, Room]) -> tuple[Planned, ...]:
    """The best of all plans."""
    choices = [list(ways(slot, there, rules)) for slot, there in enumerate(waiting)]
    plans = (sorted(sum(chosen, ()), key=lambda request: place(request, waiting)) for chosen in product(*choices))
    best = min(
        (plan for plan in plans if fits(plan, waiting, rules, room)), key=lambda plan: value(plan, waiting, rules, room)
    )
    return tuple(best)
