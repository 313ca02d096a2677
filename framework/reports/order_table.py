"""Single orders of the run report, as an HTML table."""

from __future__ import annotations

from framework.model.orders import Order
from framework.reports.last_orders import average_text, kind_text, state_text, why_text
from framework.reports.page import Cell, filter_box, none, shown, table, text_cell, zoned_time
from framework.reports.session import Session
from framework.reports.words import price_text, size_text

HEADS = (
    ("Time", "t"),
    ("Strategy", ""),
    ("Instrument", "t"),
    ("Side", ""),
    ("Size", "n"),
    ("Price", "n"),
    ("Kind", "t"),
    ("State", "t"),
    ("Filled", "n"),
    ("Average price", "n"),
    ("Reason", ""),
    ("Order", "t"),
)


def single_orders(session: Session) -> str:
    """The last orders, one a row, and how many are left out."""
    listed, total = session.last_orders.listed, session.orders_total
    if not listed:
        return none("No order was made.")
    left_out = total - len(listed)
    told = f"The last {len(listed):,} of {total:,} orders: {left_out:,} earlier ones are left out; the journal has all."
    rows = [_row(session, order) for order in listed]
    return (
        (none(told) if left_out > 0 else "")
        + filter_box("single-orders", "grid buy cancelled", len(rows))
        + table(HEADS, rows, caption="Orders, oldest first, as they stood at the end", identity="single-orders")
    )


def _row(session: Session, order: Order) -> list[Cell]:
    instrument = order.instrument
    price = price_text(instrument, order.price_points) if order.price_points else ""
    filled = size_text(instrument, order.filled_points)
    return [
        Cell(zoned_time(session, order.ts_created_ns), str(order.ts_created_ns), "t"),
        text_cell(order.strategy),
        text_cell(instrument.symbol, "t"),
        text_cell(order.side),
        Cell.number(size_text(instrument, order.size_points), instrument.size_exact(order.size_points)),
        Cell.number(price or "market", instrument.price_exact(order.price_points)),
        text_cell(kind_text(order), "t"),
        text_cell(state_text(order), "t"),
        Cell.number(filled if order.filled_points else "-", instrument.size_exact(order.filled_points)),
        Cell.number(average_text(order) or "-", order.avg_price or 0),
        Cell(shown(why_text(order)), "", "words" if order.reason else ""),
        text_cell(order.client_order_id, "t"),
    ]
