"""Numbers of orders and trades."""

from __future__ import annotations

from framework.venues.sim.numbers import numbers
from tests.venues.sim.stage import START, Stage


def test_numbers_have_19_digits_and_rise() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 1000)
    for name in "ab":
        stage.place(name, "buy", 1)
    orders = [report.venue_order_id for report in stage.reports]
    trades = [report.fill.trade_id for report in stage.reports if report.fill is not None]
    assert orders == sorted(set(orders)) == [str(START + 1), str(START + 2)]
    assert trades == sorted(set(trades))
    assert all(len(number) == 19 for number in (*orders, *trades))


def test_a_clock_that_begins_at_0_gives_19_digits_too() -> None:
    assert next(numbers(0)) == "1000000000000000001"
