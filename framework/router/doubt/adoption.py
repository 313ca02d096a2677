"""What a venue shows of an order becomes reports: the venue is believed, and nothing is invented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState, Pending
from framework.model.questions import SeenFill, SeenOrder
from framework.model.reasons import DUPLICATE_ID

UNANSWERED: Final = "unanswered"
"""Reason of a cancel or a change that never had an answer, where the venue shows the order without it."""

ENDS: Final[Mapping[OrderState, ReportKind]] = {
    OrderState.CANCELLED: ReportKind.CANCELLED,
    OrderState.EXPIRED: ReportKind.EXPIRED,
    OrderState.REJECTED: ReportKind.REJECTED,
}


def as_told(report: OrderReport) -> OrderReport:
    """A rejection because the id was used means that the order is there already: what became of it is to be asked."""
    if report.reason == DUPLICATE_ID and report.kind is ReportKind.REJECTED and report.source is Source.VENUE:
        return structs.replace(report, kind=ReportKind.UNKNOWN)
    return report


def fill_report(seen: SeenFill, client_order_id: str, now_ns: int) -> OrderReport:
    """The report of a fill that was asked for."""
    return OrderReport(
        client_order_id, now_ns, ReportKind.FILLED, Source.RECONCILE, seen.venue_order_id, fill=seen.fill
    )


def is_ahead(order: Order, seen: SeenOrder) -> bool:
    """The venue counts more filled than we booked: fills are to be asked for before anything else is believed."""
    return seen.filled_points > order.filled_points


def is_behind(order: Order, seen: SeenOrder) -> bool:
    """The venue shows an older picture than we have: it says nothing."""
    return seen.filled_points < order.filled_points


def state_report(order: Order, seen: SeenOrder, now_ns: int) -> OrderReport | None:
    """What is to be said of the order's state; None where we have it so already. Its fills are booked before."""
    if seen.state is OrderState.OPEN:
        if order.state is OrderState.OPEN:
            return None
        return _report(order, seen, ReportKind.ACCEPTED, now_ns)
    kind = ENDS.get(seen.state)
    if kind is None or order.is_done:
        return None
    return _report(order, seen, kind, now_ns)


def change_report(order: Order, seen: SeenOrder, now_ns: int) -> OrderReport | None:
    """A price or size that the venue has and we have not; None where they agree."""
    if seen.state is not OrderState.OPEN:
        return None
    if (seen.price_points, seen.size_points) == (order.price_points, order.size_points):
        return None
    return _changed(order, seen, now_ns)


def end_of_change(order: Order, seen: SeenOrder, now_ns: int) -> OrderReport | None:
    """The venue filled all of it while changes were unanswered: they are no longer to come. None where it is not so."""
    if seen.state is not OrderState.FILLED or order.is_done or is_ahead(order, seen):
        return None
    if (seen.price_points, seen.size_points) == (order.price_points, order.size_points):
        detail = "the venue filled it as it was"
        return OrderReport(
            order.client_order_id, now_ns, ReportKind.AMEND_REJECTED, Source.RECONCILE, "", UNANSWERED, detail
        )
    return _changed(order, seen, now_ns)


def refusal_report(order: Order, now_ns: int) -> OrderReport | None:
    """What we asked for did not happen, though the venue could no longer do it; None where nothing was asked."""
    kinds = {Pending.CANCEL: ReportKind.CANCEL_REJECTED, Pending.AMEND: ReportKind.AMEND_REJECTED}
    kind = kinds.get(order.pending)
    if kind is None:
        return None
    return OrderReport(order.client_order_id, now_ns, kind, Source.RECONCILE, "", UNANSWERED, "the order is as it was")


def order_seen(seen: SeenOrder, strategy: str, there: Instrument) -> Order:
    """An order of ours that only the venue tells of, unsent: what is known of it is still to be said."""
    return Order(
        client_order_id=seen.client_order_id,
        strategy=strategy,
        instrument=there,
        is_buy=seen.is_buy,
        size_points=seen.size_points,
        price_points=seen.price_points,
        ts_created_ns=seen.ts_ns,
    )


def _changed(order: Order, seen: SeenOrder, now_ns: int) -> OrderReport:
    return OrderReport(
        order.client_order_id,
        now_ns,
        ReportKind.AMENDED,
        Source.RECONCILE,
        seen.venue_order_id,
        price_points=seen.price_points,
        size_points=seen.size_points,
    )


def _report(order: Order, seen: SeenOrder, kind: ReportKind, now_ns: int) -> OrderReport:
    return OrderReport(order.client_order_id, now_ns, kind, Source.RECONCILE, seen.venue_order_id, seen.reason)
