"""What was not as it should be, said once and only when there is something to say."""

from __future__ import annotations

from framework.model.batch import BatchKind
from framework.model.events import FeedState, ReportKind
from framework.reports.closing import closing_lines
from framework.reports.overview import head
from framework.reports.troubles import troubles
from tests.reports.synthetic import Run, summary_of


def test_a_run_without_trouble_says_nothing_of_it() -> None:
    run = Run()
    run.feed(FeedState.LIVE)
    run.feed(FeedState.SEAM)
    assert troubles(run.session) == []
    assert "trouble" not in "\n".join(closing_lines(summary_of(run)))


def test_each_trouble_is_told_in_summary_closing_words_and_report() -> None:
    run = Run()
    run.feed(FeedState.GAP, "3 trades missing")
    run.feed(FeedState.DEFECT, "row left out")
    run.feed(FeedState.DEFECT, "row left out")
    run.session.slow = {"mm\x1b": 2}
    run.session.unpriced_fees = 1
    summary = summary_of(run)
    slow, feed, fees = summary.troubles
    assert slow.startswith("mm\\x1b: 2 handler calls took too long; run.log has the stack")
    assert feed == (
        "the feed had 1 gap, 2 defects; strategies were told in on_feed; run.py journal export "
        "var/runs/1f3a9c02/journal.bin --kind feed names each"
    )
    assert fees.startswith("1 fee in an asset without a price")
    lines = closing_lines(summary)
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("trouble") for line in lines) == 3
    assert all(words in head(run.session, summary) for words in ("took too long", "2 defects", "without a price"))


def test_changes_that_were_refused_are_a_trouble_and_saved_no_request() -> None:
    run = Run()
    orders = [run.order("mm"), run.order("mm")]
    run.send(*orders)
    run.send(*orders, kind=BatchKind.AMEND)
    before = run.session.total.requests_one_by_one
    for order in orders:
        said = run.report(order, ReportKind.AMEND_REJECTED, reason="unknown_order", detail="order 7 is not there")
        run.session.reported(order, said)
    assert troubles(run.session) == ["mm: 2 changes of orders refused, the last: order 7 is not there"]
    assert run.session.total.requests_one_by_one == before - 2
