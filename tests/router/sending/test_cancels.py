"""Cancels that never left or have no answer are asked again, rarer and rarer; never for what is done."""

from __future__ import annotations

import pytest

from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending
from framework.router.sending.cancels import BACKOFF_S, Cancels
from tests.router.scene import BTC, bench
from tests.wired import LATENCY, NOON, SECOND, Bench, order_of

K = ReportKind


def resting(made: Bench) -> Order:
    order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="99"))
    made.wait(SECOND)
    assert isinstance(order, Order) and order.is_open
    return order


def cancels(made: Bench) -> int:
    return [kind for kind, _, _ in made.port.requests()].count("cancel")


def unanswered(made: Bench, order: Order, kind: ReportKind, reason: str) -> None:
    """The cancel goes into silence; then the gateway says so."""
    made.port.is_silent = True
    made.act("a", lambda strategy: strategy.cancel(order))
    made.wait(LATENCY)
    made.core.report(OrderReport(order.client_order_id, made.now_ns, kind, Source.GATEWAY, "", reason))


CASES = [(K.UNKNOWN, "timeout"), (K.CANCEL_REJECTED, "no_connection"), (K.CANCEL_REJECTED, "road_full")]


@pytest.mark.parametrize(("kind", "reason"), CASES)
def test_a_cancel_that_never_left_or_has_no_answer_is_asked_again_by_and_by(kind: ReportKind, reason: str) -> None:
    made = bench()
    order = resting(made)
    unanswered(made, order, kind, reason)
    assert (cancels(made), order.pending) == (1, Pending.CANCEL)
    asked = []
    for _ in range(16):
        made.wait(SECOND)
        asked.append(cancels(made))
    assert asked[0] == 2
    assert asked[-1] == 5, "after 1, 2, 4 and 8 seconds"


@pytest.mark.parametrize(("kind", "reason"), CASES)
def test_a_cancel_that_is_answered_at_last_is_not_asked_again(kind: ReportKind, reason: str) -> None:
    made = bench()
    order = resting(made)
    unanswered(made, order, kind, reason)
    made.port.is_silent = False
    made.wait(2 * SECOND)
    assert (order.state, cancels(made)) == (OrderState.CANCELLED, 2)
    made.wait(300 * SECOND)
    assert cancels(made) == 2
    assert made.core.router.orders.cancels.due_ns() == 0


def test_what_filled_meanwhile_is_not_cancelled() -> None:
    made = bench()
    order = resting(made)
    unanswered(made, order, K.CANCEL_REJECTED, "no_connection")
    made.fill(order)
    made.wait(60 * SECOND)
    assert (order.state, cancels(made)) == (OrderState.FILLED, 1)


def test_a_denial_by_the_venue_is_final_for_an_order_that_stands() -> None:
    made = bench()
    order = resting(made)
    made.port.rejects = ["not_allowed"]
    made.act("a", lambda strategy: strategy.cancel(order))
    made.wait(60 * SECOND)
    assert (order.state, order.pending, cancels(made)) == (OrderState.OPEN, Pending.NOTHING, 1)


def test_tries_grow_rarer_up_to_a_bound() -> None:
    watched, order = Cancels(), order_of(BTC, pending=Pending.CANCEL)
    watched.watch(order, NOON)
    now_ns, waits_s = NOON, []
    for _ in range(8):
        due_ns = watched.due_ns()
        waits_s.append((due_ns - now_ns) // SECOND)
        assert list(watched.take_due(due_ns - 1)) == []
        assert list(watched.take_due(due_ns)) == [order]
        now_ns = due_ns
    assert tuple(waits_s) == (*BACKOFF_S, 30, 30)
    watched.drop(order)
    assert watched.due_ns() == 0
