"""Faults between us and the simulated venue: loss, repetition, delay, and the venue's bound of acceptance."""

from __future__ import annotations

from framework.model.orders import OrderState
from framework.venues.sim.faults import Faults
from tests.router.life import BOUND, Life
from tests.wired import MS, SECOND


def test_by_default_nothing_goes_wrong() -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    assert order.state is OrderState.OPEN
    reply: object = object()
    assert Faults().of_reply(reply) is reply  # type: ignore[arg-type, comparison-overlap]  # handed through untouched


def test_a_request_that_is_late_within_the_bound_is_taken_and_one_beyond_it_is_refused() -> None:
    for delay_ns, state in ((BOUND - 5 * MS, OrderState.OPEN), (BOUND - 5 * MS + 1, OrderState.REJECTED)):
        life = Life()
        life.faults.requests = [(delay_ns,)]
        order = life.buy()
        life.wait(BOUND + SECOND)
        assert order.state is state
    assert order.reason == "too_old"


def test_a_repeated_report_and_a_late_one_change_nothing() -> None:
    life = Life()
    life.faults.reports = [(0, 0, 3 * SECOND)]
    order = life.buy("102")
    life.wait(10 * SECOND)
    assert order.state is OrderState.FILLED
    assert life.difference == {}
