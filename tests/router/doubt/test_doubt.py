"""One order in doubt: when it is asked after, and whether the venue must say how late it is."""

from __future__ import annotations

import itertools

import pytest

from framework.model.orders import OrderState, Pending, write
from framework.router.doubt.absence import SKEW_NS, Absence
from framework.router.doubt.doubt import STUCK_NS, Doubt
from tests.router.life import BOUND, BTC, life_rules
from tests.wired import NOON, SECOND, order_of

UNTIL = NOON + BOUND + SKEW_NS


def doubt(state: OrderState = OrderState.UNKNOWN) -> Doubt:
    order = order_of(BTC, "o1")
    write(order, state=state)
    return Doubt(order, Absence(order, life_rules(), NOON, 0), NOON, SECOND // 4)


def test_rounds_grow_rarer_and_come_soon_after_the_last_moment_of_acceptance_and_then_twice() -> None:
    found, asked_ns = doubt(), list[int]()
    while found.next_ns < UNTIL + STUCK_NS:
        asked_ns.append(found.next_ns)
        found.asked(found.next_ns, crowd=1)
    waits_s = [(late - early) / SECOND for early, late in itertools.pairwise(asked_ns)]
    assert waits_s[:2] == [1.5, 2.5]
    assert asked_ns[3] == UNTIL + SECOND
    assert set(waits_s[3:]) == {3.5}
    assert (found.tries, found.put_off) == (len(asked_ns), 0)


@pytest.mark.parametrize(
    ("floor_ns", "latest_ns", "is_needed"),
    [
        (0, NOON, True),  # nobody knows how late it is
        (NOON, UNTIL, False),  # nothing can count yet
        (NOON, UNTIL + 1, True),
        (UNTIL, UNTIL + SECOND, True),
        (UNTIL + 1, UNTIL + SECOND, False),  # it is known to be late enough
    ],
)
def test_time_is_asked_for_where_answers_would_count_by_it(floor_ns: int, latest_ns: int, is_needed: bool) -> None:
    assert doubt().needs_time(floor_ns, latest_ns) is is_needed
    known = doubt(OrderState.OPEN)
    known.absence.contradict()
    assert not known.needs_time(floor_ns, latest_ns), "it is there, whatever the time"
    write(known.order, pending=Pending.AMEND)
    assert known.needs_time(floor_ns, latest_ns) is is_needed, "its change may still happen"
