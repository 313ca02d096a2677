"""Single orders in the report."""

from __future__ import annotations

import re

from framework.reports.last_orders import LastOrders
from framework.reports.order_table import HEADS, single_orders
from tests.reports.pages import Page, evil_run, page_of
from tests.reports.synthetic import Run, full_run


def rows_of(run: Run) -> list[list[str]]:
    rows = re.findall(r"<tr>(<th scope=\"row\".*?)</tr>", single_orders(run.session))
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_an_order_is_a_row_from_asking_to_its_end() -> None:
    run = Run()
    order = run.order("sma", size_points=1600, price_points=0)
    run.send(order)
    run.fill(order, price_points=6_164_821)
    assert [title for title, _ in HEADS] == [
        "Time", "Strategy", "Instrument", "Side", "Size", "Price", "Kind", "State", "Filled", "Average price",
        "Reason", "Order",
    ]  # fmt: skip
    ((time, *row),) = rows_of(run)
    assert re.fullmatch(r"2024-08-08 \d\d:\d\d:\d\d\.\d{3}", time)
    average = "61,648.21"
    assert row == [
        "sma", "BTC/USDT", "buy", "0.0016", "market", "market", "filled", "0.0016", average, "", "sma-1",
    ]  # fmt: skip


def test_a_refused_order_tells_why() -> None:
    (row,) = [row for row in rows_of(full_run(130)) if row[7] == "refused"]
    assert row[8:11] == ["-", "-", "min notional: min notional 1 USDT, order 0.42"]


def test_every_order_has_its_row_and_what_is_left_out_is_counted() -> None:
    run = full_run(60)
    assert len(rows_of(run)) == run.session.orders_total > 20
    assert "left out" not in single_orders(run.session)
    run.session.last_orders = LastOrders(keep=20)
    for order in full_run(60).session.last_orders.listed:
        run.session.last_orders.hear(order)
    total = run.session.orders_total
    assert len(rows_of(run)) == 20
    assert f"The last 20 of {total:,} orders: {total - 20:,} earlier ones are left out" in single_orders(run.session)


def test_a_run_without_orders_says_so() -> None:
    assert "No order was made." in single_orders(Run().session)


def test_the_table_can_be_searched_and_no_foreign_text_becomes_markup() -> None:
    page = Page(page_of(evil_run()))
    assert ("input", "single-orders") in [(tag, facts.get("data-filters")) for tag, facts in page.elements]
    assert "img" not in [tag for tag, _ in page.elements]
