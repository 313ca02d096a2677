"""The requests a lane makes of what waits: all classes together if all can go, else the highest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.model.batch import KINDS, REQUESTS, BatchKind, RequestKind
from framework.model.request_answer import RequestAnswer
from framework.router.sending.lane import CANCELS_HELD_NS, TURN_AFTER_NS, Lane
from framework.router.sending.slots import Service, service_of
from framework.venues.named import NAMES, rules_named
from tests.wired import NOON, SECOND, Port, order_of, rules_of, spot

BTC, ETH = spot(), spot("ETH/USDT")


def lane(name: str = "bitget-spot") -> Lane:
    return Lane(rules_named(name), "main", Port())


def put(made: Lane, count: int, kind: BatchKind = BatchKind.PLACE, first: int = 0, **facts: object) -> None:
    there = facts.pop("there", BTC)
    for index in range(first, first + count):
        order = order_of(there, f"{index}", **facts)  # type: ignore[arg-type]  # BTC or ETH
        made.slots.put(kind, order, service_of(kind, order))


def proposed(made: Lane, now_ns: int = NOON) -> list[tuple[str, Service, str, int]]:
    return [
        (share.slot.instrument.base, share.service, request.value, orders)
        for share, request, orders in made.plan(now_ns)
    ]


def test_classes_share_a_batch_when_all_can_go() -> None:
    made = lane()
    put(made, 4)
    put(made, 3, first=10, reduce_only=True)
    assert proposed(made) == [("BTC", Service.REDUCING, "place_batch", 7)]


def test_the_highest_class_goes_first_and_its_batch_takes_others_along_for_nothing() -> None:
    made = Lane(rules_of(limit=2), "main", Port())
    put(made, 40)
    put(made, 13, first=100, reduce_only=True)
    assert proposed(made) == [
        ("BTC", Service.REDUCING, "place_batch", 20),
        ("BTC", Service.ORDINARY, "place", 1),
        ("BTC", Service.ORDINARY, "place", 1),
    ]


def test_who_waited_long_goes_before_fuller_batches() -> None:
    made = Lane(rules_of(limit=1, batch=10), "main", Port())
    put(made, 1, there=ETH, strategy="b", ts_created_ns=NOON - TURN_AFTER_NS - 1)
    put(made, 40, first=10)
    assert proposed(made) == [("ETH", Service.TURN, "place", 1), ("BTC", Service.ORDINARY, "place_batch", 10)]


def test_who_waited_long_shares_a_batch_with_those_behind() -> None:
    made = Lane(rules_of(limit=2), "main", Port())
    for place, name in enumerate("abc"):
        put(made, 30, first=100 * place, strategy=name, ts_created_ns=NOON - TURN_AFTER_NS - 1)
    requests = [(request, orders) for _, _, request, orders in proposed(made)]
    assert sorted(requests) == [("place", 1), ("place", 1), ("place_batch", 20)]


WAITING = st.lists(
    st.tuples(st.sampled_from(BatchKind), st.booleans(), st.booleans(), st.integers(1, 70), st.integers(0, 2 * SECOND)),
    max_size=8,
)


@given(name=st.sampled_from(NAMES), waiting=WAITING, left=st.none() | st.integers(0, 1))
def test_a_lane_proposes_what_the_venue_takes_and_what_waits(
    name: str, waiting: list[tuple[BatchKind, bool, bool, int, int]], left: int | None
) -> None:
    """Whatever is proposed can be taken, fits the budget, and none that could go stays behind.

    Args:
        left: so many units of each bucket are left; None: all.
    """
    made = lane(name)
    if left is not None:
        used = {bucket.name: bucket.limit - left for bucket in made.rules.buckets}
        made.budget.told(RequestAnswer(0, made.rules.venue, used=used), NOON)
    for place, (kind, is_btc, is_reducing, count, age_ns) in enumerate(waiting):
        facts = {"reduce_only": is_reducing, "there": BTC if is_btc else ETH, "ts_created_ns": NOON - age_ns}
        put(made, count, kind, place * 1000, strategy=f"s{place % 3}", **facts)
    for number, (share, request, orders) in enumerate(made.plan(NOON)):
        kind = share.slot.kind
        assert KINDS[request] is kind
        assert orders <= (1 if request is REQUESTS[kind][0] else made.rules.batch_max[kind])
        assert len(made.slots.take(share, orders)) == orders
        assert made.budget.room(request, orders, NOON) == orders
        made.budget.draw(number, request, orders, NOON)
    for kind in made.slots.kinds():
        assert made.budget.opens_at_ns(kind, NOON) > NOON


def test_a_change_that_only_takes_size_away_goes_where_no_other_change_may() -> None:
    made = lane("binance-spot")
    made.budget.told(RequestAnswer(0, "binance", used={"orders_10s": 1_000_000}), NOON)
    put(made, 1, BatchKind.AMEND)
    assert proposed(made) == []
    made.slots.put(BatchKind.AMEND, order_of(BTC, "9"), Service.ORDINARY, is_shrink=True)
    assert [(request, orders) for _, _, request, orders in proposed(made)] == [("shrink", 1)]


def test_a_lone_order_takes_the_form_that_leaves_most_room() -> None:
    made = lane()
    for request_id in range(5):
        made.budget.draw(request_id, RequestKind.PLACE, 1, NOON)
    put(made, 1)
    assert proposed(made) == [("BTC", Service.ORDINARY, "place_batch", 1)]


def test_while_a_cancel_waits_for_too_long_nothing_is_proposed_but_what_reduces() -> None:
    made = Lane(rules_of(limit=1, batch=1), "main", Port())
    made.budget.draw(1, RequestKind.CANCEL, 1, NOON)
    put(made, 1, BatchKind.CANCEL)
    put(made, 1, first=10, ts_created_ns=NOON + CANCELS_HELD_NS)
    made.look(NOON)
    assert proposed(made, NOON + CANCELS_HELD_NS - 1) == [("BTC", Service.ORDINARY, "place", 1)]
    assert proposed(made, NOON + CANCELS_HELD_NS) == []
    put(made, 1, first=20, reduce_only=True)
    assert proposed(made, NOON + CANCELS_HELD_NS) == [("BTC", Service.REDUCING, "place", 1)]


def test_each_cancel_has_waited_since_it_came_whatever_leaves_before_it() -> None:
    made = Lane(rules_of(limit=1, batch=1), "main", Port())
    put(made, 5, BatchKind.CANCEL)
    made.look(NOON)
    for number in (1, 2):  # one leaves a second, and others come
        now_ns = NOON + number * SECOND
        assert made.holds_cancels(now_ns) == (number == 2)
        made.slots.drop(BatchKind.CANCEL, order_of(BTC, f"{number - 1}"))
        put(made, 1, BatchKind.CANCEL, first=10 + number)
        made.look(now_ns)
    assert made.holds_cancels(now_ns)
    made.slots.drop(BatchKind.CANCEL, order_of(BTC, "2"))
    made.slots.put(BatchKind.CANCEL, order_of(BTC, "3"), Service.SWEEP)
    assert made.holds_cancels(now_ns), "a higher class is no new cancel"
    for name in ("3", "4"):
        made.slots.drop(BatchKind.CANCEL, order_of(BTC, name))
    assert not made.holds_cancels(now_ns), "the next came later"
    assert made.holds_cancels(now_ns + SECOND)
    for name in ("11", "12"):
        made.slots.drop(BatchKind.CANCEL, order_of(BTC, name))
    made.look(now_ns + SECOND)
    assert not made.holds_cancels(now_ns + 9 * SECOND), "none waits"


def test_a_lone_cancel_that_is_put_back_waits_from_the_look_after_it() -> None:
    made = lane()
    put(made, 1, BatchKind.CANCEL)
    alone = made.slots.take_alone()
    assert alone is not None
    made.look(NOON)
    assert not made.holds_cancels(NOON + 9 * SECOND)
    made.slots.put(alone.kind, alone.order, alone.service)
    made.look(NOON)
    assert not made.holds_cancels(NOON + CANCELS_HELD_NS - 1)
    assert made.holds_cancels(NOON + CANCELS_HELD_NS)
