"""What a venue shows becomes reports, and nothing is invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import OrderState, Pending, write
from framework.model.questions import SeenFill, SeenOrder
from framework.router.doubt.adoption import (
    as_told,
    change_report,
    fill_report,
    is_ahead,
    is_behind,
    refusal_report,
    state_report,
)
from tests.router.life import BTC
from tests.wired import NOON, order_of

S = OrderState
K = ReportKind


def seen(state: OrderState = S.OPEN, **facts: Any) -> SeenOrder:
    known: dict[str, Any] = {"size_points": 10_000, "price_points": 10_000, "filled_points": 0, **facts}
    return SeenOrder("o1", "v1", BTC.id, True, state=state, **known)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        (S.UNKNOWN, S.OPEN, K.ACCEPTED),
        (S.ABSENT, S.OPEN, K.ACCEPTED),
        (S.OPEN, S.OPEN, None),
        (S.UNKNOWN, S.CANCELLED, K.CANCELLED),
        (S.UNKNOWN, S.EXPIRED, K.EXPIRED),
        (S.UNKNOWN, S.REJECTED, K.REJECTED),
        (S.OPEN, S.CANCELLED, K.CANCELLED),
        (S.CANCELLED, S.EXPIRED, None),
        (S.UNKNOWN, S.FILLED, None),
    ],
)
def test_a_state_is_reported_where_we_have_another(ours: S, theirs: S, kind: ReportKind | None) -> None:
    order = order_of(BTC, "o1")
    write(order, state=ours)
    report = state_report(order, seen(theirs), NOON)
    assert (None if report is None else report.kind) is kind
    assert report is None or (report.source is Source.RECONCILE and report.venue_order_id == "v1")


def test_fills_come_first_and_older_pictures_say_nothing() -> None:
    order = order_of(BTC, "o1")
    assert is_ahead(order, seen(filled_points=1))
    assert not is_ahead(order, seen())
    write(order, filled_points=2)
    assert is_behind(order, seen(filled_points=1))
    assert not is_behind(order, seen(filled_points=2))


def test_a_change_is_taken_over() -> None:
    order = order_of(BTC, "o1")
    assert change_report(order, seen(), NOON) is None
    assert change_report(order, seen(S.CANCELLED, price_points=9), NOON) is None
    report = change_report(order, seen(price_points=9_000, size_points=8_000), NOON)
    assert report is not None
    assert (report.kind, report.price_points, report.size_points) == (K.AMENDED, 9_000, 8_000)


def test_what_was_asked_and_did_not_happen_is_refused() -> None:
    order = order_of(BTC, "o1")
    assert refusal_report(order, NOON) is None
    for pending, kind in ((Pending.CANCEL, K.CANCEL_REJECTED), (Pending.AMEND, K.AMEND_REJECTED)):
        write(order, pending=pending)
        report = refusal_report(order, NOON)
        assert report is not None
        assert (report.kind, report.reason) == (kind, "unanswered")


def test_a_fill_is_told_as_it_was_shown() -> None:
    fill = Fill("t1", 1, 2, Decimal(0), "USDT", is_maker=True)
    report = fill_report(SeenFill("", "v1", BTC.id, True, fill, NOON), "o1", NOON)
    assert (report.client_order_id, report.kind, report.fill) == ("o1", K.FILLED, fill)


def test_only_a_venues_refusal_of_a_used_id_means_that_the_order_is_there() -> None:
    said = OrderReport("o1", NOON, K.REJECTED, Source.VENUE, reason="duplicate_id")
    assert as_told(said).kind is K.UNKNOWN
    ours = OrderReport("o1", NOON, K.REFUSED, Source.ROUTER, reason="duplicate_id")
    assert as_told(ours) is ours
