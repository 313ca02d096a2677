"""One bucket: what is left of it, and when units come back."""

from __future__ import annotations

from framework.model.rules import Bucket, Cost, CountedBy
from framework.router.gauge import Gauge, Room
from tests.wired import MS, NOON, SECOND

BOUND_NS = 60 * SECOND


def gauge(limit: int = 5) -> Gauge:
    return Gauge(Bucket("place", limit, SECOND, CountedBy.UID, "made up"), BOUND_NS)


def test_room_is_what_is_left_at_an_instant() -> None:
    made = gauge()
    assert made.room(NOON) == Room(5, 0)
    made.draw(1, 3, NOON)
    made.answered(1, NOON + 20 * MS)
    assert made.room(NOON + 20 * MS) == Room(5, 3)
    assert made.room(NOON + 20 * MS + SECOND - 1) == Room(5, 3)
    assert made.room(NOON + 20 * MS + SECOND) == Room(5, 0)


def test_room_tells_of_a_reserve_and_of_a_pause() -> None:
    made = gauge()
    made.reserve = 2
    made.paused_until_ns = NOON + SECOND
    assert made.room(NOON) == Room(5, 0, 2, True)
    assert made.room(NOON + SECOND) == Room(5, 0, 2, False)


def test_a_request_that_is_never_answered_weighs_until_the_venue_can_accept_it_no_more() -> None:
    made = gauge()
    made.draw(1, 5, NOON)
    assert made.frees_at_ns() == NOON + BOUND_NS + SECOND
    made.release(NOON + BOUND_NS + SECOND)
    assert (made.used, made.frees_at_ns()) == (0, 0)


def test_it_takes_as_many_orders_as_its_units_carry() -> None:
    made = gauge()
    made.draw(1, 3, NOON)
    assert made.takes(Cost("place", orders_per_unit=10), 50, 0, NOON) == 20
    assert made.takes(Cost("place", orders_per_unit=10), 50, 1, NOON) == 10
    assert made.takes(Cost("place"), 1, 0, NOON) == 1
    assert made.takes(Cost("place", 3), 1, 0, NOON) == 0
