"""The blotter: reports alone change orders; never twice for one trade, never backwards, never off the table."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from msgspec.structs import replace

from framework.engine import blotter as blotter_module
from framework.engine import forgetting
from framework.engine.blotter import LEADS_TO, Blotter
from framework.model.batch import Batch, BatchKind, Change, request_kind
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.money import MONEY
from framework.model.orders import DONE, STEPS, Order, OrderState, Pending, write
from tests.wired import NOON, order_of, spot

BTC, ETH = spot(), spot("ETH/USDT")
K, S = ReportKind, OrderState


def report(order: Order | str, kind: ReportKind, **more: Any) -> OrderReport:
    id_ = order if isinstance(order, str) else order.client_order_id
    return OrderReport(id_, NOON, kind, Source.VENUE, **more)


def filled(order: Order, size: int, trade_id: str = "t1", price: int = 10_000) -> OrderReport:
    return report(order, K.FILLED, fill=Fill(trade_id, price, size, Decimal(0), "USDT", True))


def sent(blotter: Blotter, kind: BatchKind, *orders: Order) -> None:
    changes = tuple(Change(1, 1) for _ in orders) if kind is BatchKind.AMEND else ()
    blotter.handed_over(
        Batch(1, "bitget", "main", orders[0].instrument, request_kind(kind, len(orders)), orders, changes)
    )


def at_venue(blotter: Blotter, id_: str = "o1", **facts: Any) -> Order:
    order = order_of(BTC, id_, **facts)
    blotter.admit(order)
    sent(blotter, BatchKind.PLACE, order)
    blotter.apply(report(order, K.ACCEPTED, venue_order_id=f"v{id_}"))
    return order


def test_an_order_lives_from_queue_to_fill() -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order)
    assert (order.state, blotter.order("o1")) == (S.QUEUED, order)
    sent(blotter, BatchKind.PLACE, order)
    assert order.state is S.SENT
    assert blotter.apply(report(order, K.ACCEPTED, venue_order_id="v1")) is order
    assert (order.state, order.venue_order_id) == (S.OPEN, "v1")
    blotter.apply(filled(order, 4_000))
    assert (order.filled_points, order.left_points, order.avg_price) == (4_000, 6_000, 100.0)
    blotter.apply(filled(order, 6_000, "t2", 9_000))
    assert (order.state, order.fills, order.notional) == (S.FILLED, 2, Decimal(94))
    assert blotter.open_of("a") == blotter.open_orders(BTC) == []


def test_a_trade_counts_once() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    assert blotter.apply(filled(order, 4_000)) is order
    assert blotter.apply(filled(order, 4_000)) is None
    assert (order.filled_points, order.fills) == (4_000, 1)


def test_a_fill_may_overtake_the_acknowledgement_which_still_names_the_order() -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order)
    sent(blotter, BatchKind.PLACE, order)
    blotter.apply(filled(order, 4_000))
    assert order.state is S.OPEN
    assert blotter.apply(report(order, K.ACCEPTED, venue_order_id="v1")) is None
    assert (order.state, order.venue_order_id, blotter.illegal_steps) == (S.OPEN, "v1", 0)


def test_a_late_fill_counts_and_completes_a_cancelled_order() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(report(order, K.CANCELLED))
    assert blotter.apply(filled(order, 4_000)) is order
    assert (order.state, order.filled_points, order.left_points) == (S.CANCELLED, 4_000, 0)
    blotter.apply(filled(order, 6_000, "t2"))
    assert (order.state, blotter.illegal_steps) == (S.FILLED, 0)
    assert blotter.open_of("a") == []


@pytest.mark.parametrize("state", [S.QUEUED, S.REJECTED, S.REFUSED])
def test_a_fill_that_cannot_be_counts_as_money_and_asks_for_a_reconcile(state: OrderState) -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order)
    write(order, state=state)
    assert blotter.apply(filled(order, 4_000)) is order
    assert (order.state, order.filled_points, blotter.illegal_steps) == (state, 4_000, 1)


def test_more_than_the_order_counts_as_money_and_asks_for_a_reconcile() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(filled(order, 10_000))
    assert blotter.apply(filled(order, 1, "t2")) is order
    assert (order.state, order.filled_points, blotter.illegal_steps) == (S.FILLED, 10_001, 1)


def test_the_worth_of_fills_is_summed_exactly() -> None:
    blotter = Blotter()
    order = at_venue(blotter, size_points=10**17)
    blotter.apply(filled(order, 10**16 - 1, "t1", 10**16 - 1))
    blotter.apply(filled(order, 1, "t2", 1))
    assert order.notional == Decimal((10**16 - 1) ** 2 + 1).scaleb(-6, MONEY)


def test_reports_of_strangers_are_counted() -> None:
    blotter = Blotter()
    assert blotter.apply(report("nobody", K.ACCEPTED)) is None
    assert blotter.strays == 1


def test_an_order_that_is_about_to_be_refused_stands_nowhere() -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order, is_refused=True)
    assert blotter.order("o1") is order
    assert blotter.open_of("a") == blotter.open_orders(BTC) == []
    blotter.apply(report(order, K.REFUSED, reason="funds", detail="free 0"))
    assert (order.state, order.reason, order.detail) == (S.REFUSED, "funds", "free 0")


@pytest.mark.parametrize("source", [Source.ROUTER, Source.GATE])
def test_our_own_refusal_answers_nothing_that_is_under_way(source: Source) -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    sent(blotter, BatchKind.AMEND, order)
    blotter.apply(OrderReport(order.client_order_id, NOON, K.AMEND_REJECTED, source, reason="min_size"))
    assert (order.pending, order.reason) == (Pending.AMEND, "min_size")


def test_cancel_and_amend_are_pending_until_each_is_answered() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    sent(blotter, BatchKind.AMEND, order)
    assert order.pending is Pending.AMEND
    blotter.apply(report(order, K.AMENDED, price_points=9_000, size_points=5_000))
    assert (order.price_points, order.size_points, order.pending) == (9_000, 5_000, Pending.NOTHING)
    sent(blotter, BatchKind.AMEND, order)
    sent(blotter, BatchKind.CANCEL, order)
    blotter.apply(report(order, K.AMEND_REJECTED))
    assert order.pending is Pending.CANCEL, "the answer to the amend is none to the cancel"
    blotter.apply(report(order, K.AMENDED, price_points=9_000, size_points=6_000))
    assert order.pending is Pending.CANCEL
    blotter.apply(report(order, K.CANCEL_REJECTED))
    assert (order.pending, order.state) == (Pending.NOTHING, S.OPEN)


def test_an_amend_down_to_what_is_filled_completes_the_order() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(filled(order, 4_000))
    blotter.apply(report(order, K.AMENDED, price_points=10_000, size_points=4_000))
    assert order.state is S.FILLED
    assert blotter.open_of("a") == []
    assert blotter.apply(report(order, K.AMENDED, price_points=1, size_points=9_000)) is None
    assert order.size_points == 4_000


def test_a_change_that_the_venue_made_proves_that_an_unknown_order_lives() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(report(order, K.UNKNOWN, reason="no_answer"))
    blotter.apply(report(order, K.AMENDED, price_points=9_000, size_points=10_000))
    assert (order.state, order.price_points, blotter.illegal_steps) == (S.OPEN, 9_000, 0)


def test_a_change_that_the_venue_made_revives_an_order_that_was_called_absent() -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order)
    sent(blotter, BatchKind.PLACE, order)
    for kind in (K.UNKNOWN, K.ABSENT):
        blotter.apply(report(order, kind))
    blotter.apply(report(order, K.AMENDED, price_points=9_000, size_points=10_000))
    assert (order.state, blotter.open_of("a")) == (S.OPEN, [order])


def test_a_filled_order_that_the_venue_calls_larger_asks_for_a_reconcile() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(filled(order, 10_000))
    assert blotter.apply(report(order, K.AMENDED, price_points=10_000, size_points=10_000)) is None
    assert blotter.illegal_steps == 0
    assert blotter.apply(report(order, K.AMENDED, price_points=10_000, size_points=20_000)) is None
    assert (blotter.illegal_steps, order.state, order.size_points) == (1, S.FILLED, 10_000)


def test_the_venues_name_of_an_order_follows_its_changes_and_what_is_shown_and_nothing_late() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(report(order, K.AMENDED, venue_order_id="v2", price_points=9_000, size_points=10_000))
    assert order.venue_order_id == "v2"
    blotter.apply(filled(order, 1_000, price=9_000))
    blotter.apply(report(order, K.ACCEPTED, venue_order_id="vo1"))  # late, of before the change
    assert order.venue_order_id == "v2"
    blotter.apply(report(order, K.UNKNOWN))
    blotter.apply(OrderReport(order.client_order_id, NOON, K.ACCEPTED, Source.RECONCILE, "v3"))
    assert (order.state, order.venue_order_id) == (S.OPEN, "v3")


def test_an_unknown_order_stands_until_it_is_known() -> None:
    blotter = Blotter()
    order = at_venue(blotter)
    blotter.apply(report(order, K.UNKNOWN))
    assert (order.state, blotter.open_of("a")) == (S.UNKNOWN, [order])
    blotter.apply(report(order, K.ACCEPTED))
    assert order.state is S.OPEN


def test_reports_of_strangers_and_illegal_steps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(blotter_module, "log", SimpleNamespace(warning=lambda event, **facts: told.append(event)))
    blotter = Blotter()
    blotter.apply(report("stranger", K.ACCEPTED))
    order = at_venue(blotter)
    blotter.apply(report(order, K.REJECTED))
    assert told == ["report.strayed", "order.step_illegal"]


def test_an_unsent_order_is_changed_and_a_sent_one_is_not() -> None:
    blotter, order = Blotter(), order_of(BTC)
    blotter.admit(order)
    blotter.changed(order, Change(9_000, 7))
    assert (order.price_points, order.size_points) == (9_000, 7)
    sent(blotter, BatchKind.PLACE, order)
    with pytest.raises(AssertionError):
        blotter.changed(order, Change(8_000, 7))


def test_open_orders_are_listed_oldest_first_by_instrument_and_by_strategy() -> None:
    blotter = Blotter()
    orders = [
        order_of(there, f"o{n}", strategy=name) for n, (there, name) in enumerate([(BTC, "a"), (ETH, "a"), (BTC, "b")])
    ]
    for order in orders:
        blotter.admit(order)
    assert blotter.open_orders(BTC) == [orders[0], orders[2]]
    assert blotter.open_of("a") == [orders[0], orders[1]]
    assert (blotter.open_of("b"), blotter.open_of("c")) == ([orders[2]], [])


def test_a_late_fill_does_not_count_as_another_done_order() -> None:
    blotter = Blotter()
    late = at_venue(blotter, "late")
    blotter.apply(report(late, K.CANCELLED))
    for number in range(3):
        blotter.apply(filled(late, 1, f"t{number}"))
    assert blotter.order("late") is late
    assert len(blotter.done._sent) == 1


def test_done_orders_are_forgotten_when_enough_others_came_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 3)
    blotter = Blotter()
    stands = at_venue(blotter, "stands")
    for number in range(10):
        order = order_of(BTC, f"o{number}")
        blotter.admit(order, is_refused=number % 2 == 0)
        blotter.apply(report(order, K.REFUSED))
    assert [number for number in range(10) if blotter.order(f"o{number}")] == [7, 8, 9]
    assert blotter.order("stands") is stands
    assert blotter.apply(filled(order_of(BTC, "o1"), 1)) is None
    assert blotter.strays == 1


def test_a_flood_of_refusals_leaves_the_orders_that_reached_the_venue_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 3)
    blotter = Blotter()
    sent_one = at_venue(blotter, "sent")
    blotter.apply(report(sent_one, K.CANCELLED))
    for number in range(10):
        order = order_of(BTC, f"o{number}")
        blotter.admit(order, is_refused=True)
        blotter.apply(report(order, K.REFUSED))
    assert blotter.apply(filled(sent_one, 4_000)) is sent_one


def test_a_forgotten_order_is_known_again_and_its_trades_never_were_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 0)
    blotter = Blotter()
    blotter.done.late_ns = {"bitget": -1}
    old = at_venue(blotter, "old")
    blotter.apply(filled(old, 4_000))
    blotter.apply(report(old, K.CANCELLED))
    assert blotter.order("old") is None
    again = order_of(BTC, "old", size_points=1_000, state=S.CANCELLED)
    blotter.readmit(again, NOON)
    assert blotter.apply(filled(again, 4_000)) is None  # booked before
    assert blotter.apply(filled(again, 1_000, "t2")) is again
    assert (again.state, again.filled_points) == (S.FILLED, 1_000)


@pytest.mark.fault("N15")
def test_a_trade_counts_once_whichever_order_it_is_told_of() -> None:
    blotter = Blotter()
    one, other = at_venue(blotter, "one"), at_venue(blotter, "other")
    sold = order_of(BTC, "sold", is_buy=False)
    blotter.admit(sold)
    sent(blotter, BatchKind.PLACE, sold)
    assert blotter.apply(filled(one, 5, "t9")) is one
    assert blotter.apply(filled(other, 5, "t9")) is None
    assert blotter.has_booked(other, Fill("t9", 1, 5, Decimal(0), "USDT", True))
    assert blotter.apply(filled(sold, 5, "t9")) is sold  # a trade with ourselves has two sides


def test_an_absent_order_that_is_told_of_stands_where_it_stood() -> None:
    blotter = Blotter()
    first, second = order_of(BTC, "first"), order_of(BTC, "second")
    for order in (first, second):
        blotter.admit(order)
        sent(blotter, BatchKind.PLACE, order)
        blotter.apply(report(order, K.UNKNOWN))
    blotter.apply(report(first, K.ABSENT))
    assert (first.state, blotter.open_orders(BTC)) == (S.ABSENT, [second])
    assert not first.is_acknowledged
    blotter.apply(report(first, K.ACCEPTED))
    assert (first.state, blotter.open_orders(BTC)) == (S.OPEN, [first, second])
    assert first.is_acknowledged


def test_who_asks_for_a_reconcile_hears_of_an_illegal_step() -> None:
    blotter = Blotter()
    heard: list[tuple[str, S]] = []
    blotter.on_illegal = lambda order, to: heard.append((order.client_order_id, to))
    order = at_venue(blotter)
    blotter.apply(report(order, K.CANCELLED))
    blotter.apply(report(order, K.UNKNOWN))
    assert heard == [(order.client_order_id, S.UNKNOWN)]


def test_a_venue_cannot_fill_what_never_left_but_another_order_of_ours_can() -> None:
    blotter = Blotter()
    told, crossed = order_of(BTC, "told"), order_of(BTC, "crossed")
    for order in (told, crossed):
        blotter.admit(order)
    blotter.apply(filled(told, told.size_points, "t1"))
    assert (told.state, told.filled_points, blotter.illegal_steps) == (S.QUEUED, told.size_points, 1)
    blotter.apply(replace(filled(crossed, crossed.size_points, "t2"), source=Source.ROUTER))
    assert (crossed.state, crossed.is_acknowledged, blotter.illegal_steps) == (S.FILLED, False, 1)


class AnyReports(RuleBasedStateMachine):
    """Reports in any number and order, as a torn connection and a replay of its backlog would bring them."""

    orders = Bundle("orders")
    fills = Bundle("fills")

    @initialize()
    def begin(self) -> None:
        self.blotter = Blotter()
        self.all: dict[str, Order] = {}
        self.filled: dict[str, dict[str, int]] = {}
        self.most: dict[str, int] = {}
        self.refused: set[str] = set()
        self.impossible: set[str] = set()

    @rule(target=orders, strategy=st.sampled_from("ab"), there=st.sampled_from([BTC, ETH]), refused=st.booleans())
    def admit(self, strategy: str, there: Any, refused: bool) -> Order:
        order = order_of(there, f"o{len(self.all)}", strategy=strategy, size_points=10)
        self.blotter.admit(order, is_refused=refused)
        if refused:
            self.refused.add(order.client_order_id)
        self.all[order.client_order_id], self.filled[order.client_order_id] = order, {}
        return order

    @rule(order=orders, kind=st.sampled_from(BatchKind))
    def send(self, order: Order, kind: BatchKind) -> None:
        is_new = order.state is S.QUEUED and order.client_order_id not in self.refused
        if is_new or kind is not BatchKind.PLACE:
            sent(self.blotter, kind, order)

    @rule(target=fills, order=orders, size=st.integers(1, 12), trade=st.integers(0, 3))
    def fill(self, order: Order, size: int, trade: int) -> OrderReport:
        return self.take(order, filled(order, size, f"{order.client_order_id}-t{trade}"))

    @rule(order=orders, kind=st.sampled_from(sorted(LEADS_TO)))
    def say(self, order: Order, kind: ReportKind) -> None:
        self.take(order, report(order, kind, reason="because"))

    @rule(order=orders, size=st.integers(1, 12), kind=st.sampled_from([K.AMENDED, K.AMEND_REJECTED, K.CANCEL_REJECTED]))
    def answer(self, order: Order, size: int, kind: ReportKind) -> None:
        self.take(order, report(order, kind, price_points=9_000, size_points=size))

    @rule(target=fills, again=consumes(fills))
    def repeat(self, again: OrderReport) -> Any:
        order = self.all[again.client_order_id]
        before = self.facts(order)
        assert self.blotter.apply(again) is None
        assert self.facts(order) == before
        return multiple()

    def take(self, order: Order, said: OrderReport) -> OrderReport:
        """Apply a report, and hold what came of it against the table."""
        was, before, illegal = order.state, self.facts(order), self.blotter.illegal_steps
        seen = self.filled[order.client_order_id]
        is_news = said.fill is not None and said.fill.trade_id not in seen
        applied = self.blotter.apply(said)
        assert applied in (order, None)
        if said.fill is not None:
            assert (applied is order) == is_news
            seen.setdefault(said.fill.trade_id, said.fill.size_points)
        if applied is None:
            assert self.facts(order) == before
        assert order.state is was or order.state in STEPS[was]
        if self.blotter.illegal_steps > illegal:
            assert order.state is was
            self.impossible.add(order.client_order_id)
        if was in DONE:
            is_late = was in {S.CANCELLED, S.EXPIRED} and order.state is S.FILLED and is_news
            assert order.state is was or is_late or (was is S.ABSENT and order.state in {S.OPEN, S.FILLED})
        if order.is_done and was not in DONE:
            assert order.pending is Pending.NOTHING
        return said

    def facts(self, order: Order) -> tuple[Any, ...]:
        return tuple(getattr(order, name) for name in Order.__slots__)

    @invariant()
    def filled_is_the_sum_of_different_trades_and_never_falls(self) -> None:
        for id_, order in self.all.items():
            assert order.filled_points == sum(self.filled[id_].values())
            assert order.filled_points >= self.most.get(id_, 0)
            assert order.fills == len(self.filled[id_])
            self.most[id_] = order.filled_points

    @invariant()
    def an_order_that_is_full_and_could_be_is_filled(self) -> None:
        for id_, order in self.all.items():
            if id_ not in self.impossible and order.state is not S.FILLED:
                assert order.filled_points < order.size_points

    @invariant()
    def the_lists_hold_what_is_not_done_in_order_of_admission(self) -> None:
        stands = [order for order in self.all.values() if not order.is_done]
        for name in "ab":
            listed = self.blotter.open_of(name)
            assert set(listed) <= {order for order in stands if order.strategy == name}
            assert listed == sorted(listed, key=list(self.all.values()).index)
        listed = self.blotter.open_orders(BTC) + self.blotter.open_orders(ETH)
        assert sorted(order.client_order_id for order in listed) == sorted(
            order.client_order_id for name in "ab" for order in self.blotter.open_of(name)
        )
        assert {order.client_order_id for order in set(stands) - set(listed)} <= self.refused


TestAnyReports = AnyReports.TestCase
TestAnyReports.settings = settings(max_examples=60, stateful_step_count=30)
