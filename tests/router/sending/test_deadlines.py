"""Requests and silence."""

from __future__ import annotations

import pytest

from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import OrderState, Pending
from framework.router.sending.deadlines import ANSWER_NS, NO_ANSWER
from tests.router.life import BTC
from tests.wired import SECOND, Bench, Scripted


def silent() -> tuple[Bench, Scripted]:
    strategy = Scripted()
    made = Bench({"a": strategy}, instruments=(BTC,))
    made.port.is_silent = True
    return made, strategy


@pytest.mark.fault("N6")
def test_silence_makes_an_order_unknown_once() -> None:
    made, strategy = silent()
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(ANSWER_NS - 1)
    assert order.state is OrderState.SENT
    made.wait(1)
    assert order.state is OrderState.UNKNOWN
    made.wait(100 * SECOND)
    assert strategy.told() == [(ReportKind.UNKNOWN, NO_ANSWER)]
    assert strategy.got("order")[0].source is Source.ROUTER
    assert len(made.port.sent) == 1


def test_requests_that_were_answered_make_no_noise_and_leave_no_wake_up() -> None:
    made, strategy = silent()
    made.port.is_silent = False
    for _ in range(5):
        made.act("a", lambda s: s.buy(BTC, "1", price="99"))
        made.wait(SECOND)
    made.wait(60 * SECOND)
    assert {kind for kind, _ in strategy.told()} == {ReportKind.ACCEPTED}
    assert made.core.loop._heap == []


def test_a_silent_change_and_a_silent_cancel_leave_the_order_unknown() -> None:
    for verb in ("amend", "cancel"):
        made, _ = silent()
        made.port.is_silent = False
        order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
        made.wait(SECOND)
        made.port.is_silent = True
        how = {"amend": lambda s, o=order: s.amend(o, price="98"), "cancel": lambda s, o=order: s.cancel(o)}
        made.act("a", how[verb])
        made.wait(ANSWER_NS)
        assert order.state is OrderState.UNKNOWN, verb


def test_each_request_has_its_own_deadline() -> None:
    made, _ = silent()
    first = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(SECOND)
    second = made.act("a", lambda s: s.buy(BTC, "1", price="98"))
    made.wait(ANSWER_NS - SECOND)
    assert (first.state, second.state) == (OrderState.UNKNOWN, OrderState.SENT)
    made.wait(SECOND)
    assert second.state is OrderState.UNKNOWN


@pytest.mark.parametrize("kind", [ReportKind.AMENDED, ReportKind.AMEND_REJECTED])
def test_a_change_that_a_reconcile_has_settled_is_out_no_longer(kind: ReportKind) -> None:
    """Else the answer to the next one is taken for its own, and that one is silent for ever."""
    made, strategy = silent()
    made.port.is_silent = False
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(SECOND)
    made.port.is_silent = True
    made.act("a", lambda s: s.amend(order, price="98"))
    made.wait(ANSWER_NS)
    assert order.state is OrderState.UNKNOWN
    for said in (ReportKind.ACCEPTED, kind):
        points = {"price_points": 9_800, "size_points": 10_000} if said is ReportKind.AMENDED else {}
        made.core.report(OrderReport(order.client_order_id, made.now_ns, said, Source.RECONCILE, **points))
    assert (order.state, order.pending) == (OrderState.OPEN, Pending.NOTHING)
    made.port.is_silent = False
    for price in ("97", "96"):
        made.act("a", lambda s, price=price: s.amend(order, price=price))
        made.wait(2 * ANSWER_NS)
        assert (order.state, order.price_points) == (OrderState.OPEN, int(price) * 100)
    assert (ReportKind.UNKNOWN, NO_ANSWER) not in strategy.told()[2:]
