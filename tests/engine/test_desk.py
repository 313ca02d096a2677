"""The desk: whatever changes an order changes at once what it reserves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.engine.blotter import Blotter
from framework.engine.desk import TradingDesk
from framework.model.batch import Batch, Change, RequestKind
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending
from tests.wired import NOON, Bench, Scripted, order_of, quote, spot

BTC = spot()


def desk() -> TradingDesk:
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000 USDT,5 BTC"})
    made.play(quote(BTC, NOON + 1))
    return made.core.engine.desk


def said(order: Order, kind: ReportKind, **more: Any) -> OrderReport:
    return OrderReport(order.client_order_id, NOON, kind, Source.VENUE, **more)


def resting(there: TradingDesk, **facts: Any) -> Order:
    order = order_of(BTC, **facts)
    there.admit(order)
    there.handed_over(Batch(1, "bitget", "main", BTC, RequestKind.PLACE, (order,)))
    there.apply(said(order, ReportKind.ACCEPTED))
    return order


def test_an_unsent_order_that_changes_reserves_the_new_size_at_once() -> None:
    there, order = desk(), order_of(BTC)
    there.admit(order)
    assert (there.reserved(order), there.free("a", "USDT")) == (100, 900)
    there.change(order, Change(9_000, 50_000))
    assert (order.price_points, order.size_points) == (9_000, 50_000)
    assert (there.reserved(order), there.free("a", "USDT")) == (450, 550)


def test_a_held_order_stands_and_reserves_nothing_until_it_is_released() -> None:
    there, order = desk(), order_of(BTC)
    there.admit(order, is_held=True)
    assert there.open_of("a") == [order]
    assert (there.reserved(order), there.free("a", "USDT")) == (0, 1000)
    there.change(order, Change(10_000, 20_000))
    assert there.free("a", "USDT") == 1000
    there.release(order)
    assert there.free("a", "USDT") == 800


def test_a_refused_order_stands_nowhere() -> None:
    there, order = desk(), order_of(BTC)
    there.admit(order, is_refused=True)
    assert (there.open_of("a"), there.order("o1"), there.free("a", "USDT")) == ([], order, 1000)


def ask_change(there: TradingDesk, order: Order, size_points: int, request_id: int = 2) -> Change:
    """Ask for a change, and let it leave."""
    change = Change(10_000, size_points)
    there.change_asked(order, change)
    there.handed_over(Batch(request_id, "bitget", "main", BTC, RequestKind.AMEND, (order,), (change,)))
    return change


def test_while_the_venue_changes_an_order_the_larger_of_both_is_reserved() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 30_000)
    assert there.reserved(order) == 300
    there.apply(said(order, ReportKind.AMEND_REJECTED, reason="no"))
    assert there.reserved(order) == 100
    ask_change(there, order, 5_000)
    assert there.reserved(order) == 100
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=5_000))
    assert there.reserved(order) == 50


@pytest.mark.parametrize("first", [ReportKind.AMENDED, ReportKind.AMEND_REJECTED])
def test_the_answer_to_one_change_leaves_the_reservation_of_the_next(first: ReportKind) -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 30_000)
    ask_change(there, order, 50_000)
    assert there.reserved(order) == 500
    there.apply(said(order, first, price_points=10_000, size_points=30_000))
    assert there.reserved(order) == 500, "the second is still on its way"
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=50_000))
    assert there.reserved(order) == 500


@pytest.mark.parametrize("is_restored", [False, True])
def test_a_refusal_that_names_its_request_leaves_the_changes_of_others(*, is_restored: bool) -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000, 2)
    ask_change(there, order, 20_000, 3)
    if is_restored:
        kept, changed_by, there = there.kept(), there.changed_by(), desk()
        there.restore(kept, lambda name: BTC, changed_by)
        (order,) = there.open_of("a")
    there.apply(said(order, ReportKind.AMEND_REJECTED, request_id=3))
    assert there.changes(order) == (Change(10_000, 50_000),)
    assert there.reserved(order) == 500, "the larger one may still come"
    there.apply(said(order, ReportKind.AMEND_REJECTED, request_id=2))
    assert (there.changes(order), there.reserved(order)) == ((), 100)


def test_a_refusal_of_what_a_checkpoint_of_before_kept_without_its_request_is_the_oldests() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000, 2)
    kept, there = there.kept(), desk()
    there.restore(kept, lambda name: BTC)
    (order,) = there.open_of("a")
    ask_change(there, order, 20_000, 3)
    there.apply(said(order, ReportKind.AMEND_REJECTED, request_id=2))
    assert there.changes(order) == (Change(10_000, 20_000),)


def test_a_change_that_names_its_request_answers_those_before_it_of_the_same_terms_too() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000, 2)
    ask_change(there, order, 50_000, 3)
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=50_000, request_id=3))
    assert not there.is_changing(order)


def test_a_comparison_that_finds_an_order_as_it_was_ends_every_change_of_it() -> None:
    """A restart may find two: one that never left, and the one that took its place."""
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000, 2)
    ask_change(there, order, 20_000, 3)
    there.apply(OrderReport(order.client_order_id, NOON, ReportKind.AMEND_REJECTED, Source.RECONCILE))
    assert (there.is_changing(order), there.reserved(order)) == (False, 100)
    assert order.pending is Pending.NOTHING


@pytest.fixture
def asked_after(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Orders of which a venue said what is the answer to nothing."""
    found: list[str] = []
    monkeypatch.setattr(Blotter, "wonder", lambda blotter, order: found.append(order.client_order_id))
    return found


def test_a_change_that_nobody_asked_for_is_not_believed_but_asked_after(asked_after: list[str]) -> None:
    """It is told late, after the one that came after it, or a person made it: both look the same from here."""
    there = desk()
    order = resting(there)
    for size in (30_000, 50_000):
        ask_change(there, order, size)
        there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=size))
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=50_000))
    assert asked_after == []
    assert there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=30_000)) is None
    assert (order.size_points, there.reserved(order), asked_after) == (50_000, 500, ["o1"])


def test_a_refusal_of_a_change_that_was_taken_for_answered_has_it_asked_after(asked_after: list[str]) -> None:
    """Told late, an older change to the same terms looks like the answer to the newer one."""
    there = desk()
    order = resting(there)
    ask_change(there, order, 30_000)
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=30_000))
    assert asked_after == []
    there.apply(said(order, ReportKind.AMEND_REJECTED, reason="no"))
    assert asked_after == ["o1"]


def test_a_refusal_of_a_change_that_was_taken_for_answered_is_asked_after_beside_another(
    asked_after: list[str],
) -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 30_000, 2)
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=30_000))
    ask_change(there, order, 50_000, 3)
    there.apply(said(order, ReportKind.AMEND_REJECTED, request_id=2))
    assert (asked_after, there.changes(order)) == (["o1"], (Change(10_000, 50_000),))


def test_an_older_and_larger_change_that_has_left_stays_reserved_beside_a_newer_smaller_one() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000)
    there.change_asked(order, Change(10_000, 20_000))
    assert there.reserved(order) == 500, "the venue may fill all of the first before it hears of the second"


@pytest.mark.parametrize(("source", "left"), [(Source.ROUTER, 300), (Source.GATE, 200)])
def test_a_change_that_never_left_is_told_apart_from_one_that_did(source: Source, left: int) -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 20_000)
    there.change_asked(order, Change(10_000, 30_000))
    there.apply(OrderReport(order.client_order_id, NOON, ReportKind.AMEND_REJECTED, source, reason="no"))
    assert there.reserved(order) == left
    assert there.changes(order)[0] == Change(10_000, 20_000)


def test_a_cancel_keeps_what_a_change_that_left_may_still_use() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 20_000)
    there.change_asked(order, Change(10_000, 30_000))
    there.cancel_asked(order)
    assert there.reserved(order) == 200


def test_a_cancel_ends_a_change_that_has_not_left() -> None:
    there = desk()
    order = resting(there)
    there.change_asked(order, Change(10_000, 30_000))
    there.cancel_asked(order)
    assert (order.pending, there.reserved(order)) == (Pending.CANCEL, 100)


def test_a_done_order_reserves_nothing() -> None:
    there = desk()
    order = resting(there, is_buy=False)
    assert (there.reserved(order), there.free("a", "BTC")) == (1, 4)
    there.change_asked(order, Change(10_000, 30_000))
    there.apply(said(order, ReportKind.CANCELLED))
    assert order.state is OrderState.CANCELLED
    assert (there.reserved(order), there.free("a", "BTC")) == (Decimal(0), 5)


def test_a_strategy_is_halted_once_and_for_all() -> None:
    there = desk()
    assert not there.is_halted("a")
    there.halt("a")
    assert (there.is_halted("a"), there.is_halted("b")) == (True, False)


def filled(order: Order, size: int, trade_id: str = "t1") -> OrderReport:
    return said(order, ReportKind.FILLED, fill=Fill(trade_id, 10_000, size, Decimal(0), "USDT", True))


def test_a_fill_that_overtakes_the_answer_to_a_change_leaves_the_rest_standing_and_reserved() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 20_000)
    there.apply(filled(order, 10_000))
    assert (order.state, there.open_of("a"), order.pending) == (OrderState.OPEN, [order], Pending.AMEND)
    assert (there.left_points(order), there.reserved(order)) == (10_000, 100), "the venue may have made it larger"
    there.apply(said(order, ReportKind.AMENDED, price_points=10_000, size_points=20_000))
    assert (order.state, order.left_points, there.reserved(order)) == (OrderState.OPEN, 10_000, 100)
    there.apply(filled(order, 10_000, "t2"))
    assert (order.state, there.open_of("a"), there.reserved(order)) == (OrderState.FILLED, [], 0)


def test_an_order_that_filled_before_its_change_was_refused_is_done_with_the_answer() -> None:
    there = desk()
    kind = ReportKind.AMEND_REJECTED
    order = resting(there)
    ask_change(there, order, 20_000)
    there.apply(filled(order, 10_000))
    there.apply(said(order, kind, price_points=10_000, size_points=10_000))
    assert (order.state, there.open_of("a"), there.free("a", "USDT")) == (OrderState.FILLED, [], 900)
    there.apply(said(order, kind, price_points=10_000, size_points=10_000))
    assert order.state is OrderState.FILLED


def test_a_cancel_in_flight_beside_a_change_ends_what_the_change_left() -> None:
    there = desk()
    order = resting(there)
    ask_change(there, order, 50_000)
    there.cancel_asked(order)
    there.apply(filled(order, 10_000))
    assert (order.state, order.pending, there.reserved(order)) == (OrderState.OPEN, Pending.CANCEL, 400)
    there.apply(said(order, ReportKind.CANCELLED))
    assert (order.state, there.reserved(order)) == (OrderState.CANCELLED, 0)
