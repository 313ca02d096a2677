"""A word that no verb knows does not type-check in a strategy; what an author writes by the page does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.typing.checked import checked

SNIPPET = """
from framework import BookView, FeedStatus, Fill, Order, OrderReport, OrderState, Quote, ReportKind, Strategy


class Typed(Strategy):
    instrument: str = "BTC/USDT@bitget"

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self.buy(self.instrument, "0.01", price=quote.bid, tif="ioc")
        self.buy(self.instrument, "0.01", price=quote.bid, tif="zzz")  # refused
        self.target(self.instrument, 1, style="passive")
        self.target(self.instrument, 1, style="slow")  # refused
        self.ladder(self.instrument, bids=[(quote.bid, 1), ("60000", "0.01")])

    def on_book(self, book: BookView) -> None:
        (price, size), *_ = book.bids()
        self.plot("depth", price * size)

    def on_fill(self, order: Order, fill: Fill) -> None:
        self.plot("paid", fill.price * fill.size + fill.fee)

    def on_order(self, order: Order, report: OrderReport) -> None:
        if order.state is OrderState.REFUSED or report.kind is ReportKind.AMEND_REJECTED:
            self.log.info("told", reason=report.reason)
        order.state = OrderState.FILLED  # read-only

    def on_feed(self, status: FeedStatus) -> None:
        if not status.is_live:
            self.ladder(self.instrument)
"""


def test_an_unknown_word_is_found_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = checked(SNIPPET, tmp_path, monkeypatch)
    errors = [line for line in said.splitlines() if ": error: " in line]
    for words, code in (("# refused", "[arg-type]"), ("# read-only", "[misc]")):
        expected = [number for number, line in enumerate(SNIPPET.splitlines(), start=1) if line.endswith(words)]
        found = [int(line.split(":")[1]) for line in errors if line.endswith(code)]
        assert found == expected, said
    assert len(errors) == SNIPPET.count("  # ")
