from __future__ import annotations

from decimal import Decimal

from framework.model.batch import Change
from framework.model.events import OrderReport, ReportKind, Trade
from framework.sandbox.loopback import LoopbackVenue
from tests.sandbox.house import BTC, order, venue
from tests.wired import NOON


def heard(there: LoopbackVenue) -> list[OrderReport]:
    told: list[OrderReport] = []
    there.told = told.append
    return told


def test_each_order_of_a_request_gets_one_report_in_order() -> None:
    there = venue()
    btc = there.instruments[BTC]
    reports = there.place(btc, [order(btc, "a"), order(btc, "b", size=10_000_000), order(btc, "c")])
    assert [(report.client_order_id, report.kind) for report in reports] == [
        ("a", ReportKind.ACCEPTED),
        ("b", ReportKind.REJECTED),
        ("c", ReportKind.ACCEPTED),
    ]
    assert there.open_ids(BTC) == ["a", "c"]
    assert list(there.orders) == ["a", "c"]


def test_what_happens_to_accepted_orders_is_told_and_refusals_are_not() -> None:
    there = venue()
    told, btc = heard(there), there.instruments[BTC]
    there.place(btc, [order(btc, "a"), order(btc, "b", size=10_000_000)])
    there.amend(btc, ["a"], [Change(9_800, 1_000)])
    there.cancel(btc, ["a", "b"])
    assert [(report.client_order_id, report.kind.value) for report in told] == [
        ("a", "accepted"),
        ("a", "amended"),
        ("a", "cancelled"),
    ]
    assert there.orders["a"].state == "cancelled"


def test_an_order_that_takes_is_filled_at_once_and_its_fills_are_kept() -> None:
    there = venue()
    told, btc = heard(there), there.instruments[BTC]
    reports = there.place(btc, [order(btc, "a", price=10_100)])
    assert [report.kind for report in reports] == [ReportKind.FILLED]
    assert [report.kind.value for report in told] == ["filled"]
    assert there.orders["a"].state == "filled"
    assert [(done.fill.price_points, done.fill.size_points) for done in there.fills] == [(10_100, 1_000)]
    assert there.balances()["USDT"][0] == Decimal(10_000) - Decimal("10.1")


def test_resting_orders_fill_as_the_market_moves() -> None:
    there = venue()
    btc = there.instruments[BTC]
    there.place(btc, [order(btc, "a")])
    there.observe(Trade(btc, NOON, 9_800, 400, False))
    assert there.orders["a"].state == "open"
    there.observe(Trade(btc, NOON, 9_800, 4_000, False))
    assert there.orders["a"].state == "filled"
    assert sum(done.fill.size_points for done in there.fills) == 1_000


def test_an_id_is_taken_once() -> None:
    there = venue()
    btc = there.instruments[BTC]
    there.place(btc, [order(btc, "a")])
    first = there.orders["a"]
    assert [report.reason for report in there.place(btc, [order(btc, "a")])] == ["duplicate_id"]
    assert there.orders["a"] is first
