"""What becomes of orders at Bitget, as reports: from the answer to a request, and from an order as the venue shows it.

What an answer does not say is unknown: a missing entry, a server's error, a proxy's page, silence, an unknown code.
"""

from __future__ import annotations

from typing import Final

from framework.gateway.outcome import NOT_SENT, Answered, NotSent, Outcome, Unknown
from framework.model.batch import Batch, BatchKind, Change
from framework.model.errors import GridError, OddAnswer
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, Pending
from framework.venues.bitget.codes import Meaning, meaning_of, refusal_words
from framework.venues.bitget.entries import Entries, read_entries
from framework.venues.bitget.envelope import Envelope, read_envelope
from framework.venues.bitget.seen import Entry, OrderSeen, Status

REJECTIONS: Final = {
    BatchKind.PLACE: ReportKind.REJECTED,
    BatchKind.CANCEL: ReportKind.CANCEL_REJECTED,
    BatchKind.AMEND: ReportKind.AMEND_REJECTED,
}
DOUBTFUL: Final = frozenset({Meaning.TIMEOUT, Meaning.MAINTENANCE, Meaning.UNKNOWN, Meaning.RATE})
"""Refusals of a whole request that do not prove that nothing of it was carried out; a 429 by the rule table of the venue."""

UNKNOWN_ENTRY: Final = frozenset({Meaning.TIMEOUT, Meaning.DUPLICATE})
"""Refusals of one order after which it may be there: the venue does not know, or has one of that name."""


def opened(outcome: Outcome, what: str) -> Envelope | None:
    """The envelope of an answer; None: there is none that can be read."""
    if not isinstance(outcome, Answered):
        return None
    try:
        return read_envelope(outcome.body, what)
    except OddAnswer:
        return None


def reports_of(batch: Batch, outcome: Outcome, envelope: Envelope | None, now_ns: int) -> list[OrderReport]:
    """What an outcome says of the orders of a batch. Of a cancel that was heard it says nothing yet.

    Args:
        envelope: of the outcome (`opened`).
    """
    match outcome:
        case NotSent(reason, detail):
            kind, source = NOT_SENT[batch.kind], Source.GATEWAY
            return [_report(order, now_ns, kind, source, reason, detail) for order in batch.orders]
        case Unknown(reason, detail):
            return [_unknown(order, now_ns, reason, detail) for order in batch.orders]
        case Answered(status):
            return _answered(batch, status, envelope, now_ns)


def _answered(batch: Batch, status: int, envelope: Envelope | None, now_ns: int) -> list[OrderReport]:
    if envelope is None or status >= 500:
        detail = f"HTTP status {status}, and no answer that can be read"
        return [_unknown(order, now_ns, "odd_answer", detail) for order in batch.orders]
    if status != 200 or not envelope.is_success:
        return _refused(batch, status, envelope, now_ns)
    try:
        entries = _entries(batch, envelope)
    except OddAnswer as odd:
        return [_unknown(order, now_ns, "odd_answer", str(odd)) for order in batch.orders]
    changes = batch.changes or (None,) * len(batch.orders)
    found = (
        _of_entry(batch, order, change, entries, now_ns) for order, change in zip(batch.orders, changes, strict=True)
    )
    return [report for report in found if report is not None]


def _entries(batch: Batch, envelope: Envelope) -> Entries | None:
    """None: the answer names no order, and need not."""
    data = envelope.data
    names_none = data is None or (isinstance(data, dict) and set(data) <= {"symbol", "list"} and not data.get("list"))
    if batch.kind is BatchKind.CANCEL and names_none:
        return None
    return Entries(read_entries(data, batch.request.value))


def _refused(batch: Batch, status: int, envelope: Envelope, now_ns: int) -> list[OrderReport]:
    meaning, detail = meaning_of(envelope.code, status), refusal_words(envelope)
    is_doubtful = meaning in DOUBTFUL or (batch.kind is BatchKind.PLACE and meaning is Meaning.DUPLICATE)
    if is_doubtful and not (batch.kind is BatchKind.CANCEL and meaning is Meaning.RATE):
        return [_unknown(order, now_ns, meaning.value, detail) for order in batch.orders]
    kind = REJECTIONS[batch.kind]
    return [_report(order, now_ns, kind, Source.VENUE, meaning.value, detail) for order in batch.orders]


def _of_entry(
    batch: Batch, order: Order, change: Change | None, entries: Entries | None, now_ns: int
) -> OrderReport | None:
    if entries is None:
        return None
    entry = entries.of(order.client_order_id, order.venue_order_id)
    if entry is None:
        return _unknown(order, now_ns, "missing_entry", "the answer does not name it, or names it twice")
    if entry.is_taken:
        return _taken(batch, order, change, entry, now_ns)
    meaning, detail = meaning_of(entry.code), f"{entry.code} {entry.message}".strip()
    if meaning in UNKNOWN_ENTRY and batch.kind is BatchKind.PLACE:
        return _unknown(order, now_ns, meaning.value, detail)
    return _report(order, now_ns, REJECTIONS[batch.kind], Source.VENUE, meaning.value, detail)


def _taken(batch: Batch, order: Order, change: Change | None, entry: Entry, now_ns: int) -> OrderReport | None:
    """Taken means heard. Of a cancel only the stream or a question tells that the order is gone."""
    if batch.kind is BatchKind.CANCEL:
        return None
    kind = ReportKind.ACCEPTED if change is None else ReportKind.AMENDED
    return OrderReport(
        order.client_order_id,
        now_ns,
        kind,
        Source.VENUE,
        entry.venue_order_id,
        price_points=0 if change is None else change.price_points,
        size_points=0 if change is None else change.size_points,
    )


def report_seen(order: Order, seen: OrderSeen, now_ns: int, source: Source) -> OrderReport | None:
    """What an order as the venue shows it means for ours, fills apart; None: nothing new.

    A fill is never made up from sums: whoever finds that more is filled than was reported asks for the fills.
    """
    if seen.status.is_open:
        kind, reason = ReportKind.ACCEPTED, ""
    elif seen.status is Status.REJECTED:
        kind, reason = ReportKind.REJECTED, seen.cancel_reason or "rejected"
    elif seen.status is Status.CANCELLED:
        was_asked = order.pending is Pending.CANCEL
        kind = ReportKind.CANCELLED if was_asked else ReportKind.EXPIRED
        reason = "" if was_asked else seen.cancel_reason or "ended_by_venue"
    else:
        return None
    filled_points = -1 if seen.status.is_open else _counted(order, seen)
    return OrderReport(
        order.client_order_id, now_ns, kind, source, seen.venue_order_id, reason, filled_points=filled_points
    )


def _counted(order: Order, seen: OrderSeen) -> int:
    """What the venue counts as filled; -1: nothing that is on our grid."""
    try:
        return order.instrument.data_size(f"{seen.filled:f}")
    except GridError:
        return -1


def _unknown(order: Order, now_ns: int, reason: str, detail: str) -> OrderReport:
    return _report(order, now_ns, ReportKind.UNKNOWN, Source.GATEWAY, reason, detail)


def _report(order: Order, now_ns: int, kind: ReportKind, source: Source, reason: str, detail: str) -> OrderReport:
    return OrderReport(order.client_order_id, now_ns, kind, source, "", reason, detail)
