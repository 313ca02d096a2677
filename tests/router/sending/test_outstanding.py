"""Cancels and changes that are out: whose answer is whose."""

from __future__ import annotations

from framework.model.batch import Batch, BatchKind, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, write
from framework.router.sending.outstanding import SPARE, Outstanding
from tests.wired import FakeDesk, order_of, spot

BTC = spot()


def sent(out: Outstanding, request_id: int, *orders: Order) -> None:
    out.sent(Batch(request_id, "bitget", "main", BTC, RequestKind.CANCEL, orders), 10 * request_id)


def test_answers_of_a_kind_keep_their_order() -> None:
    out, order = Outstanding(FakeDesk()), order_of(BTC)
    sent(out, 1, order)
    sent(out, 2, order)
    assert out.holds(BatchKind.CANCEL, order)
    assert not out.holds(BatchKind.AMEND, order)
    assert out.answered("o1", BatchKind.CANCEL) == 1
    assert (out.is_out(order, BatchKind.CANCEL, 1), out.is_out(order, BatchKind.CANCEL, 2)) == (False, True)
    assert out.answered("o1", BatchKind.CANCEL) == 2
    assert out.answered("o1", BatchKind.CANCEL) is None


def test_an_answer_that_names_its_request_is_that_ones_and_nobody_elses() -> None:
    out, order = Outstanding(FakeDesk()), order_of(BTC)
    for request_id in (1, 2, 3):
        sent(out, request_id, order)
    assert out.answered("o1", BatchKind.CANCEL, 2) == 2
    assert out.answered("o1", BatchKind.CANCEL, 2) is None
    never_left = OrderReport("o1", 1, ReportKind.CANCEL_REJECTED, Source.GATEWAY, request_id=3)
    out.settled(BatchKind.CANCEL, never_left)
    assert [out.is_out(order, BatchKind.CANCEL, request_id) for request_id in (1, 2, 3)] == [True, False, False]


def test_the_gateway_speaks_of_one_request_and_a_reconcile_of_all() -> None:
    for source, left in ((Source.GATEWAY, 1), (Source.RECONCILE, 0), (Source.ROUTER, 2)):
        out, order = Outstanding(FakeDesk()), order_of(BTC)
        sent(out, 1, order)
        sent(out, 2, order)
        out.settled(BatchKind.CANCEL, OrderReport("o1", 1, ReportKind.CANCEL_REJECTED, source))
        assert sum(out.is_out(order, BatchKind.CANCEL, request_id) for request_id in (1, 2)) == left, source


def test_requests_that_nobody_answers_are_forgotten_when_their_orders_are_done() -> None:
    desk = FakeDesk()
    out = Outstanding(desk)
    for count in range(3 * SPARE):
        order = order_of(BTC, f"o{count}")
        desk.orders = [desk.orders[0], order] if count else [order]
        sent(out, count, order)
        write(order, state=OrderState.CANCELLED if count else OrderState.UNKNOWN)
    assert len(out) <= SPARE + 2
    assert out.holds(BatchKind.CANCEL, order_of(BTC, "o0"))
