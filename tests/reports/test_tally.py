"""Counters of orders, fills, refusals and requests."""

from __future__ import annotations

from decimal import Decimal

from framework.model.batch import BatchKind, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.reports.closing import closing_lines
from framework.reports.overview import figures
from tests.reports.synthetic import Run, summary_of


def test_requests_are_counted_with_the_orders_they_carry() -> None:
    run = Run()
    first, second, third = run.order("mm"), run.order("mm"), run.order("sma")
    run.send(first, second, third)
    run.send(first, kind=BatchKind.CANCEL)
    assert run.session.total.orders == 3
    assert run.session.total.requests == run.session.requests.total == 2
    assert run.session.total.requests_one_by_one == 4
    assert run.session.requests.by_size == {RequestKind.PLACE_BATCH: {3: 1}, RequestKind.CANCEL: {1: 1}}
    assert run.session.requests.sizes == {1: 1, 3: 1}
    assert (run.session.tally("mm").requests, run.session.tally("mm").requests_one_by_one) == (2, 3)
    assert (run.session.tally("sma").requests, run.session.tally("sma").orders) == (1, 1)


def test_a_request_that_went_as_several_is_counted_as_those() -> None:
    """A cancel at Bitget among whose orders are trigger orders: each of these leaves alone."""
    run = Run()
    first, second, third = run.order("mm"), run.order("mm"), run.order("sma")
    run.send(first, second, third, kind=BatchKind.CANCEL)
    batch = next(iter(run.session._handed_over.values()))
    run.session.went_as(batch.request_id, 2)
    run.session.went_as(99, 2)  # of a session before: nobody knows it
    total = run.session.total
    assert (total.requests, total.requests_one_by_one, run.session.requests.total) == (2, 3, 2)
    assert run.session.requests.sizes == {1: 1, 2: 1}
    assert (run.session.tally("mm").requests, run.session.tally("sma").requests) == (2, 1)


def test_a_request_that_never_left_is_none_and_saved_nothing() -> None:
    run = Run()
    first, second, third = run.order("mm"), run.order("mm"), run.order("sma")
    run.send(first, kind=BatchKind.PLACE)
    run.send(second, third)
    run.send(first, kind=BatchKind.CANCEL)
    for order in (second, third):
        never_left = OrderReport(
            order.client_order_id, 1, ReportKind.REFUSED, Source.GATEWAY, "", "too_old", request_id=5
        )
        run.session.reported(order, never_left)
    lost = OrderReport(first.client_order_id, 1, ReportKind.UNKNOWN, Source.GATEWAY, "", "timeout", request_id=6)
    run.session.reported(first, lost)  # some byte may have left
    total = run.session.total
    assert (total.requests, total.requests_one_by_one, total.orders) == (2, 2, 1)
    assert run.session.requests.total == 2
    assert run.session.requests.sizes == {1: 2}
    assert (run.session.tally("mm").requests, run.session.tally("sma").requests) == (2, 0)
    assert (run.session.tally("mm").orders, run.session.tally("sma").orders) == (1, 0)


def test_fills_are_counted_by_role_with_turnover_and_fees() -> None:
    run = Run()
    maker, taker = run.order("mm", size_points=2_000_000, price_points=100), run.order("sma", price_points=200)
    run.send(maker)
    run.fill(maker, 1_000_000)
    run.fill(maker)
    run.send(taker)
    run.fill(taker, is_maker=False)
    assert (run.session.total.fills, run.session.total.maker_fills) == (3, 2)
    assert run.session.tally("mm").turnover == {"USDT": Decimal(2)}
    assert run.session.tally("mm").fees == {"USDT": Decimal("0.002")}
    assert [(fill.part, fill.is_whole) for fill in run.session.fills.items] == [(1, False), (2, False), (1, True)]


def test_refusals_are_counted_by_strategy_and_reason_with_the_last_case() -> None:
    run = Run()
    for value in ("0.42", "0.43"):
        run.end(run.order("mm"), ReportKind.REFUSED, "min_notional", f"min notional 1 USDT, order {value}")
    run.end(run.order("sma"), ReportKind.REJECTED, "rate_limited", "bucket place")
    assert run.session.total.refusals == 3
    assert run.session.reasons.refusals() == {"min_notional": 2, "rate_limited": 1}
    assert run.session.reasons.refusals("sma") == {"rate_limited": 1}
    case = run.session.reasons.found["mm", ReportKind.REFUSED, "min_notional"]
    assert (case.count, case.last.detail) == (2, "min notional 1 USDT, order 0.43")


def test_expired_withdrawn_and_too_late_are_no_refusals() -> None:
    run = Run()
    run.end(run.order("mm"), ReportKind.CANCELLED, "withdrawn", "cancelled before it left")
    expired = run.order("mm")
    run.send(expired)
    run.end(expired, ReportKind.EXPIRED, "post_only_would_take")
    late = run.order("mm")
    run.send(late)
    run.session.reported(late, run.report(late, ReportKind.CANCEL_REJECTED, reason="already_done"))
    assert run.session.total.refusals == 0
    assert run.session.reasons.refusals() == {}
    assert len(run.session.reasons.found) == 2


def test_different_reasons_are_bounded() -> None:
    run = Run()
    for number in range(1_000):
        run.end(run.order("mm"), ReportKind.REFUSED, f"made_up_{number}")
    assert len(run.session.reasons.found) <= 201
    assert sum(run.session.reasons.refusals().values()) == run.session.total.refusals == 1_000


def test_fills_between_our_own_orders_are_counted_apart_with_the_fees_they_saved() -> None:
    dear = Instrument("BTC/USDT", "bitget", 2, 6, maker_fee=Decimal("0.0005"), taker_fee=Decimal("0.001"))
    run = Run()
    terms = {"instrument": dear, "size_points": 2_000_000, "price_points": 10_000}
    for strategy, is_maker in (("mm", True), ("sma", False)):
        run.fill(run.order(strategy, **terms), is_maker=is_maker, is_inside=True)
    total = run.session.total
    assert (total.fills, total.inside_fills, total.maker_fills) == (2, 2, 0)
    assert total.fees_saved == {"USDT": Decimal("0.3")}, "a maker's 0.05 % and a taker's 0.1 % of 200"
    assert total.fees == {"USDT": 0}
    assert [seen.role for seen in run.session.fills.items] == ["inside", "inside"]
    summary = summary_of(run)
    assert (summary.fills_inside, summary.fees_saved, summary.maker_share) == (2, {"USDT": Decimal("0.3")}, None)
    lines = "\n".join(closing_lines(summary))
    assert "inside      2 fills between our own orders, fees saved 0.30 USDT" in lines
    assert "fills       2, none at the venue, of 0 orders sent" in lines
    assert "2 fills between our own orders, fees saved 0.30 USDT" in figures(run.session, summary)
