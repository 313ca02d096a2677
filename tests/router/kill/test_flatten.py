"""Slices of a position: on the lot, within the collar, and no rest too small to trade."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import ManualClock
from framework.model.events import Fill, OrderReport, Quote, ReportKind, Source
from framework.model.orders import Order, OrderState, write
from framework.model.scopes import Scope, ScopeKind
from framework.router.kill.flatten import Flatten, OpenPosition, collared
from framework.router.kill.states import Cause
from tests.router.life import BTC, COIN, Life
from tests.wired import NOON, SECOND, FakeDesk, Scripted, quote, spot, trade

THERE = spot(lot_points=7, tick_points=5, notional_min=Decimal(3))


@given(st.integers(1, 100_000), st.booleans())
def test_whatever_is_held_goes_but_for_dust(held: int, is_short: bool) -> None:
    clock, left, orders, given_up, ended = ManualClock(NOON), [held], [], [], []

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
        positions=lambda: [OpenPosition("mm", THERE, -left[0] if is_short else left[0])] if left[0] else [],
        is_clear=lambda: True,
        unsettled=list,
        keeps_in=lambda strategy, instrument: (),
        desk=FakeDesk(quote(THERE, NOON)),
        place=place,
        clear_way=lambda order: None,
        given_up=given_up.append,
        ended=lambda: ended.append(True),
        next_id=lambda strategy: f"{strategy}-{len(orders)}",
        clock=clock,
        schedule=schedule,
    )
    while schedule.waiting:
        schedule.waiting.pop()()  # type: ignore[operator]  # an action
    assert flatten.is_over and given_up == [] and ended == [True]
    dust = left[0] - left[0] % THERE.lot_points
    assert THERE.notional(collared(10_000, THERE, is_buy=is_short), dust) < THERE.notional_min
    assert len(orders) <= 6
    assert all(order.is_buy is is_short and order.reduce_only for order in orders)


def test_a_slice_is_priced_no_further_than_half_a_percent_away() -> None:
    assert collared(10_000, THERE, is_buy=False) == 9_950
    assert collared(10_000, THERE, is_buy=True) == 10_050
    assert collared(3, THERE, is_buy=False) == THERE.tick_points


class LateFills(Life):
    """Two strategies with 100 coins each, at a venue whose fills reach us two seconds after the ends of their orders."""

    def __init__(self) -> None:
        super().__init__(strategies={"a": Scripted(), "b": Scripted()})
        self.faults.of_report = (  # type: ignore[method-assign]
            lambda report: (2 * SECOND,) if report.kind is ReportKind.FILLED else (0,)
        )

    def flatten(self) -> None:
        """Bring down the position of the first, in a market that takes most of a slice."""
        scope = Scope(ScopeKind.STRATEGY, "a")
        self.core.kill.trip(scope, Cause.OPERATOR, "out", "ann", is_hard=True)
        self.core.effects.flatten(scope)
        for turn in range(80):
            self.wait(SECOND // 4)
            bid = 10_000 - turn % 5  # at another price it shows anew
            for _ in self.core.play([Quote(BTC, self.now_ns, bid, 240_000, 10_100, 10_000)]):
                pass

    def sold(self) -> Decimal:
        """What left the account."""
        return 2 * COIN - sum(self.venue.balances()["BTC"])


def test_no_slice_is_made_before_the_fills_of_the_last_are_known() -> None:
    life = LateFills()
    life.flatten()
    assert life.sold() == COIN, "the coins of the other strategy stay"
    assert life.core.engine.portfolio.position_points("a", BTC) == 0
    assert life.core.effects.obstacles(Scope(ScopeKind.STRATEGY, "a")) == []


def test_no_slice_is_made_before_the_fills_of_a_swept_order_are_known() -> None:
    life = LateFills()
    swept: Order = life.act(lambda me: me.sell(BTC, 40, price=105))
    life.wait(SECOND)
    for _ in life.core.play([trade(BTC, life.now_ns, 10_600, 300_000)]):
        pass
    life.flatten()
    assert swept.filled_points == 300_000, swept
    assert life.sold() == COIN


def test_what_was_sold_too_much_on_spot_is_bought_back() -> None:
    life = Life()
    scope = Scope(ScopeKind.STRATEGY, "a")
    order: Order = life.act(lambda me: me.sell(BTC, COIN, price=90, tif="ioc"))
    life.wait(SECOND)
    late = Fill("late", 10_000, order.size_points - order.filled_points + 50_000, Decimal(0), "USDT", False)
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.FILLED, Source.VENUE, fill=late))
    assert life.core.engine.portfolio.position_points("a", BTC) == -50_000
    life.core.kill.trip(scope, Cause.OPERATOR, "out", "ann", is_hard=True)
    life.core.effects.flatten(scope)
    for turn in range(40):
        life.wait(SECOND // 4)
        life.quote(ask=10_100 + turn % 5)
    assert life.core.engine.portfolio.position_points("a", BTC) == 0
    assert life.core.effects.obstacles(scope) == []
