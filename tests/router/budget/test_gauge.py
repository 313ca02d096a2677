"""One bucket: what is left of it, and when units come back."""

from __future__ import annotations

import pytest

from framework.model.rules import Bucket, Cost, CountedBy
from framework.router.budget.gauge import Gauge, Room
from framework.router.budget.kept import KeptGauge
from tests.wired import MS, NOON, SECOND


def gauge(limit: int = 5) -> Gauge:
    return Gauge(Bucket("place", limit, SECOND, CountedBy.UID, "made up"))


def drawn(made: Gauge, units: int, answered_ns: int) -> None:
    """Units that were drawn, and whose request is answered."""
    made.used += units
    made.over(units, answered_ns)


def test_room_is_what_is_left_at_an_instant() -> None:
    made = gauge()
    assert made.room(NOON) == Room(5, 0)
    drawn(made, 3, NOON + 20 * MS)
    assert made.room(NOON + 20 * MS) == Room(5, 3)
    assert made.room(NOON + 20 * MS + SECOND - 1) == Room(5, 3)
    assert made.room(NOON + 20 * MS + SECOND) == Room(5, 0)


def test_room_tells_of_a_reserve_and_of_a_pause() -> None:
    made = gauge()
    made.reserve = 2
    made.paused_until_ns = NOON + SECOND
    assert made.room(NOON) == Room(5, 0, 2, True)
    assert made.room(NOON + SECOND) == Room(5, 0, 2, False)


def test_it_takes_as_many_orders_as_its_units_carry() -> None:
    made = gauge()
    made.used = 3
    assert made.takes(Cost("place", orders_per_unit=10), 50, 0, NOON) == 20
    assert made.takes(Cost("place", orders_per_unit=10), 50, 1, NOON) == 10
    assert made.takes(Cost("place"), 1, 0, NOON) == 1
    assert made.takes(Cost("place", 3), 1, 0, NOON) == 0


@pytest.mark.fault("E3")
def test_pauses_in_a_row_double_up_to_a_bound() -> None:
    made, now_ns, spans = gauge(1000), NOON, []
    for _ in range(9):
        made.pause(now_ns, 0, SECOND)
        spans.append((made.paused_until_ns - now_ns) // SECOND)
        now_ns = made.paused_until_ns
    assert spans == [1, 2, 4, 8, 16, 32, 64, 64, 64]


@pytest.mark.fault("E3")
def test_a_429_without_a_time_during_a_ban_is_the_first_in_its_row() -> None:
    """Found by the simulation: an answer that was on its way when a ban was told had no length to pause for."""
    made = gauge()
    made.paused_until_ns = NOON + 9 * SECOND
    made.pause(NOON, 0, SECOND)
    assert (made.strikes, made.paused_until_ns) == (1, NOON + 9 * SECOND)


def test_what_was_on_its_way_when_the_pause_began_is_no_further_one() -> None:
    made = gauge()
    for _ in range(3):
        made.pause(NOON, 0, SECOND)
    assert made.paused_until_ns == NOON + SECOND
    assert made.strikes == 1


def test_a_request_that_is_let_in_after_the_pause_ends_the_row_and_an_older_one_does_not() -> None:
    made = gauge()
    made.pause(NOON, 0, SECOND)
    made.let_in(NOON)
    assert made.strikes == 1
    made.let_in(made.paused_until_ns)
    assert made.strikes == 0


def test_a_pause_is_as_long_as_was_told() -> None:
    made = gauge()
    made.pause(NOON, 7 * SECOND, SECOND)
    assert made.paused_until_ns == NOON + 7 * SECOND


@pytest.mark.fault("E4")
def test_the_venues_higher_count_weighs_a_window() -> None:
    made = gauge()
    made.used = 1
    made.told(4, NOON)
    made.told(2, NOON + MS)
    assert made.room(NOON + MS).used == 4
    made.over(1, NOON + MS)
    assert made.room(NOON + SECOND).used == 1
    assert made.room(NOON + SECOND + MS).used == 0


def test_what_a_checkpoint_had_holds_up_nothing_that_is_answered_after_it() -> None:
    """A request that nobody answered weighs for long; what came after it is over a window after its answer."""
    made = gauge()
    made.restore(KeptGauge(((NOON + SECOND, 1), (NOON + 40 * SECOND, 1))))
    drawn(made, 2, NOON + 2 * SECOND)
    assert made.room(NOON + 2 * SECOND).used == 3
    assert made.frees_at_ns() == NOON + 3 * SECOND
    assert made.room(NOON + 3 * SECOND).used == 1
    assert made.kept(NOON + 3 * SECOND).weights == ((NOON + 40 * SECOND, 1),)
    assert made.room(NOON + 40 * SECOND).used == 0
