"""What we say of orders ourselves: a report like any other, in a later instant."""

from __future__ import annotations

from typing import Any

import pytest

from framework.model.events import ReportKind, Source
from framework.model.orders import OrderState
from framework.router.answers import REFUSAL_DELAY_NS
from tests.router.scene import BTC, bench, rest, seen
from tests.wired import LATENCY, MS, Scripted


@pytest.mark.parametrize(
    ("verb", "reason"),
    [
        (lambda s: s.buy(BTC, "0.00001"), "bad_number"),
        (lambda s: s.buy(BTC, "1", price="0.50"), "min_notional"),
        (lambda s: s.buy(BTC, "20000", price="100"), "funds"),
        (lambda s: s.sell(BTC, "101", price="100"), "funds"),
    ],
)
def test_a_refusal_is_a_report_in_a_later_instant(verb: Any, reason: str) -> None:
    made = bench()
    order = made.act("a", verb)
    assert order.state is OrderState.QUEUED
    assert seen(made).told() == []
    made.wait(REFUSAL_DELAY_NS)
    assert (order.state, order.reason) == (OrderState.REFUSED, reason)
    assert order.detail
    ((report, at_ns),) = [(what, ts_ns) for name, what, ts_ns in seen(made).seen if name == "order"]
    assert (report.source, report.ts_recv_ns) == (Source.ROUTER, at_ns)
    assert not made.port.sent


def test_a_refused_order_stands_nowhere_and_reserves_nothing() -> None:
    made = bench()
    made.act("a", lambda strategy: strategy.buy(BTC, "20000", price="100"))
    assert made.core.engine.desk.open_of("a") == []
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000


def test_a_strategy_that_orders_again_at_each_refusal_does_not_stop_the_clock() -> None:
    made = bench(Scripted(order=lambda s, order, report: s.buy(BTC, "20000", price="100")))
    made.act("a", lambda strategy: strategy.buy(BTC, "20000", price="100"))
    made.wait(20 * MS)
    assert len(seen(made).told()) == 20


def test_a_closed_gate_refuses_places_and_passes_cancels() -> None:
    made = bench()
    rests = rest(made)
    made.core.gate.close("by hand")
    order = made.act("a", lambda strategy: (strategy.cancel(rests), strategy.buy(BTC, "1", price="99"))[1])
    made.wait(2 * LATENCY)
    assert (order.state, order.reason, order.detail) == (OrderState.REFUSED, "gate_closed", "by hand")
    assert rests.state is OrderState.CANCELLED
    assert seen(made).got("order")[-2].source is Source.GATE


def test_an_amend_that_the_gate_refuses_leaves_the_order_as_it_was() -> None:
    made = bench()
    rests = rest(made)
    made.core.gate.close("by hand")
    made.act("a", lambda strategy: strategy.amend(rests, price="99"))
    made.wait(2 * LATENCY)
    assert seen(made).told()[-1] == (ReportKind.AMEND_REJECTED, "gate_closed")
    assert (rests.state, rests.price) == (OrderState.OPEN, 100.0)
    assert made.core.engine.blotter.illegal_steps == 0
