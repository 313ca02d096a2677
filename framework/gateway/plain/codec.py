"""The plain dialect as we write and read it: requests from batches, reports from answers.

Its venue has shapes of its own (`framework/sandbox/`): what both sides took from one file they would misread alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from framework.gateway.http1 import request_bytes
from framework.kernel.checked_json import BadJson, read
from framework.model.batch import Batch, BatchKind, Change
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order

PATHS: Final[Mapping[BatchKind, str]] = {
    BatchKind.PLACE: "/orders",
    BatchKind.CANCEL: "/cancels",
    BatchKind.AMEND: "/amends",
}
DONE: Final[Mapping[BatchKind, tuple[str, ReportKind]]] = {
    BatchKind.PLACE: ("accepted", ReportKind.ACCEPTED),
    BatchKind.CANCEL: ("cancelled", ReportKind.CANCELLED),
    BatchKind.AMEND: ("amended", ReportKind.AMENDED),
}
"""The word of success, and the report that it makes."""

REJECTIONS: Final[Mapping[BatchKind, ReportKind]] = {
    BatchKind.PLACE: ReportKind.REJECTED,
    BatchKind.CANCEL: ReportKind.CANCEL_REJECTED,
    BatchKind.AMEND: ReportKind.AMEND_REJECTED,
}

Sign = Callable[[str, str, bytes], Sequence[tuple[str, str]]]
"""(method, target, body) -> headers that a venue knows us by. Called right before the bytes leave."""


class Placed(Struct):
    """A new order."""

    id: str
    side: str
    size: str
    price: str | None
    tif: str
    post_only: bool
    reduce_only: bool


class ChangedOrder(Struct):
    """An order's new price and total size."""

    id: str
    price: str
    size: str


class OrdersBody(Struct):
    """The body of places and amends."""

    symbol: str
    orders: list[Placed] | list[ChangedOrder]


class CancelsBody(Struct):
    """The body of cancels."""

    symbol: str
    ids: list[str]


class OrderResult(Struct):
    """What came of one order of a request."""

    id: str
    result: str
    venue_id: str = ""
    reason: str = ""
    detail: str = ""


class OrderResults(Struct):
    """The answer to a request about orders."""

    results: list[OrderResult]


class Failure(Struct):
    """The answer to a request that was not carried out."""

    error: str
    detail: str = ""


class StreamFill(Struct):
    """A fill on the private stream."""

    trade_id: str
    price: str
    size: str
    fee: str
    fee_asset: str
    is_maker: bool


class Message(Struct):
    """A message of the private stream."""

    seq: int
    id: str
    kind: str
    venue_id: str = ""
    reason: str = ""
    detail: str = ""
    price: str = ""
    size: str = ""
    fill: StreamFill | None = None
    filled: str = ""


ENTRIES: Final = msgspec.json.Decoder(OrderResults)
FAILURE: Final = msgspec.json.Decoder(Failure)
MESSAGE: Final = msgspec.json.Decoder(Message)


def trade_request(batch: Batch, host: str, sign: Sign) -> bytes:
    """The whole request of a batch, signed."""
    path, body = PATHS[batch.kind], msgspec.json.encode(_content(batch))
    return request_bytes("POST", path, host, [("Content-Type", "application/json"), *sign("POST", path, body)], body)


def question(target: str, host: str, sign: Sign) -> bytes:
    """A request that changes nothing."""
    return request_bytes("GET", target, host, sign("GET", target, b""))


def _content(batch: Batch) -> CancelsBody | OrdersBody:
    there = batch.instrument
    match batch.kind:
        case BatchKind.CANCEL:
            return CancelsBody(there.symbol, [order.client_order_id for order in batch.orders])
        case BatchKind.AMEND:
            changes = zip(batch.orders, batch.changes, strict=True)
            return OrdersBody(there.symbol, [_changed(there, order, change) for order, change in changes])
        case BatchKind.PLACE:
            return OrdersBody(there.symbol, [_placed(there, order) for order in batch.orders])


def _changed(there: Instrument, order: Order, change: Change) -> ChangedOrder:
    size_points = change.size_points - order.inside_points
    return ChangedOrder(order.client_order_id, there.price_text(change.price_points), there.size_text(size_points))


def _placed(there: Instrument, order: Order) -> Placed:
    return Placed(
        order.client_order_id,
        order.side,
        there.size_text(order.left_points),  # what another order of ours took before it left is not asked for again
        there.price_text(order.price_points) if order.price_points else None,
        order.tif.value,
        order.post_only,
        order.reduce_only,
    )


def read_entries(body: bytes) -> dict[str, OrderResult] | None:
    """Entries by client order id. An id that comes twice proves nothing and is left out; None: it is no such answer."""
    try:
        entries = read(ENTRIES.decode, body).results
    except BadJson:
        return None
    found: dict[str, OrderResult] = {}
    twice: set[str] = set()
    for entry in entries:
        if entry.id in found:
            twice.add(entry.id)
        found[entry.id] = entry
    return {client_order_id: entry for client_order_id, entry in found.items() if client_order_id not in twice}


def read_failure(body: bytes) -> Failure | None:
    """Why a whole request was refused; None: it is no such answer."""
    try:
        return read(FAILURE.decode, body)
    except BadJson:
        return None


def read_message(data: bytes | str) -> Message | None:
    """A message of the private stream; None: it is none."""
    try:
        return read(MESSAGE.decode, data)
    except BadJson:
        return None


def told_report(message: Message, there: Instrument, ts_recv_ns: int) -> OrderReport:
    """The report that a message of the private stream makes.

    Raises:
        ValueError: a kind, price or size that we do not know how to read.
    """
    fill = message.fill
    return OrderReport(
        message.id,
        ts_recv_ns,
        ReportKind(message.kind),
        Source.VENUE,
        message.venue_id,
        message.reason,
        message.detail,
        None if fill is None else _fill(fill, there),
        price_points=there.data_price(message.price) if message.price else 0,
        size_points=there.data_size(message.size) if message.size else 0,
        filled_points=there.data_size(message.filled) if message.filled else -1,
    )


def _fill(fill: StreamFill, there: Instrument) -> Fill:
    return Fill(
        fill.trade_id,
        there.data_price(fill.price),
        there.data_size(fill.size),
        read_amount(fill.fee),
        fill.fee_asset,
        fill.is_maker,
    )


def read_amount(text: str) -> Decimal:
    """An amount as the wire says it.

    Raises:
        ValueError: it is none.
    """
    try:
        amount = Decimal(text)
    except ArithmeticError as error:
        raise ValueError("fee: expected a number") from error
    if not amount.is_finite():
        raise ValueError("fee: expected a finite number")
    return amount
