"""Journals that are kept replay identically: no change decides otherwise without being noticed (`make replays`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.replay.recorded import replay
from framework.app.replay.verdict import JournalVerdict, Verdict
from framework.kernel.journal import JournalWriter
from framework.kernel.journal.places import find_journal, records_of
from framework.kernel.records import KillStepped, OrderMade, Record, ReportTaken, SweepStepped
from framework.model.events import ReportKind
from tests.app.replay.test_session import rewritten
from tests.replays.__main__ import paper

FOLDER: Final = Path(__file__).parent
NAMES: Final = ("faults", "kill", "paper")
BYTES_MAX: Final = 200_000
REMEDY: Final = "where decisions are meant to be others: make replays"


def replayed(journal: Path) -> Verdict | JournalVerdict:
    if journal.is_dir():
        return replay_daemon(journal, with_changes=True)
    return replay(journal, with_changes=True)


@pytest.mark.fault("P31")
@pytest.mark.parametrize("name", NAMES)
def test_a_kept_journal_replays_identically(name: str) -> None:
    verdict = replayed(find_journal(FOLDER / name))
    assert verdict.is_identical, "\n".join([*verdict.lines(), REMEDY])
    sizes = [path.stat().st_size for path in (FOLDER / name).rglob("*") if path.is_file()]
    assert sum(sizes) < BYTES_MAX


@pytest.mark.parametrize("name", NAMES)
def test_a_decision_that_differs_is_named(name: str, tmp_path: Path) -> None:
    kept = find_journal(FOLDER / name)
    records = list(records_of(kept))
    made = [number for number, record in enumerate(records) if isinstance(record, OrderMade)]
    at = made[len(made) // 2]
    order = records[at]
    assert isinstance(order, OrderMade)
    records[at] = msgspec.structs.replace(order, price_points=order.price_points + 1)
    verdict = replayed(written(kept, records, tmp_path))
    text = "\n".join(verdict.lines())
    assert verdict.is_different
    assert f"price_points={order.price_points + 1}" in text
    assert f"price_points={order.price_points}," in text
    assert order.client_order_id in text


def written(kept: Path, records: list[Record], folder: Path) -> Path:
    """A journal of the same form with other records."""
    if kept.is_dir():
        left = iter(records)
        return rewritten(kept, folder / "journal", lambda _: next(left))
    with JournalWriter(folder / "journal.bin", "rewritten") as writer:
        for record in records:
            writer.write(record)
    return folder / "journal.bin"


def test_they_hold_what_they_are_kept_for() -> None:
    kinds = {
        record.report.kind for record in records_of(find_journal(FOLDER / "faults")) if isinstance(record, ReportTaken)
    }
    assert {ReportKind.UNKNOWN, ReportKind.FILLED, ReportKind.CANCELLED} <= kinds
    steps = list(records_of(find_journal(FOLDER / "kill")))
    assert {step.state for step in steps if isinstance(step, KillStepped)} >= {"tripped", "reducing", "armed"}
    assert "swept" in {step.phase for step in steps if isinstance(step, SweepStepped)}


def test_the_tapes_journal_is_the_same_each_time_it_is_made(tmp_path: Path) -> None:
    first, second = (paper(tmp_path / name).read_bytes() for name in "ab")
    assert first == second
