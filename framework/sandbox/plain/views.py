"""How the plain dialect's venue shows orders and fills."""

from __future__ import annotations

from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.sandbox.loopback import PastFill, PastOrder
from framework.sandbox.plain.wire import OrderView, WireFill


def order_view(record: PastOrder) -> OrderView:
    """An order that the venue once accepted."""
    order, there = record.order, record.order.instrument
    return OrderView(
        id=order.client_order_id,
        venue_id=record.venue_order_id,
        symbol=there.symbol,
        side=side(is_buy=order.is_buy),
        price=wire_price(there, order.price_points),
        size=there.size_text(order.size_points),
        filled=there.size_text(order.filled_points),
        state=record.state,
        reason=record.reason,
        ts_ns=record.ts_ns,
    )


def fill_view(done: PastFill) -> WireFill:
    """A fill."""
    order, fill, there = done.order, done.fill, done.order.instrument
    return WireFill(
        trade_id=fill.trade_id,
        id=order.client_order_id,
        venue_id=order.venue_order_id,
        symbol=there.symbol,
        side=side(is_buy=order.is_buy),
        price=there.price_text(fill.price_points),
        size=there.size_text(fill.size_points),
        fee=plain(fill.fee),
        fee_asset=fill.fee_asset,
        is_maker=fill.is_maker,
        ts_ns=done.ts_ns,
    )


def side(*, is_buy: bool) -> str:
    """As the wire says it."""
    return "buy" if is_buy else "sell"


def wire_price(there: Instrument, points: int) -> str:
    """As the wire says it; empty for a market order."""
    return there.price_text(points) if points else ""
