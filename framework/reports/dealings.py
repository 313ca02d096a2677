"""Orders, fills, refusals and requests of the run report, as HTML tables."""

from __future__ import annotations

from typing import Final

from framework.model.counting import counted
from framework.model.events import ReportKind
from framework.reports.board import requests_text
from framework.reports.happenings import FillHappened
from framework.reports.order_table import single_orders
from framework.reports.page import Cell, filter_box, gauges, none, shown, table, text_cell, zoned_time
from framework.reports.reasons import advice
from framework.reports.session import FILLS_MAX, Session
from framework.reports.summary import Summary
from framework.reports.words import clean, grouped, price_text, size_text

ROWS_MAX: Final = 1_000
"""Fills in the table; of more, the last ones."""


ENDS: Final = ("filled", "cancelled", "expired", "rejected", "refused", "withdrawn", "absent")
"""Columns of how orders ended; the last two stand there only when there is one."""

KINDS: Final = {
    ReportKind.REFUSED: "refused by us",
    ReportKind.REJECTED: "rejected by the venue",
    ReportKind.EXPIRED: "expired",
    ReportKind.UNKNOWN: "no answer",
    ReportKind.CANCEL_REJECTED: "cancel came too late",
    ReportKind.AMEND_REJECTED: "amend came too late",
}


def orders(session: Session, summary: Summary) -> str:
    """What became of the orders, what is left, each order and each fill."""
    ends = [end for end in ENDS if end in ENDS[:5] or any(ended[end] for ended in session.ended.values())]
    live = [order.strategy for order in session.live_orders]
    rows = [
        [text_cell(name), Cell.number(f"{session.tally(name).orders:,}", session.tally(name).orders)]
        + [Cell.number(f"{ended[end]:,}", ended[end]) for end in ends]
        + [Cell.number(f"{live.count(name):,}", live.count(name))]
        for name, ended in session.ended.items()
    ]
    heads = [("Strategy", ""), ("Sent", "n"), *((end.capitalize(), "n") for end in ends), ("Still open", "n")]
    left = "".join(f"<li>{shown(item.strategy, 40)}: {item.kind} {shown(item.text)}</li>" for item in summary.left_open)
    more = f"<li>and {summary.left_open_more:,} more</li>" if summary.left_open_more else ""
    more += "".join(
        f"<li>{shown(item.strategy, 40)}: stays {shown(item.text)}, which is less than any order (dust)</li>"
        for item in summary.dust
    )
    still = f'<ul class="plain">{left}{more}</ul>' if left or more else none("Nothing: no order, no position.")
    ended = table(heads, rows, caption="What became of the orders; refused and withdrawn ones never left")
    each = f"<h3>Each order</h3>{single_orders(session)}<h3>Fills</h3>{_fills(session)}"
    return f"{ended}<h3>Left open</h3>{still}{each}"


def _fills(session: Session) -> str:
    kept, total = session.fills.items, session.total.fills
    if not kept:
        return none("No order filled.")
    listed = kept[-ROWS_MAX:]
    heads = [("Time", "t"), ("Strategy", ""), ("Instrument", "t"), ("Side", ""), ("Size", "n"), ("Price", "n")]
    heads += [("Role", ""), ("Fee", "n"), ("Order", "t")]
    told = "" if len(listed) == total else f"The last {len(listed):,} of {total:,} fills; the journal has all of them."
    if session.fills.stride > 1:
        told = (
            f"Beyond {FILLS_MAX:,} fills only 1 of {session.fills.stride} is kept: "
            f"here are {len(listed):,} of {total:,}; the journal has all of them."
        )
    tools = filter_box("fills", "mm sell maker", len(listed))
    rows = [_fill_row(session, fill) for fill in listed]
    return (none(told) if told else "") + tools + table(heads, rows, caption="Fills, oldest first", identity="fills")


def _fill_row(session: Session, fill: FillHappened) -> list[Cell]:
    instrument = fill.instrument
    fee = f"{grouped(fill.fee)} {fill.fee_asset}"
    return [
        Cell(zoned_time(session, fill.ts_ns), str(fill.ts_ns), "t"),
        text_cell(fill.strategy),
        text_cell(instrument.symbol, "t"),
        text_cell("buy" if fill.is_buy else "sell"),
        Cell.number(size_text(instrument, fill.size_points), instrument.size_exact(fill.size_points)),
        Cell.number(price_text(instrument, fill.price_points), instrument.price_exact(fill.price_points)),
        text_cell(fill.role),
        Cell.number(clean(fee, 60), fill.fee),
        text_cell(fill.client_order_id, "t"),
    ]


def refusals(session: Session) -> str:
    """Orders that did not get what they asked for, by reason, with what to do."""
    found = sorted(session.reasons.found.items(), key=lambda item: -item[1].count)
    if not found:
        return none("None: nothing was refused, rejected or expired.")
    rows = [
        [
            text_cell(strategy),
            text_cell(KINDS[kind]),
            text_cell(reason or "-", "t"),
            Cell.number(f"{case.count:,}", case.count),
            Cell(f"{shown(advice(reason).meaning)}; <em>{shown(advice(reason).remedy)}</em>", "", "words"),
            Cell(f"{zoned_time(session, case.last.ts_ns)} {shown(case.last.detail)}", str(case.last.ts_ns), "words"),
        ]
        for (strategy, kind, reason), case in found
    ]
    heads = [
        ("Strategy", ""),
        ("What", ""),
        ("Reason", "t"),
        ("Count", "n"),
        ("In words, and what to do", ""),
        ("Last", ""),
    ]
    return table(heads, rows, caption="Refused, rejected, expired and too late, by reason")


def requests(session: Session, summary: Summary) -> str:
    """How many requests carried how many orders, and what one by one would have cost."""
    counts = session.requests
    if not counts.total:
        return none("No request was sent.")
    rows = []
    for kind, sizes in sorted(counts.by_size.items()):
        sent = sum(sizes.values())
        carried = sum(orders * count for orders, count in sizes.items())
        rows.append(
            [
                text_cell(kind.value.replace("_", " ")),
                Cell.number(f"{sent:,}", sent),
                Cell.number(f"{carried:,}", carried),
                Cell.number(f"{carried / sent:,.2f}", carried / sent),
                Cell.number(f"{max(sizes):,}", max(sizes)),
            ]
        )
    heads = [("Kind", ""), ("Requests", "n"), ("Orders carried", "n"), ("Mean", "n"), ("Most", "n")]
    compared = [
        ("one by one", summary.requests_one_by_one, f"{summary.requests_one_by_one:,}", "pale"),
        ("sent", summary.requests, f"{summary.requests:,}", ""),
    ]
    spread = [(counted(orders, "order"), count, f"{count:,}", "") for orders, count in counts.sizes.items()]
    return (
        f"<p>{requests_text(summary.requests, summary.requests_one_by_one)}</p>{gauges(compared)}"
        f"<h3>Orders in a request</h3>{gauges(spread)}"
        f"<h3>By kind</h3>{table(heads, rows, caption='Requests by kind')}"
    )
