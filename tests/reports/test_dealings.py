"""Orders, fills, refusals and requests in the report."""

from __future__ import annotations

import re

import pytest

from framework.model.events import ReportKind
from framework.reports import dealings
from framework.reports import session as session_module
from tests.reports.pages import Page, page_of
from tests.reports.synthetic import Run, full_run


def test_a_long_table_is_cut_and_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealings, "ROWS_MAX", 10)
    run = full_run(300)
    page = page_of(run)
    total = run.session.total.fills
    assert f"The last 10 of {total:,} fills; the journal has all of them." in page
    body = page[page.index('id="fills"') :]
    assert body[: body.index("</table>")].count("<tr>") == 11


def test_thinned_fills_are_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "FILLS_MAX", 16)
    page = page_of(full_run(300))
    assert "fills only 1 of" in page
    assert "only every n-th fill is marked" in page


def test_what_became_of_the_orders_is_a_row_a_strategy() -> None:
    run = full_run(300)
    ended = run.session.ended["mm"]
    row = re.search(r'<tr><th scope="row">mm</th>(.*?)</tr>', page_of(run)[page_of(run).index('id="orders"') :])
    assert row is not None
    counts = [int(count.replace(",", "")) for count in re.findall(r">([\d,]+)</td>", row[1])]
    assert counts[0] == run.session.tally("mm").orders == sum(counts[1:5]) + counts[6]
    assert counts[1] == ended["filled"] > 0


def test_an_order_taken_back_is_not_called_refused() -> None:
    run = Run()
    assert "Withdrawn" not in page_of(run)
    run.end(run.order("mm"), ReportKind.CANCELLED, "withdrawn", "cancelled before it left")
    text = Page(page_of(run)).text
    assert "Withdrawn" in text
    assert "refused by us" not in text


def test_refusals_come_with_their_meaning_remedy_and_last_case() -> None:
    text = Page(page_of(full_run(300))).text
    for wanted in (
        "refused by us",
        "expired",
        "post_only_would_take",
        "min notional 1 USDT, order 0.42",
        "raise the size",
    ):
        assert wanted in text


def test_requests_are_compared_with_one_by_one() -> None:
    run = full_run(300)
    text = Page(page_of(run)).text
    assert f"{run.session.total.requests:,} sent, {run.session.total.requests_one_by_one:,} one by one" in text
    for orders, count in run.session.requests.sizes.items():
        assert f"{orders} order{'s' if orders > 1 else ''}{count}" in text
