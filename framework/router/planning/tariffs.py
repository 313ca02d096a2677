"""What orders of a kind cost at a venue, worked out of its table once, bucket by bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.model.rules import Cost, VenueRules


class Draw(NamedTuple):
    """What the requests of a tariff draw from one bucket, in units."""

    bucket: int
    """Its place in the venue's table."""
    single: int
    """A request for one order."""
    batch: int
    """A batch, whatever it holds ..."""
    step: int
    """... and for each started `step_orders` of its orders ..."""
    order: int
    """... and for each of its orders."""


class Tariff(NamedTuple):
    """What orders of a kind cost. Kinds of equal cost share one: to the planner their orders are alike."""

    draws: tuple[Draw, ...]
    singles: tuple[int, ...]
    """By bucket of the table: units of a request for one order."""
    step_orders: int
    """Orders that a batch takes for one more unit; all of them, where a batch costs the same whatever it holds."""
    batch_orders: int
    """Most orders of a batch, in whole steps; 1: no batches."""
    is_cancel: bool


def tariffs(rules: VenueRules) -> Mapping[BatchKind, Tariff]:
    """The tariff of each kind that the venue takes.

    Raises:
        InvariantError: a batch draws a unit for every started so many orders, in two different ways.
    """
    return {kind: _tariff(rules, kind) for kind, (single, *_) in REQUESTS.items() if single in rules.costs}


def shrink_tariff(rules: VenueRules) -> Tariff | None:
    """Of amends that only take size away, where the venue has a request of its own for them: always one by one."""
    costs = rules.costs.get(RequestKind.SHRINK)
    if costs is None:
        return None
    singles = tuple([sum(cost.of(1) for cost in costs if cost.bucket == bucket.name) for bucket in rules.buckets])
    draws = [Draw(place, units, 0, 0, 0) for place, units in enumerate(singles) if units]
    return Tariff(tuple(draws), singles, 1, 1, is_cancel=False)


def unpriced(rules: VenueRules, kind: BatchKind) -> InvariantError:
    """The venue takes no requests of a kind that waits."""
    return InvariantError(
        f"rules {rules.name}: expected a cost of {kind.value} requests, found none; "
        "add it to the table, or let no such orders wait for this venue"
    )


class ChangeUnits(NamedTuple):
    """What it costs to put an order elsewhere, in units summed over buckets, each request for itself."""

    place: int
    cancel: int
    amend: int
    """Instead of both; 0: it is not to be had, or is dearer and gives the order's place up all the same."""
    keeps_place: bool
    """A change that only takes size away keeps the order's place in the queue."""


NO_WAY: Final = ChangeUnits(0, 0, 0, keeps_place=False)
"""Of a venue that nothing can be sent to."""


def change_units(rules: VenueRules) -> ChangeUnits:
    """The cost of each way at a venue that takes places and cancels."""
    units = {kind: sum(tariff.singles) for kind, tariff in tariffs(rules).items()}
    place, cancel, amend = (units.get(kind, 0) for kind in (BatchKind.PLACE, BatchKind.CANCEL, BatchKind.AMEND))
    is_worth_it = rules.amends_under_one_id and amend <= place + cancel
    return ChangeUnits(place, cancel, amend if is_worth_it else 0, rules.amend_keeps_place)


def _tariff(rules: VenueRules, kind: BatchKind) -> Tariff:
    single, batch, *_ = REQUESTS[kind]
    orders_max = rules.batch_max[kind] if batch in rules.costs else 1
    costs = rules.costs[batch] if orders_max > 1 else ()
    steps = {cost.orders_per_unit for cost in costs if 1 < cost.orders_per_unit < orders_max}
    if len(steps) > 1:
        raise InvariantError(
            f"rules {rules.name}: expected one number of orders to a unit of {batch}, found {sorted(steps)}; "
            "teach framework/router/planning/packing.py to plan with several"
        )
    step_orders = max(steps, default=orders_max)
    singles = tuple(
        sum(cost.units for cost in rules.costs[single] if cost.bucket == bucket.name) for bucket in rules.buckets
    )
    draws = []
    for place, bucket in enumerate(rules.buckets):
        units = [0, 0, 0]
        for cost in costs:
            if cost.bucket == bucket.name:
                units[_way(cost, orders_max)] += cost.units
        if singles[place] or any(units):
            draws.append(Draw(place, singles[place], *units))
    return Tariff(tuple(draws), singles, step_orders, orders_max - orders_max % step_orders, kind is BatchKind.CANCEL)


def _way(cost: Cost, orders_max: int) -> int:
    """How a batch draws it: 0 once, 1 for each started step, 2 for each order."""
    if cost.orders_per_unit == 1:
        return 2
    return 1 if 1 < cost.orders_per_unit < orders_max else 0
