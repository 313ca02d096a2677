"""A report made again from a journal tells of the same run."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from framework.app.assembly import PaperRun
from framework.app.replay.recorded import RecordedRun
from framework.app.report import report_again
from framework.kernel.journal import JournalWriter, read_journal
from framework.kernel.records import OrderMade, RunStopped
from framework.model.errors import DataError
from tests.app.conftest import MakeConfig, Trade


def tables(page: str) -> list[str]:
    return re.findall(r"<table.*?</table>", page, re.DOTALL)


def test_the_report_made_again_has_the_same_tables_and_says_what_it_is(config: MakeConfig, trade: Trade) -> None:
    summary = trade(config(only=("sma", "grid")))
    report = Path(summary.report)
    first = report.read_text(encoding="utf-8")
    report.unlink()
    assert report_again(report.parent) == report
    page = report.read_text(encoding="utf-8")
    assert len(tables(page)) > 4
    assert tables(page) == tables(first)
    assert "made by playing the journal" in page
    assert "made by playing the journal" not in first
    assert summary.journal_sha256 in page


def test_a_run_that_was_cut_off_gets_its_report_up_to_there(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    start_ns = PaperRun.of(settings, lambda _: lambda _record: None).start_ns
    journal = Path(trade(settings, stop_at_ns=start_ns + 60_000_000_000).journal)
    records = list(read_journal(journal))
    journal.unlink()
    with JournalWriter(journal, "rewritten") as writer:
        for record in records:
            if isinstance(record, RunStopped):
                break
            writer.write(record)
    journal.with_name("report.html").unlink()
    page = report_again(journal).read_text(encoding="utf-8")
    assert "ended by cut off" in page
    orders = [record for record in RecordedRun.of(journal).records if isinstance(record, OrderMade)]
    assert page.count(orders[-1].client_order_id) >= 1


def test_no_report_is_made_of_a_run_that_decides_otherwise(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    records = list(read_journal(journal))
    at, made = next((at, record) for at, record in enumerate(records) if isinstance(record, OrderMade))
    records[at] = msgspec.structs.replace(made, size_points=made.size_points + 1)
    journal.unlink()
    journal.with_name("report.html").unlink()
    with JournalWriter(journal, "rewritten") as writer:
        for record in records:
            writer.write(record)
    with pytest.raises(DataError, match="expected the same run again, found record"):
        report_again(journal.parent)
    assert not journal.with_name("report.html").exists()
