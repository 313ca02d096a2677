"""The plan is the best there is: compared with every other plan on small sets, held to its bounds on large ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.model.rules import Bucket, Cost, CountedBy, SelfTrade, VenueRules
from framework.router.budget.gauge import Room
from framework.router.planning.packing import Packing
from framework.router.planning.planner import Planned, Planner, Queued
from framework.venues.named import EVERY_TABLE, rules_named
from tests.router.planning.oracle import drawn, exhaustive, fits, value

PLACE, CANCEL, AMEND = BatchKind.PLACE, BatchKind.CANCEL, BatchKind.AMEND
SWEEP, CANCELS, PROTECTIVE, ORDINARY = range(4)
BITGET = rules_named("bitget-spot")


def table(
    name: str, batch: int, limits: Mapping[str, int], costs: Mapping[RequestKind, tuple[Cost, ...]]
) -> VenueRules:
    """Made-up rules, small enough for a few orders to come to all their edges."""
    return VenueRules(
        name=name,
        title=name,
        venue="bitget",
        as_of="2024-08-08",
        buckets=tuple(Bucket(bucket, limit, 10**9, CountedBy.UID, "made up") for bucket, limit in limits.items()),
        costs=costs,
        batch_max=dict.fromkeys(BatchKind, batch),
        markets=(),
        self_trade=SelfTrade.NONE,
        source="made up",
    )


def stepped(batch: int, step: int) -> VenueRules:
    """Bitget's shape: a bucket for each kind of request, a unit of it for every started `step` orders of a batch."""
    kinds = [kind for kinds in REQUESTS.values() for kind in kinds[:2]]
    limits = {kind.value: 5 if "batch" in kind else 10 for kind in kinds} | {"ip": 60}
    costs = {kind: (Cost(kind.value, orders_per_unit=step if "batch" in kind else 0), Cost("ip")) for kind in kinds}
    return table(f"stepped-{step}-of-{batch}", batch, limits, costs)


def traded_off(batch: int) -> VenueRules:
    """Binance futures' shape: a batch saves requests, but counts as a full one however few orders it holds."""
    alone = (Cost("orders_10s"), Cost("orders_1m"))
    together = (Cost("orders_10s", batch), Cost("orders_1m"), Cost("weight", batch))
    costs = {kind: (alone, together)["batch" in kind] for kinds in REQUESTS.values() for kind in kinds[:2]}
    costs |= dict.fromkeys(REQUESTS[CANCEL][:2], (Cost("weight"),))
    return table(f"traded-off-{batch}", batch, {"orders_10s": 9, "orders_1m": 7, "weight": 30}, costs)


def uneven(weight: int) -> VenueRules:
    """Binance spot's shape: a change that only takes size away is dearer in weight, and free in the order count."""
    costs = {
        RequestKind.PLACE: (Cost("orders"), Cost("weight"), Cost("raw")),
        RequestKind.AMEND: (Cost("orders"), Cost("weight"), Cost("raw")),
        RequestKind.CANCEL: (Cost("weight"), Cost("raw")),
        RequestKind.SHRINK: (Cost("weight", weight), Cost("raw")),
    }
    return table(f"uneven-{weight}", 1, {"orders": 4, "weight": 12, "raw": 7}, costs)


MADE_UP = stepped(4, 2), stepped(6, 3), stepped(3, 3), traded_off(3), uneven(3), uneven(4)
TABLES = {rules.name: rules for rules in (*EVERY_TABLE.values(), *MADE_UP)}
PLANNERS = {name: Planner(rules) for name, rules in TABLES.items()}


def is_shared(rules: VenueRules, bucket: str) -> bool:
    """Whether cancels and other requests draw on it."""
    cancels = {
        kind in REQUESTS[CANCEL] for kind, costs in rules.costs.items() if bucket in {cost.bucket for cost in costs}
    }
    return len(cancels) == 2


def free(rules: VenueRules, **used: int) -> dict[str, Room]:
    """All buckets empty, but for some."""
    return {bucket.name: Room(bucket.limit, used.get(bucket.name, 0)) for bucket in rules.buckets}


@st.composite
def rooms(draw: st.DrawFn, rules: VenueRules) -> dict[str, Room]:
    """Buckets empty, in use, nearly full, full, fuller than they may be, paused, with and without a reserve."""
    room = {}
    for bucket in rules.buckets:
        left = draw(st.sampled_from([*range(9), -1, bucket.limit]) | st.integers(0, bucket.limit))
        reserve = draw(st.integers(0, 3)) if is_shared(rules, bucket.name) else 0
        is_paused = draw(st.integers(0, 19)) == 19
        room[bucket.name] = Room(bucket.limit, max(bucket.limit - left, 0), reserve, is_paused)
    return room


@st.composite
def waiting_sets(draw: st.DrawFn, orders_max: int, pairs_max: int, *, has_shrinks: bool) -> list[Queued]:
    """Orders of a few pairs: cancels of the classes 0 and 1, the rest of 2 and 3."""
    order = st.tuples(st.sampled_from(BatchKind), st.booleans(), st.integers(1, pairs_max))
    counts = Counter(draw(st.lists(order, min_size=1, max_size=orders_max)))
    ids = draw(st.permutations(range(len(counts))))
    whole = draw(st.sets(st.integers(1, pairs_max)))
    shrinks = draw(st.sets(st.integers(1, pairs_max))) if has_shrinks else set()
    return [
        Queued(
            kind,
            (kind is not CANCEL) * 2 + is_lower,
            orders,
            first_id,
            kind is CANCEL and pair in whole,
            kind is AMEND and pair in shrinks,
        )
        for ((kind, is_lower, pair), orders), first_id in zip(counts.items(), ids, strict=True)
    ]


def assert_is_best(name: str, waiting: list[Queued], room: dict[str, Room]) -> None:
    """The plan stays within the room, and an exhaustive search finds none that is worth more."""
    rules = TABLES[name]
    plan = PLANNERS[name].plan(waiting, room)
    assert fits(plan, waiting, rules, room)
    assert value(plan, waiting, rules, room) == value(exhaustive(waiting, rules, room), waiting, rules, room)


def assert_none_is_better(name: str, data: st.DataObject, orders_max: int, pairs_max: int) -> None:
    rules = TABLES[name]
    waiting = data.draw(waiting_sets(orders_max, pairs_max, has_shrinks=RequestKind.SHRINK in rules.costs))
    assert_is_best(name, waiting, data.draw(rooms(rules)))


@pytest.mark.timeout(60 if settings().max_examples < 1000 else 1800)
@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_no_plan_is_better(name: str, data: st.DataObject) -> None:
    assert_none_is_better(name, data, orders_max=6, pairs_max=2)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=max(200, settings().max_examples))
@given(data=st.data())
def test_no_plan_of_eight_orders_over_three_pairs_is_better(name: str, data: st.DataObject) -> None:
    assert_none_is_better(name, data, orders_max=8, pairs_max=3)


# Rare ones: a bucket that hides behind another, a batch that must stay smaller than it could be, steps of equal worth,
# changes that are dearer than places of their class in a bucket of both.
FOUND: list[tuple[str, list[Queued], dict[str, int]]] = [
    (
        "bitget-unified",
        [Queued(CANCEL, SWEEP, 2, 98), Queued(CANCEL, CANCELS, 1, 76), Queued(CANCEL, CANCELS, 3, 84)],
        {"ip": 5998},
    ),
    (
        "bitget-unified",
        [Queued(AMEND, ORDINARY, 2, 87), Queued(PLACE, ORDINARY, 1, 31)],
        {"place": 9, "place_batch": 2, "modify_batch": 3, "ip": 5998},
    ),
    (
        "binance-futures:lenient",
        [Queued(PLACE, ORDINARY, 4, 51), Queued(PLACE, ORDINARY, 1, 91)],
        {"orders_10s": 297, "orders_1m": 1198},
    ),
    (
        "bitget-spot:lenient",
        [Queued(PLACE, ORDINARY, 1, 79), Queued(AMEND, PROTECTIVE, 2, 76), Queued(CANCEL, CANCELS, 1, 65)],
        {"place": 10, "replace": 5, "ip": 5997},
    ),
    (
        "bitget-spot",
        [Queued(AMEND, PROTECTIVE, 1, 13), Queued(AMEND, ORDINARY, 1, 33), Queued(AMEND, ORDINARY, 1, 27)],
        {"replace": 3},
    ),
    (
        "stepped-2-of-4",
        [Queued(PLACE, ORDINARY, 4, 1), Queued(PLACE, PROTECTIVE, 2, 2)],
        {"place_batch": 4, "cancel": 10},
    ),
    (
        "stepped-2-of-4",
        [Queued(PLACE, ORDINARY, 2, 1), Queued(PLACE, PROTECTIVE, 2, 2)],
        {"place_batch": 4, "cancel": 10},
    ),
    (
        "stepped-3-of-6",
        [Queued(PLACE, ORDINARY, 5, 1), Queued(PLACE, ORDINARY, 2, 2)],
        {"place_batch": 3, "cancel": 10},
    ),
    (
        "binance-spot",
        [
            Queued(PLACE, PROTECTIVE, 1, 0),
            Queued(PLACE, ORDINARY, 1, 1),
            Queued(AMEND, PROTECTIVE, 1, 2, is_shrink=True),
        ],
        {"orders_10s": 49, "orders_1d": 159_999, "request_weight": 5999, "raw_requests": 60_999},
    ),
    (
        "binance-spot:lenient",
        [Queued(PLACE, ORDINARY, 1, 1), Queued(AMEND, ORDINARY, 1, 0, is_shrink=True)],
        {"raw_requests": 299_999},
    ),
]


@pytest.mark.parametrize(("name", "waiting", "used"), FOUND)
def test_no_plan_is_better_where_one_was(name: str, waiting: list[Queued], used: dict[str, int]) -> None:
    assert_is_best(name, waiting, free(TABLES[name], **used))


def by_slot(plan: Sequence[Planned]) -> Counter[int]:
    """Orders sent of each."""
    sent: Counter[int] = Counter()
    for request in plan:
        sent[request.slot] += request.orders
    return sent


MANY = st.lists(
    st.builds(
        lambda kind, is_lower, orders, first_id: Queued(kind, (kind is not CANCEL) * 2 + is_lower, orders, first_id),
        st.sampled_from(BatchKind),
        st.booleans(),
        st.integers(0, 12) | st.integers(0, 1000),
        st.integers(0, 50),
    ),
    max_size=30,
)


@pytest.mark.parametrize("name", TABLES)
@given(waiting=MANY, data=st.data())
def test_a_plan_of_many_stays_within_the_room_and_leaves_none(
    name: str, waiting: list[Queued], data: st.DataObject
) -> None:
    rules = TABLES[name]
    room = data.draw(rooms(rules))
    plan = PLANNERS[name].plan(waiting, room)
    assert fits(plan, waiting, rules, room)
    sent = by_slot(plan)
    for request in plan:
        assert 0 < request.orders <= (rules.batch_max[waiting[request.slot].kind] if "batch" in request.request else 1)
    for slot, there in enumerate(waiting):
        assert sent[slot] <= there.orders
        if sent[slot] < there.orders:
            for more in bigger(plan, slot, there, rules):
                assert not fits(more, waiting, rules, room), (slot, there)


def bigger(plan: Sequence[Planned], slot: int, there: Queued, rules: VenueRules) -> list[list[Planned]]:
    """The plan with one order more of a pair: in a request of its own, in a batch of one, or in a batch it has room in."""
    single, batch, *_ = REQUESTS[there.kind]
    largest = rules.batch_max[there.kind]
    plans = [[*plan, Planned(slot, single, 1)]]
    if largest > 1:
        plans.append([*plan, Planned(slot, batch, 1)])
    for place, request in enumerate(plan):
        if request.slot == slot and request.orders < largest:
            plans.append([*plan[:place], Planned(slot, batch, request.orders + 1), *plan[place + 1 :]])
    return plans


@pytest.mark.parametrize("name", TABLES)
@given(waiting=MANY, data=st.data())
def test_a_plan_does_not_depend_on_the_order_of_what_waits(
    name: str, waiting: list[Queued], data: st.DataObject
) -> None:
    assume(len({there.first_id for there in waiting}) == len(waiting))
    room = data.draw(rooms(TABLES[name]))
    mixed = data.draw(st.permutations(waiting))
    plans = [
        [(there[request.slot], request.request, request.orders) for request in PLANNERS[name].plan(there, room)]
        for there in (waiting, mixed)
    ]
    assert plans[0] == plans[1]


# --- what it means for one who waits ---------------------------------------------------------------------------------


def planned(waiting: Sequence[Queued], rules: VenueRules = BITGET, **used: int) -> list[tuple[int, str, int]]:
    """Slot, request and orders of each request; the room is free but for what is said."""
    return [tuple(request) for request in Planner(rules).plan(waiting, free(rules, **used))]


def test_nothing_waits_and_nothing_is_sent() -> None:
    assert planned([]) == []
    assert planned([Queued(PLACE, ORDINARY, 0, 1)]) == []


def test_ten_orders_of_a_pair_share_a_request() -> None:
    assert planned([Queued(PLACE, ORDINARY, 10, 1)]) == [(0, "place_batch", 10)]


def test_orders_of_two_pairs_do_not_share_one() -> None:
    assert planned([Queued(PLACE, ORDINARY, 10, 1), Queued(PLACE, ORDINARY, 10, 2)]) == [
        (0, "place_batch", 10),
        (1, "place_batch", 10),
    ]


@pytest.mark.parametrize("orders", [1, 59, 60, 61, 1000, 20_000])
def test_a_second_carries_sixty_orders_of_a_pair(orders: int) -> None:
    plan = planned([Queued(PLACE, ORDINARY, orders, 1)])
    assert sum(request[2] for request in plan) == min(orders, 60)


@given(orders=st.lists(st.integers(1, 2000), min_size=1, max_size=20))
def test_without_single_requests_units_are_the_least_there_can_be(orders: list[int]) -> None:
    room = free(BITGET) | {name: Room(10**6, 0) for name in ("place_batch", "ip")} | {"place": Room(10, 10)}
    waiting = [Queued(PLACE, ORDINARY, count, first_id) for first_id, count in enumerate(orders)]
    plan = Planner(BITGET).plan(waiting, room)
    assert by_slot(plan) == dict(enumerate(orders))
    assert drawn(plan, BITGET)["place_batch"] == sum(-(-count // 10) for count in orders)
    assert len(plan) == sum(-(-count // 50) for count in orders)


@given(
    pairs=st.lists(st.integers(1, 200), min_size=1, max_size=10), units=st.integers(0, 5), singles=st.integers(0, 10)
)
def test_units_go_where_most_orders_share_them(pairs: list[int], units: int, singles: int) -> None:
    waiting = [Queued(PLACE, ORDINARY, count, first_id) for first_id, count in enumerate(pairs)]
    plan = planned(waiting, place=10 - singles, place_batch=5 - units)
    tens = sorted((min(10, count - start) for count in pairs for start in range(0, count, 10)), reverse=True)
    assert sum(request[2] for request in plan) == min(sum(pairs), sum(tens[:units]) + singles)


@pytest.mark.parametrize("name", EVERY_TABLE)
@pytest.mark.parametrize(("kind", "services"), [(PLACE, (PROTECTIVE, ORDINARY)), (CANCEL, (SWEEP, CANCELS))])
def test_a_flood_on_one_pair_does_not_stop_a_higher_class_on_another(
    name: str, kind: BatchKind, services: tuple[int, int]
) -> None:
    higher, lower = services
    plan = planned([Queued(kind, lower, 100_000, 1), Queued(kind, higher, 3, 2)], TABLES[name])
    assert by_slot([Planned(*request) for request in plan])[1] == 3
    assert plan[0][0] == 1


@given(places=st.integers(1, 300), cancels=st.integers(1, 300), used=st.integers(0, 10))
def test_places_and_cancels_do_not_wait_for_each_other(places: int, cancels: int, used: int) -> None:
    both = [Queued(PLACE, ORDINARY, places, 1), Queued(CANCEL, CANCELS, cancels, 2)]
    plan = by_slot([Planned(*request) for request in planned(both, place=used, cancel=used)])
    assert plan[0] == min(places, 60 - used)
    assert plan[1] == min(cancels, 60 - used)


def test_cancels_are_sent_first_and_a_sweep_before_them() -> None:
    waiting = [Queued(PLACE, PROTECTIVE, 2, 1), Queued(CANCEL, CANCELS, 2, 2), Queued(CANCEL, SWEEP, 1, 3)]
    assert [request[0] for request in planned(waiting)] == [2, 1, 0]


def test_of_two_pairs_alike_the_older_goes() -> None:
    waiting = [Queued(PLACE, ORDINARY, 10, 7), Queued(PLACE, ORDINARY, 10, 3)]
    assert planned(waiting, place=10, place_batch=4) == [(1, "place_batch", 10)]
    assert planned(waiting, place=9, place_batch=5) == [(1, "place", 1)]


def test_only_cancels_draw_on_a_reserve() -> None:
    room = free(BITGET) | {"ip": Room(6000, 5996, reserve=2)}
    places, cancels = Queued(PLACE, ORDINARY, 3, 1), [Queued(CANCEL, CANCELS, 1, first) for first in range(2, 7)]
    waiting = [places, *(there._replace(service=CANCELS) for there in cancels)]
    assert by_slot(Planner(BITGET).plan([places], room)) == {0: 3}
    assert by_slot(Planner(BITGET).plan(waiting[1:], room)) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert by_slot(Planner(BITGET).plan(waiting[:2], room)) == {0: 3, 1: 1}
    assert by_slot(Planner(BITGET).plan(waiting[:3], room)) == {1: 1, 2: 1}


def test_nothing_draws_on_a_paused_bucket() -> None:
    room = free(BITGET) | {"place_batch": Room(5, 0, is_paused=True)}
    assert [tuple(request) for request in Planner(BITGET).plan([Queued(PLACE, ORDINARY, 12, 1)], room)] == [
        (0, "place", 1)
    ] * 10


def test_a_bucket_fuller_than_it_may_be_stops_only_its_own() -> None:
    waiting = [Queued(PLACE, ORDINARY, 2, 1), Queued(CANCEL, CANCELS, 2, 2)]
    assert planned(waiting, place=12, place_batch=7) == [(1, "cancel_batch", 2)]


def test_a_batch_that_costs_more_than_its_orders_is_not_filled_up_with_air() -> None:
    futures = rules_named("binance-futures")
    assert planned([Queued(PLACE, ORDINARY, 5, 1)], futures) == [(0, "place_batch", 5)]
    assert planned([Queued(PLACE, ORDINARY, 4, 1)], futures) == [(0, "place", 1)] * 4


def test_all_orders_of_a_pair_are_cancelled_by_one_request_where_that_costs_less() -> None:
    many = [Queued(CANCEL, CANCELS, 25, 1, is_all=True)]
    assert planned(many) == [(0, "cancel_symbol", 25)]
    assert planned([many[0]._replace(is_all=False)])[0] == (0, "cancel_batch", 20)
    assert planned([many[0]._replace(orders=10)]) == [(0, "cancel_batch", 10)]
    assert planned(many, cancel_symbol=5) == [(0, "cancel_batch", 25)]
    spot = rules_named("binance-spot")
    assert planned([Queued(CANCEL, CANCELS, 2, 1, is_all=True)], spot) == [(0, "cancel_symbol", 2)]


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_a_sweep_of_many_pairs_never_costs_more_than_without_cancels_of_symbols(name: str) -> None:
    rules = EVERY_TABLE[name]
    waiting = [Queued(CANCEL, SWEEP, 5 + 3 * pair, pair, is_all=True) for pair in range(8)]
    room = free(rules)
    plain = [there._replace(is_all=False) for there in waiting]
    plan, other = PLANNERS[name].plan(waiting, room), PLANNERS[name].plan(plain, room)
    assert fits(plan, waiting, rules, room)
    assert value(plan, waiting, rules, room) <= value(other, waiting, rules, room)
    if name in ("bitget-spot", "binance-spot"):
        assert RequestKind.CANCEL_SYMBOL in {request.request for request in plan}


def test_places_and_changes_of_equal_cost_are_weighed_together() -> None:
    futures = rules_named("binance-futures")
    waiting = [Queued(PLACE, ORDINARY, 5, 2), Queued(AMEND, ORDINARY, 5, 1)]
    assert planned(waiting, futures, orders_1m=1199) == [(1, "amend_batch", 5)]


def test_a_kind_that_the_venue_does_not_take_is_refused() -> None:
    rules = replace(BITGET, costs={RequestKind.PLACE: BITGET.costs[RequestKind.PLACE]})
    with pytest.raises(InvariantError, match="expected a cost of amend requests"):
        Planner(rules).plan([Queued(AMEND, ORDINARY, 2, 1)], free(rules))


def test_the_work_does_not_grow_with_the_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is done once under full ceilings, and then once for each halving of what buckets can hold."""
    runs: Counter[int] = Counter()
    pack = Packing.pack
    for orders in (1000, 100_000):
        monkeypatch.setattr(Packing, "pack", lambda *args, orders=orders: (runs.update([orders]), pack(*args))[1])
        for rules in EVERY_TABLE.values():
            planned([Queued(PLACE, ORDINARY, orders, 1), Queued(CANCEL, CANCELS, orders, 2)], rules)
    assert runs[1000] <= 8 * len(EVERY_TABLE)
    assert runs[100_000] <= 16 * len(EVERY_TABLE)
