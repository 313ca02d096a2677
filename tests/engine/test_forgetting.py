"""Which done orders are still known: what may have reached a venue outlives what a flood of refusals pushes."""

from __future__ import annotations

import pytest

from framework.engine import forgetting
from framework.engine.forgetting import LATE_NS, DoneOrders, late_fill_ns, was_sent
from framework.model.orders import Order, OrderState, write
from tests.wired import NOON, SECOND, order_of, rules_of, spot

S = OrderState
BTC = spot()


def done(id_: str, state: OrderState = S.CANCELLED, **facts: object) -> Order:
    order = order_of(BTC, id_)
    write(order, state=state, **facts)
    return order


def overdue(orders: DoneOrders, now_ns: int) -> list[str]:
    return [order.client_order_id for order in orders.overdue(now_ns)]


def test_what_never_left_is_kept_by_number_and_pushes_out_nothing_that_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 2)
    orders = DoneOrders()
    orders.add(done("sent"), NOON, was_sent=True)
    for number in range(5):
        orders.add(done(f"r{number}", S.REFUSED), NOON, was_sent=False)
    assert overdue(orders, NOON + 3600 * SECOND) == ["r0", "r1", "r2"]


def test_what_may_have_reached_its_venue_is_kept_for_as_long_as_a_fill_may_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 2)
    orders = DoneOrders()
    orders.late_ns = {"bitget": 95 * SECOND}
    for number in range(5):
        orders.add(done(f"o{number}"), NOON + number * SECOND, was_sent=True)
    assert overdue(orders, NOON + 95 * SECOND) == []
    assert overdue(orders, NOON + 96 * SECOND + 1) == ["o0", "o1"]
    assert overdue(orders, NOON + 3600 * SECOND) == ["o2"]  # two are kept however old
    orders.late_ns = {}
    orders.add(done("o5"), NOON, was_sent=True)
    assert overdue(orders, NOON + LATE_NS) == []


def test_an_order_that_came_alive_is_no_longer_among_the_done() -> None:
    orders, order = DoneOrders(), done("o1", S.ABSENT)
    orders.add(order, NOON, was_sent=True)
    orders.remove(order)
    assert not orders._sent


def test_the_bound_is_the_venues_and_the_way_back() -> None:
    assert late_fill_ns(rules_of()) == 60 * SECOND + LATE_NS


@pytest.mark.parametrize(
    ("before", "after", "fills", "expected"),
    [
        (S.QUEUED, S.CANCELLED, 0, False),  # a cancel that met it before it left
        (S.QUEUED, S.REFUSED, 0, False),
        (S.SENT, S.REFUSED, 0, False),  # the gateway held back every byte of it
        (S.SENT, S.REJECTED, 0, True),
        (S.UNKNOWN, S.ABSENT, 0, True),
        (S.OPEN, S.FILLED, 2, True),
        (S.QUEUED, S.REFUSED, 1, True),  # whatever we believed: it filled
    ],
)
def test_whether_it_may_have_reached_the_venue(
    before: OrderState, after: OrderState, fills: int, expected: bool
) -> None:
    assert was_sent(done("o1", after, fills=fills), before) is expected
