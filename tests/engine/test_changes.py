"""Changes on their way: which answer ends which of them. What the desk makes of them stands in test_desk.py."""

from __future__ import annotations

import pytest

from framework.engine.changes import OrderChanges
from framework.model.batch import Batch, Change, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order
from tests.wired import NOON, order_of, spot

BTC = spot()
SMALL, LARGE = Change(9_000, 5_000), Change(9_000, 50_000)


def leave(changes: OrderChanges, order: Order, change: Change, request_id: int) -> None:
    changes.handed_over(Batch(request_id, "bitget", "main", BTC, RequestKind.AMEND, (order,), (change,)))


def refused(request_id: int = 0, source: Source = Source.VENUE) -> OrderReport:
    return OrderReport("o1", NOON, ReportKind.AMEND_REJECTED, source, request_id=request_id)


def amended(change: Change, request_id: int = 0) -> OrderReport:
    terms = {"price_points": change.price_points, "size_points": change.size_points}
    return OrderReport("o1", NOON, ReportKind.AMENDED, Source.VENUE, request_id=request_id, **terms)


def out(*left: Change) -> tuple[OrderChanges, Order]:
    changes, order = OrderChanges(), order_of(BTC, "o1")
    for number, change in enumerate(left, start=1):
        leave(changes, order, change, number)
    return changes, order


def test_one_that_left_is_wanted_no_longer_unless_a_newer_one_is() -> None:
    changes, order = OrderChanges(), order_of(BTC, "o1")
    changes.wanted["o1"] = SMALL
    leave(changes, order, SMALL, 1)
    assert (changes.wanted, changes.of(order)) == ({}, (SMALL,))
    changes.wanted["o1"] = LARGE
    leave(changes, order, SMALL, 2)
    assert changes.of(order) == (SMALL, SMALL, LARGE)


def test_the_largest_that_left_is_what_may_fill() -> None:
    changes, order = out(LARGE, SMALL)
    assert changes.most_points(order) == 50_000
    assert OrderChanges().most_points(order) == order.size_points


@pytest.mark.parametrize(("request_id", "left"), [(0, [LARGE]), (1, [LARGE]), (2, [SMALL]), (9, [SMALL, LARGE])])
def test_a_refusal_ends_the_one_that_it_names_or_the_oldest(request_id: int, left: list[Change]) -> None:
    changes, _ = out(SMALL, LARGE)
    changes.answered(refused(request_id))
    assert changes.asked_of("o1") == left


def test_an_answer_ends_those_before_it_too_and_told_twice_nothing_more() -> None:
    changes, order = out(SMALL, LARGE, SMALL)
    changes.answered(amended(LARGE, 2))
    assert changes.asked_of("o1") == [SMALL]
    changes.answered(amended(LARGE, 2))
    assert changes.is_out(order)


@pytest.mark.parametrize("source", [Source.ROUTER, Source.GATE])
def test_what_we_refuse_ourselves_ends_nothing_that_left(source: Source) -> None:
    changes, order = out(SMALL)
    changes.wanted["o1"] = LARGE
    changes.answered(refused(source=source))
    assert changes.of(order) == ((SMALL,) if source is Source.GATE else (SMALL, LARGE))


def test_a_comparison_ends_all_of_them() -> None:
    changes, order = out(SMALL, LARGE)
    changes.answered(refused(source=Source.RECONCILE))
    assert not changes.is_out(order)


def test_a_checkpoint_has_them_with_their_requests_and_one_of_before_without() -> None:
    changes, _ = out(SMALL, LARGE)
    again, older = OrderChanges(), OrderChanges()
    again.restore(changes.kept(), changes.changed_by())
    assert again.asked == changes.asked
    older.restore(changes.kept(), {})
    assert [each.request_id for each in older.asked["o1"]] == [0, 0]
    assert older.asked_of("o1") == [SMALL, LARGE]
