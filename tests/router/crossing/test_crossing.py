"""Who stands where, and who waits."""

from __future__ import annotations

from framework.router.crossing.crossing import Blocked, Crossing
from tests.router.scene import BTC
from tests.wired import FakeDesk, order_of


def test_what_waits_is_told_apart_by_its_end() -> None:
    crossing, order = Crossing(FakeDesk()), order_of(BTC)
    crossing.wait(Blocked(order, None, 10, "x"))
    crossing.wait(Blocked(order, None, 20, "x"))
    assert crossing.late_at_ns() == 20
    assert list(crossing.take_late(15)) == []
    assert [blocked.until_ns for blocked in crossing.take_late(20)] == [20]
    assert crossing.late_at_ns() == 0


def test_alone_on_a_side_an_order_is_held_against_nothing() -> None:
    crossing = Crossing(FakeDesk())
    for price in range(9_000, 9_100):
        order = order_of(BTC, str(price), price_points=price)
        assert crossing.against(order, price) is None
        crossing.enter(order)
    assert list(crossing.take_free()) == []
