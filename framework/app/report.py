"""A run's report, made again by playing the run again from its journal."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from framework.app.files import RunFiles, read_note
from framework.app.hearing import end, listen
from framework.app.paper.run import paper_facts
from framework.app.replay.recorded import RecordedRun
from framework.kernel.clock import Stopwatch
from framework.kernel.logging import configure
from framework.model.errors import DataError
from framework.model.money import plain
from framework.reports.html import write_report
from framework.reports.session import Session
from framework.reports.summary import summarise

MADE_AGAIN: Final = (
    "This report was made by playing the journal's run again, which took the same {records:,} recorded decisions. Times "
    "on the wall are those of playing it again; when the first fill came is not known."
)
CUT_OFF: Final = "cut off"


def report_again(run: Path, tape_path: str = "") -> Path:
    """Write `report.html` beside the journal; gives its path.

    Args:
        run: a run's folder, or its journal.
        tape_path: the tape, where it moved.

    Raises:
        DataError: no journal, a damaged one, other code or another tape than the run had, a decision that differs, or
            the report cannot be written.
        ConfigError: the tape is not where it was.
    """
    configure(lambda: 0, level="critical")  # what it logs happened then, not now
    watch = Stopwatch()
    recorded = RecordedRun.of(run, tape_path)
    again = recorded.again()
    files = RunFiles(recorded.config)
    files.folder = recorded.journal.parent
    facts = paper_facts(again.run, files)
    engine = again.run.core.engine
    session = Session(facts, engine.portfolio, engine.quote)
    listen(again.run, session)
    difference = again.play()
    if difference:
        raise DataError(f"journal {recorded.journal}: expected the same run again, found {difference}")
    end(again.run, session)
    session.facts = msgspec.structs.replace(
        facts,
        speed=str(read_note(recorded.journal).get("speed", facts.speed)),
        journal=str(recorded.journal),
        assumptions=(*facts.assumptions, MADE_AGAIN.format(records=again.comparison.equal)),
    )
    summary = summarise(
        session,
        duration_s=watch.elapsed_s,
        stopped_by=CUT_OFF if recorded.stop is None else recorded.stop.reason,
        ledger_difference={asset: plain(value) for asset, value in again.run.ledger_difference.items()},
        journal=str(recorded.journal),
        journal_sha256=hashlib.sha256(recorded.journal.read_bytes()).hexdigest(),
        report=str(files.report),
    )
    write_report(files.report, session, summary)
    return files.report
