from __future__ import annotations

import json
from decimal import Decimal

import pytest
from msgspec.structs import replace

from framework.gateway.bitget.reports import opened, report_seen, reports_of
from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.model.batch import Batch, BatchKind, Change, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Pending, TimeInForce, write
from framework.venues.bitget.products import Product
from framework.venues.bitget.seen import OrderSeen, Status
from tests.gateway.bitget.house import batch, order

R, B = ReportKind, BatchKind


def said(data: object, code: str = "00000", status: int = 200) -> Answered:
    return Answered(status, {}, json.dumps({"code": code, "msg": "m", "data": data}).encode())


def heard(asked: Batch, outcome: Outcome) -> list[OrderReport]:
    return reports_of(asked, outcome, opened(outcome, "test"), 7)


def told(kind: BatchKind, outcome: Outcome, *names: str, **more: object) -> list[tuple[ReportKind, str]]:
    orders = [order(name) for name in names or ("a",)]
    changes = tuple(Change(1, 2) for _ in orders) if kind is B.AMEND else ()
    return [(one.kind, one.reason) for one in heard(batch(kind, *orders, changes=changes, **more), outcome)]


@pytest.mark.fault("E6", "N13")
@pytest.mark.parametrize("kind", list(B))
@pytest.mark.parametrize(
    "outcome",
    [
        Unknown("timeout"),
        Answered(200, {}, b"<html>"),
        Answered(502, {}, b"<html>Bad gateway</html>"),
        said([5]),
        said([{"orderId": "1", "clientOid": "b"}]),
        said({"successList": [{"clientOid": "a"}], "failureList": [{"clientOid": "a"}]}),
        said(None, "99999", 400),
        said(None, "40010", 400),
        said(None, "40015", 400),
        said(None, "00000", 500),
    ],
)
def test_what_proves_nothing_leaves_an_order_unknown(kind: BatchKind, outcome: Outcome) -> None:
    ((found, _),) = told(kind, outcome)
    assert found is R.UNKNOWN


def test_an_empty_answer_to_a_place_proves_nothing() -> None:
    assert told(B.PLACE, said(None))[0][0] is R.UNKNOWN


@pytest.mark.parametrize("data", [None, {"symbol": "BTCUSDT"}, {"list": []}, [{"orderId": "1", "clientOid": "a"}]])
def test_a_cancel_that_was_heard_says_nothing_yet(data: object) -> None:
    assert told(B.CANCEL, said(data), request=RequestKind.CANCEL_SYMBOL) == []


@pytest.mark.parametrize(
    ("kind", "found"), [(B.PLACE, R.REFUSED), (B.CANCEL, R.CANCEL_REJECTED), (B.AMEND, R.AMEND_REJECTED)]
)
def test_what_was_not_sent_is_told_by_the_gateway(kind: BatchKind, found: ReportKind) -> None:
    assert told(kind, NotSent("stale")) == [(found, "stale")]


@pytest.mark.fault("E9")
def test_entries_are_matched_by_id_whatever_their_order() -> None:
    data = {
        "successList": [{"orderId": "3", "clientOid": "c"}],
        "failureList": [{"orderId": "", "clientOid": "a", "errorCode": "43012", "errorMsg": "no money"}],
    }
    assert told(B.PLACE, said(data), "a", "b", "c") == [
        (R.REJECTED, "insufficient_balance"),
        (R.UNKNOWN, "missing_entry"),
        (R.ACCEPTED, ""),
    ]


def test_a_failed_entry_with_an_unknown_code_was_refused_all_the_same() -> None:
    data = {"successList": [], "failureList": [{"orderId": "", "clientOid": "a", "errorMsg": "odd"}]}
    assert told(B.PLACE, said(data)) == [(R.REJECTED, "unknown_venue_error")]


@pytest.mark.parametrize("code", ["40786", "25001"])
def test_a_duplicate_or_a_timeout_of_one_entry_leaves_it_unknown(code: str) -> None:
    data = [{"orderId": "", "clientOid": "a", "code": code}]
    assert told(B.PLACE, said(data))[0][0] is R.UNKNOWN


@pytest.mark.parametrize(("kind", "found"), [(B.PLACE, R.UNKNOWN), (B.CANCEL, R.CANCEL_REJECTED)])
def test_a_429_proves_nothing_of_a_place(kind: BatchKind, found: ReportKind) -> None:
    assert told(kind, said(None, "429", 429)) == [(found, "rate_limited")]


def test_a_change_is_reported_with_what_it_is_now() -> None:
    (report,) = heard(batch(B.AMEND, order("a"), changes=(Change(5, 6),)), said({"orderId": "1", "clientOid": "a"}))
    assert (report.kind, report.price_points, report.size_points) == (R.AMENDED, 5, 6)


def seen(status: Status, reason: str = "") -> OrderSeen:
    zero = Decimal(0)
    return OrderSeen(
        "9", "a", Product.SPOT, "BTCUSDT", True, False, Decimal(1), Decimal(1), zero, zero, zero, status,
        TimeInForce.GTC, False, False, (), 0, 0, reason,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "pending", "kind", "reason"),
    [
        (Status.LIVE, "", R.ACCEPTED, ""),
        (Status.PARTLY_FILLED, "", R.ACCEPTED, ""),
        (Status.CANCELLED, "cancel", R.CANCELLED, ""),
        (Status.CANCELLED, "", R.EXPIRED, "ended_by_venue"),
        (Status.REJECTED, "", R.REJECTED, "rejected"),
    ],
)
def test_an_order_that_is_seen_is_reported(status: Status, pending: str, kind: ReportKind, reason: str) -> None:
    ours = order("a")
    write(ours, pending=Pending(pending))
    report = report_seen(ours, seen(status), 7, Source.RECONCILE)
    assert report is not None
    assert (report.kind, report.reason, report.venue_order_id, report.source) == (kind, reason, "9", Source.RECONCILE)


def test_an_end_tells_what_filled() -> None:
    ours = order("a")
    ended = replace(seen(Status.CANCELLED), filled=Decimal("0.5"))
    report, odd = (
        report_seen(ours, each, 7, Source.VENUE) for each in (ended, replace(ended, filled=Decimal("1e-30")))
    )
    assert report is not None and odd is not None
    assert (report.filled_points, odd.filled_points) == (ours.instrument.data_size("0.5"), -1)
    standing = report_seen(ours, seen(Status.PARTLY_FILLED), 7, Source.VENUE)
    assert standing is not None and standing.filled_points == -1


def test_a_fill_is_never_made_up_from_a_sum() -> None:
    assert report_seen(order("a"), seen(Status.FILLED), 7, Source.RECONCILE) is None
