"""Where a venue moves an order by a cancel and a new one, no cancel rides in a request that creates: why, over every table.

The proof of docs/decisions/0026: what rides in such a request is served as what it creates, so a plan with one sends
fewer orders of the class of cancels, which comes before everything else; and what it would save is written down.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from framework.model.batch import KINDS, BatchKind, RequestKind
from framework.model.orders import Order
from framework.model.rules import VenueRules
from framework.router.budget.budget import Budget
from framework.router.budget.gauge import Room
from framework.router.planning.planner import Planned, Planner, Queued
from framework.router.planning.tariffs import change_units
from framework.router.sending.slots import Service
from framework.venues.named import EVERY_TABLE
from tests.router.planning.oracle import fits, value, ways
from tests.router.scene import BTC, bench, rest
from tests.router.test_slow_disk import Disk
from tests.wired import NOON, Bench

MAKES_ANOTHER = [name for name, table in EVERY_TABLE.items() if not table.amends_under_one_id]
KEEPS_ITS_ID = [name for name in EVERY_TABLE if name not in MAKES_ANOTHER]
MOVED_MAX = 4

Plan = tuple[int, list[Planned], list[Queued]]
"""How many orders are moved by cancel-replace, the requests, and what they take from."""


def plans(moved: int, rules: VenueRules, room: Mapping[str, Room]) -> Iterator[Plan]:
    """Every way to move some orders, or none: by a cancel and a place each, or by a cancel-replace."""
    for riding in range(moved + 1):
        waiting = [
            Queued(BatchKind.CANCEL, Service.CANCEL, moved - riding, 1),
            Queued(BatchKind.PLACE, Service.ORDINARY, moved - riding, 1),
            Queued(BatchKind.AMEND, Service.ORDINARY, riding, 1),
        ]
        for chosen in product(*[list(ways(slot, there, rules)) for slot, there in enumerate(waiting)]):
            plan = [request for requests in chosen for request in requests]
            if fits(plan, waiting, rules, room):
                yield riding, plan, waiting


def worth(found: Plan, rules: VenueRules, room: Mapping[str, Room], *, rides_as_cancel: bool) -> tuple[Any, ...]:
    """The planner's objective. A cancel-replace sends two orders: the one it creates, and a cancel of some class."""
    _, plan, waiting = found
    _, *rest_of_it = value(plan, waiting, rules, room)
    sent = {Service.CANCEL: 0, Service.ORDINARY: 0}
    for request in plan:
        kind = KINDS[request.request]
        sent[Service.CANCEL if kind is BatchKind.CANCEL else Service.ORDINARY] -= request.orders
        if kind is BatchKind.AMEND:
            sent[Service.CANCEL if rides_as_cancel else Service.ORDINARY] -= request.orders
    return [sent[Service.CANCEL], sent[Service.ORDINARY]], *rest_of_it[:3]


def best(moved: int, rules: VenueRules, room: Mapping[str, Room], *, rides_as_cancel: bool) -> Plan:
    return min(plans(moved, rules, room), key=lambda found: worth(found, rules, room, rides_as_cancel=rides_as_cancel))


def rooms(rules: VenueRules, chance: random.Random) -> dict[str, Room]:
    """Any state of the buckets in which there is room for every cancel."""
    found = Budget(rules).rooms(NOON)
    cancels = {cost.bucket for form in (RequestKind.CANCEL, RequestKind.CANCEL_BATCH) for cost in rules.costs[form]}
    return {
        name: there if name in cancels else there._replace(used=chance.randrange(there.limit + 1))
        for name, there in found.items()
    }


@pytest.mark.parametrize("name", MAKES_ANOTHER)
def test_where_cancels_have_room_no_plan_with_a_cancel_replace_is_the_best(name: str) -> None:
    rules, chance = EVERY_TABLE[name], random.Random(name)
    for moved in range(1, MOVED_MAX + 1):
        for room in (Budget(rules).rooms(NOON), *[rooms(rules, chance) for _ in range(4)]):
            riding, plan, _ = best(moved, rules, room, rides_as_cancel=False)
            assert riding == 0
            assert sum(request.orders for request in plan if request.slot == 0) == moved, "every cancel leaves at once"


WOULD_SAVE = {
    "bitget-spot": {2: 1, 3: 1, 4: 1},
    "bitget-spot:lenient": {1: 1, 2: -1, 3: 1, 4: 1},
    "bitget-spot:lead-trader": {1: 1, 2: 1, 3: 1, 4: 1},
    "bitget-futures": {1: 1, 2: -1},
    "bitget-futures:lenient": {1: 1},
    "bitget-futures:lead-trader": {1: 1, 2: 0, 3: -1, 4: -2},
}
"""Orders moved at once at an idle venue -> requests that cancel-replaces would save if what rides in them counted as
cancels; below 0: they would cost requests, and lower the share of the fullest bucket."""


@pytest.mark.parametrize("name", MAKES_ANOTHER)
def test_what_it_would_save_is_requests_and_it_is_written_down(name: str) -> None:
    rules = EVERY_TABLE[name]
    room, saved = Budget(rules).rooms(NOON), dict[int, int]()
    for moved in range(1, MOVED_MAX + 1):
        riding, plan, _ = best(moved, rules, room, rides_as_cancel=True)
        if riding:
            apart = best(moved, rules, room, rides_as_cancel=False)
            saved[moved] = len(apart[1]) - len(plan)
    assert saved == WOULD_SAVE[name]


@pytest.mark.parametrize("name", KEEPS_ITS_ID)
def test_where_the_order_keeps_its_id_a_change_is_chosen_be_it_a_cancel_replace(name: str) -> None:
    rules = EVERY_TABLE[name]
    units = change_units(rules)
    assert 0 < units.amend < units.place + units.cancel
    planned = Planner(rules).plan([Queued(BatchKind.AMEND, Service.ORDINARY, 1, 1)], Budget(rules).rooms(NOON))
    assert planned == (Planned(0, RequestKind.AMEND, 1),)
    is_replace = "cancelReplace" in rules.sources["amend_keeps_place"]
    assert is_replace is name.startswith("binance-spot")


def closed(made: Bench) -> None:
    made.core.gate.close("test")


def slow_disk(made: Bench) -> None:
    Disk(made)


def no_room_for_what_is_new(made: Bench) -> None:
    """Others used up what places and changes draw on."""
    lane = made.core.router.lanes["bitget"]
    forms = (RequestKind.PLACE, RequestKind.PLACE_BATCH, RequestKind.AMEND, RequestKind.AMEND_BATCH)
    for number, form in enumerate(form for form in forms for _ in range(100) if form in lane.rules.costs):
        lane.budget.draw(-1 - number, form, 1, made.now_ns)


@pytest.mark.parametrize("trouble", [closed, slow_disk, no_room_for_what_is_new])
def test_what_holds_back_a_request_that_creates_or_changes_holds_back_no_cancel(trouble: Any) -> None:
    made = bench()
    gone, moved = rest(made, "90"), rest(made, "91")
    trouble(made)
    before = len(made.port.sent)

    def turn(strategy: Any) -> Order:
        strategy.cancel(gone)
        strategy.amend(moved, price="92")
        new: Order = strategy.buy(BTC, "1", price="93")
        return new

    made.act("a", turn)
    assert [kind for kind, *_ in made.port.requests()[before:]] == ["cancel"]
