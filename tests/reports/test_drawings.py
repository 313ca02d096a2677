"""Charts and profit in the report."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from framework.reports import session as session_module
from tests.reports.pages import Page, page_of
from tests.reports.synthetic import BTC, SECOND_NS, START_NS, Run, full_run


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_run_of_one_or_two_points_has_a_page(seconds: int) -> None:
    page = page_of(full_run(seconds))
    assert ("Too few points to draw" in page) == (seconds == 0)


def test_an_instrument_without_a_quote_is_said() -> None:
    run = Run()
    for second in range(3):
        run.quote(BTC, 61_600)
        run.session.sample(START_NS + second * SECOND_NS)
    text = Page(page_of(run)).text
    assert "No quote of it came." in text
    assert "ETH/USDT@bitget" in text


def test_profit_has_a_row_a_strategy_and_one_of_all() -> None:
    page = page_of(full_run(300))
    part = page[page.index('id="profit"') : page.index('id="equity"')]
    assert re.findall(r'<th scope="row">(\w+)</th>', part) == ["mm", "sma", "grid", "rebalance", "all"]
    assert part.count('class="bar"') == 4 * 4


def test_funding_is_a_column_where_any_was_paid() -> None:
    run = full_run(300)
    assert "+ Funding" not in page_of(run)
    run.ledgers.funding["sma"] = Decimal(7)
    page = page_of(run)
    part = page[page.index('id="profit"') : page.index('id="equity"')]
    assert "+ Funding" in part and "+7.00" in part
    assert part.count('class="bar"') == 4 * 5
    assert "funding +7.00" in page


def test_charts_say_in_words_what_they_show() -> None:
    labels = [a["aria-label"] or "" for _, a in Page(page_of(full_run(300))).elements if "data-chart" in a]
    assert re.match(r"Price of BTC/USDT@bitget from 61,[\d.]+ to 61,[\d.]+, \d+ buys and \d+ sells marked", labels[0])
    assert all(labels)


def test_a_plot_is_titled_by_its_strategy_and_series() -> None:
    page = page_of(full_run(60))
    part = page[page.index('id="plots"') : page.index('id="orders"')]
    assert re.findall("<h3>(.*?)</h3>", part) == ["sma: fast mean, slow mean", "mm: skew, bps"]


def test_plots_beyond_the_bound_are_admitted() -> None:
    run = Run()
    for number in range(session_module.PLOTS_MAX + 3):
        run.session.plotted("mm", f"line {number}", START_NS, 1.0)
    assert "3 points of further series are left out." in Page(page_of(run)).text
