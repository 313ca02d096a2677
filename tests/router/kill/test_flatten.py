"""Slices of a position: on the lot, within the collar, and no rest too small to trade."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.engine.recall import Recall
from framework.kernel.book_records import PositionsNetted
from framework.kernel.clock import ManualClock
from framework.kernel.records import OrderMade
from framework.model.events import Fill, OrderReport, Quote, ReportKind, Source, Trade
from framework.model.orders import Order, OrderState, write
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.router.kill.flatten import SLICE_NS, STILL_NS, TRIES_NS, Flatten, collared
from framework.router.kill.netting import OpenPosition
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
        standing=list,
        unsettled=list,
        keeps_in=lambda strategy, instrument: (),
        desk=FakeDesk(quote(THERE, NOON)),
        place=place,
        net=lambda netted: None,
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


SWAP = spot("BTC/USDT:USDT")


class Netting:
    """A venue with one position for all, that knows reduce-only by it; every order is filled at once, or rejected."""

    def __init__(self, positions: dict[str, int], unassigned: int = 0, only: str = "") -> None:
        self.held, self.unassigned, self.only = positions, unassigned, only
        self.desk = FakeDesk(quote(SWAP, NOON))
        self.clock, self.schedule = ManualClock(NOON), TimerHeap()
        self.made: list[tuple[str, int, bool]] = []
        self.netted: list[PositionsNetted] = []
        self.standing: list[Order] = []
        self.flatten = Flatten(
            positions=self.positions,
            standing=lambda: self.standing,
            unsettled=list,
            keeps_in=lambda strategy, instrument: (),
            desk=self.desk,
            place=self.place,
            net=self.net,
            clear_way=lambda order: None,
            given_up=self.made.clear,
            ended=lambda: None,
            next_id=lambda strategy: f"{strategy}-{len(self.made)}",
            clock=self.clock,
            schedule=self.schedule,
        )

    def positions(self) -> list[OpenPosition]:
        self.desk.positions[SWAP] = self.account
        wanted = [self.only] if self.only else list(self.held)
        return [OpenPosition(name, SWAP, self.held[name]) for name in wanted if self.held[name]]

    @property
    def account(self) -> int:
        return sum(self.held.values()) + self.unassigned

    def place(self, order: Order) -> None:
        signed = order.size_points if order.is_buy else -order.size_points
        after = self.account + signed
        is_legal = not order.reduce_only or (abs(after) < abs(self.account) and after * self.account >= 0)
        self.made.append((order.strategy, signed, order.reduce_only))
        write(order, state=OrderState.FILLED if is_legal else OrderState.REJECTED)
        if is_legal:
            self.held[order.strategy] += signed
            self.desk.positions[SWAP] = self.account

    def net(self, netted: PositionsNetted) -> None:
        self.netted.append(netted)
        self.held[netted.buyer] += netted.size_points
        self.held[netted.seller] -= netted.size_points

    def run(self, turns: int = 40) -> None:
        for _ in range(turns):
            self.schedule.play(self.clock)


class TimerHeap:
    """What is to be done next; time goes on to it."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, Callable[[], None]]] = []

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        self.waiting.append((ts_ns, action))

    def play(self, clock: ManualClock) -> None:
        if self.waiting:
            self.waiting.sort(key=lambda each: each[0])
            clock.now_ns, action = self.waiting.pop(0)
            action()


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=4), st.integers(-50_000, 50_000))
def test_strategies_on_both_sides_of_a_perpetual_are_netted_and_only_the_rest_is_traded(
    held: list[int], unassigned: int
) -> None:
    venue = Netting({f"s{number}": 1_000 * points for number, points in enumerate(held)}, unassigned)
    venue.run()
    assert all(points == 0 for points in venue.held.values()) and venue.flatten.is_over
    assert venue.account == unassigned, "what is nobody's stays"
    assert {signed > 0 for _, signed, _ in venue.made} in (set(), {sum(held) < 0}), "no leg is opened to be closed"
    assert sum(abs(signed) for _, signed, _ in venue.made) == 1_000 * abs(sum(held))


def test_two_strategies_that_cancel_out_are_closed_without_a_request() -> None:
    venue = Netting({"s": -4_000, "l": 4_000})
    venue.run()
    assert venue.made == [] and venue.flatten.is_over
    assert venue.netted == [PositionsNetted(SWAP.id, "s", "l", 4_000, 10_050)]


@pytest.mark.parametrize("large", [0, 40_000])
def test_dust_on_opposite_sides_is_netted_though_no_order_could_carry_it(large: int) -> None:
    venue = Netting({"s": -4, "l": 6, "m": large})
    venue.run()
    assert venue.flatten.is_over
    assert venue.held == {"s": 0, "l": 2, "m": 0}
    assert venue.netted == [PositionsNetted(SWAP.id, "s", "l", 4, 10_050)]


def test_one_of_two_that_cancel_out_is_closed_by_an_order_that_raises_the_accounts_position() -> None:
    venue = Netting({"s": -40_000, "l": 30_000}, only="s")
    venue.run()
    assert venue.held == {"s": 0, "l": 30_000} and venue.flatten.is_over
    assert venue.made == [("s", 10_000, True), *[("s", 10_000, False)] * 3]


def test_what_the_venue_rejects_is_tried_again_later_and_later() -> None:
    venue = Netting({"s": -40_000})
    venue.unassigned = 40_000  # somebody closed it at the venue, and our books do not know
    venue.desk.account_points = lambda instrument: -40_000  # type: ignore[method-assign]
    venue.run(4 * 60)  # a minute
    assert 10 < len(venue.made) < 20


def test_what_one_strategy_has_too_much_and_another_too_little_on_spot_is_netted() -> None:
    life = Life(strategies={"a": Scripted(), "b": Scripted()})
    order: Order = life.act(lambda me: me.sell(BTC, COIN, price=90, tif="ioc"))
    life.wait(SECOND)
    late = Fill("late", 10_000, order.size_points - order.filled_points + 50_000, Decimal(0), "USDT", False)
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.FILLED, Source.VENUE, fill=late))
    portfolio = life.core.engine.portfolio
    before = portfolio.totals()
    life.core.kill.trip(EVERYTHING, Cause.OPERATOR, "out", "ann", is_hard=True)
    life.core.effects.flatten(EVERYTHING)
    life.wait(10 * SECOND)
    (netted,) = [record for record in life.records if isinstance(record, PositionsNetted)]
    assert netted == PositionsNetted(BTC.id, "a", "b", 50_000, 10_050)
    assert portfolio.position_points("a", BTC) == 0
    bought = [order for order in life.records if isinstance(order, OrderMade) and order.is_buy]
    assert bought == []
    sold = sum(order.filled_points for order in life.core.effects.flattenings[EVERYTHING].orders.values())
    assert portfolio.totals()["BTC"] == before["BTC"] - BTC.size_exact(sold)
    again = Life(strategies={"a": Scripted(), "b": Scripted()}).core
    books = again.engine.portfolio
    recall = Recall(again.engine.desk, books, again.ids, dict(again.engine.instruments), books.strategies)
    for record in life.records:
        recall.take(record)
    assert books.kept() == portfolio.kept(), "a restart makes the same books of the journal"


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


def test_an_order_without_an_answer_holds_up_its_own_strategys_position_alone() -> None:
    venue = Netting({"s": 40_000, "l": 30_000})
    lost = Order(client_order_id="s-1", strategy="s", instrument=SWAP, is_buy=True, size_points=1_000)
    venue.standing.append(lost)
    venue.run()
    assert (venue.held, venue.flatten.unanswered()) == ({"s": 40_000, "l": 0}, [lost])
    venue.standing.clear()
    venue.run()
    assert (venue.held["s"], venue.flatten.unanswered(), venue.flatten.is_over) == (0, [], True)


def test_while_all_that_it_waits_for_will_be_told_it_looks_seldom_and_what_is_told_wakes_it() -> None:
    venue = Netting({"s": 40_000})
    venue.standing.append(Order(client_order_id="s-1", strategy="s", instrument=SWAP, is_buy=True, size_points=1_000))
    venue.run(3)
    assert (venue.clock.now_ns - NOON, venue.made) == (2 * STILL_NS, [])
    venue.standing.clear()
    venue.flatten.hurry()
    venue.run(1)
    assert (venue.clock.now_ns - NOON, len(venue.made)) == (2 * STILL_NS + SLICE_NS, 1)
    venue.run(1)
    assert len(venue.made) == 2, "slices of what is free follow one another"
    assert venue.clock.now_ns - NOON == 2 * STILL_NS + 2 * SLICE_NS


def test_it_gives_up_after_ten_minutes_of_trying_and_time_that_stood_still_is_none() -> None:
    venue, given_up = Netting({"s": 40_000}), list[str]()
    venue.flatten._given_up = given_up.append
    venue.standing.append(Order(client_order_id="s-1", strategy="s", instrument=SWAP, is_buy=True, size_points=1_000))
    venue.run(3)
    venue.schedule.waiting = [(ts_ns + TRIES_NS, action) for ts_ns, action in venue.schedule.waiting]
    venue.run(TRIES_NS // STILL_NS - 3)
    assert not venue.flatten.is_over and not given_up
    venue.run(2)
    assert venue.flatten.is_over and given_up == ["s BTC/USDT:USDT@bitget"]


def test_what_an_order_on_its_way_out_still_fills_is_brought_down_too() -> None:
    """Nothing is held yet, so nothing seems to be left to do; a cancel may come too late all the same."""
    venue = Netting({"s": 0})
    lost = Order(client_order_id="s-1", strategy="s", instrument=SWAP, is_buy=True, size_points=40_000)
    venue.standing.append(lost)
    venue.run()
    assert not venue.flatten.is_over
    assert venue.flatten.unanswered() == [lost]
    venue.standing.clear()
    venue.held["s"] = 40_000
    venue.run()
    assert (venue.held["s"], venue.flatten.is_over) == (0, True)


def test_a_fill_that_comes_before_its_cancel_is_brought_down_though_nothing_was_held() -> None:
    life, scope = Life(), Scope(ScopeKind.STRATEGY, "a")
    order: Order = life.act(lambda me: me.sell(BTC, COIN, price=90, tif="ioc"))
    life.wait(SECOND)
    rest = Fill("rest", 10_000, order.size_points - order.filled_points, Decimal(0), "USDT", False)
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.FILLED, Source.VENUE, fill=rest))
    bought: Order = life.act(lambda me: me.buy(BTC, 5, price=99))
    life.wait(SECOND)
    assert (bought.is_open, life.core.engine.portfolio.position_points("a", BTC)) == (True, 0)
    life.core.kill.trip(scope, Cause.OPERATOR, "out", "ann", is_hard=True)
    life.core.effects.flatten(scope)
    for _ in life.core.play([Trade(BTC, life.now_ns, 9_800, 500_000, is_buy=False)]):
        pass
    for turn in range(40):
        life.wait(SECOND // 4)
        life.quote(bid=10_000 - turn % 5)
    assert bought.state is OrderState.FILLED
    assert life.core.engine.portfolio.position_points("a", BTC) == 0
    assert life.core.effects.obstacles(scope) == []
