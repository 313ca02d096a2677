"""When positions pay, and how much."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.instants import HOUR_NS
from framework.venues.sim.funding import funding_of, next_funding_ns
from tests.wired import spot

DAY_NS = 24 * HOUR_NS
THERE = spot()


@pytest.mark.parametrize(
    ("now_ns", "due_ns"),
    [(0, 8 * HOUR_NS), (8 * HOUR_NS - 1, 8 * HOUR_NS), (8 * HOUR_NS, 16 * HOUR_NS), (DAY_NS - 1, DAY_NS)],
)
def test_it_is_due_three_times_a_day_and_never_now(now_ns: int, due_ns: int) -> None:
    assert next_funding_ns(now_ns) == due_ns
    assert next_funding_ns(DAY_NS + now_ns) == DAY_NS + due_ns


def test_other_contracts_have_other_hours() -> None:
    assert next_funding_ns(HOUR_NS, 4 * HOUR_NS) == 4 * HOUR_NS


@pytest.mark.parametrize(
    ("points", "rate", "amount"), [(1, "0.0001", -3), (-1, "0.0001", 3), (1, "-0.0002", 6), (0, "1", 0)]
)
def test_longs_pay_what_shorts_receive(points: int, rate: str, amount: int) -> None:
    half = THERE.size_scale // 2 * points
    assert funding_of(THERE, half, Decimal(60_000), Decimal(rate)) == amount


def test_a_payment_is_rounded_to_eight_decimals() -> None:
    assert funding_of(THERE, THERE.size_scale, Decimal("1.00000001"), Decimal("0.5")) == Decimal("-0.5")
