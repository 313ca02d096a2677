"""Slices of a position: on the lot, within the collar, and no rest too small to trade."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import ManualClock
from framework.model.orders import Order, OrderState, write
from framework.router.kill.flatten import Flatten, Held, collared
from tests.wired import NOON, FakeDesk, quote, spot

THERE = spot(lot_points=7, tick_points=5, notional_min=Decimal(3))


@given(st.integers(1, 100_000), st.booleans())
def test_whatever_is_held_goes_but_for_dust(held: int, is_short: bool) -> None:
    clock, left, orders, given_up = ManualClock(NOON), [held], [], []

    def place(order: Order) -> None:
        assert order.size_points % THERE.lot_points == 0
        assert THERE.notional(order.price_points, order.size_points) >= THERE.notional_min
        left[0] -= order.size_points
        write(order, state=OrderState.FILLED)
        orders.append(order)

    class Now:
        def __init__(self) -> None:
            self.waiting: list[object] = []

        def at(self, ts_ns: int, priority: int, action: object) -> None:
            self.waiting.append(action)

    schedule = Now()
    flatten = Flatten(
        positions=lambda: [Held("mm", THERE, -left[0] if is_short else left[0])] if left[0] else [],
        is_clear=lambda: True,
        keeps_in=lambda strategy, instrument: False,
        desk=FakeDesk(quote(THERE, NOON)),
        place=place,
        clear_way=lambda order: None,
        given_up=given_up.append,
        next_id=lambda strategy: f"{strategy}-{len(orders)}",
        clock=clock,
        schedule=schedule,
    )
    while schedule.waiting:
        schedule.waiting.pop()()  # type: ignore[operator]  # an action
    assert flatten.is_over and given_up == []
    dust = left[0] - left[0] % THERE.lot_points
    assert THERE.notional(collared(10_000, THERE, is_buy=is_short), dust) < THERE.notional_min
    assert len(orders) <= 6
    assert all(order.is_buy is is_short and order.reduce_only for order in orders)


def test_a_slice_is_priced_no_further_than_half_a_percent_away() -> None:
    assert collared(10_000, THERE, is_buy=False) == 9_950
    assert collared(10_000, THERE, is_buy=True) == 10_050
    assert collared(3, THERE, is_buy=False) == THERE.tick_points
