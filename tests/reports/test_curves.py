"""What the charts draw."""

from __future__ import annotations

import math
import re

from framework.reports.curves import MARKS_MAX, marks, panels
from framework.reports.happenings import FillHappened
from tests.reports.pages import Page, page_of
from tests.reports.synthetic import SECOND_NS, START_NS, Run, full_run


def test_chart_data_is_aligned_and_marks_every_fill() -> None:
    run = full_run(300)
    data = Page(page_of(run)).data
    count = len(data["times"])
    assert count == len(run.session.samples.items) > 290
    curves = [data["equity"], data["drawdown"], *(net["values"] for net in data["nets"])]
    curves += [price["values"] for price in data["prices"]]
    assert all(len(curve) == count for curve in curves)
    marked = sum(len(price["buys"]) + len(price["sells"]) for price in data["prices"])
    assert marked == run.session.total.fills > 20
    assert re.fullmatch(r"\w+ (bought|sold) [\d.]+ \w+ at [\d,.]+, (maker|taker)", data["prices"][0]["buys"][0][2])


def test_series_of_one_range_share_a_chart_and_others_do_not() -> None:
    run = Run()
    for second in range(10):
        ts_ns = START_NS + second * SECOND_NS
        run.session.plotted("sma", "fast", ts_ns, 61_600 + second)
        run.session.plotted("sma", "slow", ts_ns, 61_602 + second)
        run.session.plotted("sma", "rsi", ts_ns, 50 + second)
        run.session.plotted("mm", "skew", ts_ns, 50 + second)
        run.session.plotted("mm", "broken", ts_ns, math.nan)
    names = [[plot.name for plot in panel] for panel in panels(run.session.plots.values())]
    assert names == [["fast", "slow"], ["rsi"], ["skew"]]


def test_numbers_that_are_none_are_left_out_and_counted() -> None:
    run = Run()
    for second, value in enumerate((1.0, math.inf, math.nan, 2.0)):
        run.session.plotted("mm", "line", START_NS + second * SECOND_NS, value)
    page = page_of(run)
    assert Page(page).data["plots"][0][0]["values"] == [1.0, 2.0]
    assert "2 points that were no number are left out" in page


def test_a_range_wider_than_a_float_is_drawn() -> None:
    run = Run()
    run.session.plotted("mm", "wide", START_NS, 1e308)
    run.session.plotted("mm", "wide", START_NS + SECOND_NS, -1e308)
    (line,) = Page(page_of(run)).data["plots"][0]
    assert (line["digits"], line["values"]) == (0, [1e308, -1e308])


def test_a_name_that_is_no_text_is_shown_as_one() -> None:
    run = Run()
    for second in range(2):
        run.session.plotted("mm", 7, START_NS + second * SECOND_NS, 1.0)  # type: ignore[arg-type]  # a plugin's slip
        run.session.plotted("mm", "x" * 900, START_NS + second * SECOND_NS, 90.0)
    names = [line["name"] for panel in Page(page_of(run)).data["plots"] for line in panel]
    assert names == ["7", "x" * 40]


def test_marks_on_a_chart_are_bounded() -> None:
    run = Run()
    order = run.order("mm")
    run.send(order)
    run.fill(order)
    fill: FillHappened = run.session.fills.items[0]
    assert len(marks([fill] * (MARKS_MAX + 1))) <= MARKS_MAX
    assert marks([]) == []
