"""The last orders of a run: bounded, and each in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.events import ReportKind
from framework.model.orders import Order, OrderState, Owner, TimeInForce, write
from framework.reports.last_orders import LastOrders, average_text, kind_text, state_text, why_text
from tests.reports.synthetic import Run


def an_order(**values: object) -> Order:
    return Run().order("mm", **values)


def test_the_oldest_is_forgotten_and_one_heard_of_again_keeps_its_place() -> None:
    run, last = Run(), LastOrders(keep=2)
    first, second, third = (run.order("mm") for _ in range(3))
    for order in (first, second, first, third):
        last.hear(order)
    assert last.listed == [second, third]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "limit"),
        ({"price_points": 0}, "market"),
        ({"post_only": True, "owner": Owner.LADDER}, "limit post-only, ladder"),
        ({"price_points": 0, "owner": Owner.TARGET}, "market, target"),
        ({"tif": TimeInForce.IOC, "reduce_only": True}, "limit ioc reduce-only"),
    ],
)
def test_the_kind_says_what_was_asked_for_and_by_which_verb(values: dict[str, object], words: str) -> None:
    assert kind_text(an_order(**values)) == words


def test_an_order_that_was_cut_off_says_that_a_part_filled() -> None:
    order = an_order(size_points=1_000_000)
    write(order, state=OrderState.CANCELLED)
    assert (state_text(order), average_text(order)) == ("cancelled", "")
    write(order, filled_points=500_000, notional=Decimal("30827.415"))
    assert (state_text(order), average_text(order)) == ("cancelled, partly filled", "61,654.83")


def test_the_reason_comes_with_its_detail() -> None:
    order = an_order()
    assert why_text(order) == ""
    write(order, reason="min_notional", detail="min notional 1 USDT, order 0.42")
    assert why_text(order) == "min notional: min notional 1 USDT, order 0.42"


def test_what_left_and_what_was_refused_is_kept_and_a_cancel_is_no_other_order() -> None:
    run = Run()
    sent, refused, withdrawn = run.order("mm"), run.order("sma"), run.order("mm")
    run.send(sent)
    run.end(refused, ReportKind.REFUSED, "min_notional", "order 0.42")
    run.end(withdrawn, ReportKind.CANCELLED, "withdrawn", "cancelled before it left")
    run.end(sent, ReportKind.CANCELLED)
    assert run.session.last_orders.listed == [sent, refused, withdrawn]
    assert run.session.orders_total == 3
