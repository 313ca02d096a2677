"""A daemon's journal as its sessions, whatever retention has left of it."""

from __future__ import annotations

from pathlib import Path

from framework.app.replay.sessions import NO_BEGINNING, NOT_KNOWN, THINNED, Sessions
from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain
from framework.kernel.journal.compression import compress_segments
from framework.kernel.journal.group import GroupJournal
from framework.kernel.journal.retention import Keep, Retention
from framework.kernel.records import FORMAT, Checkpoint, EventHeard, Record, RunStarted, RunStopped, Turn
from tests.app.replay.test_script import heard

DAY = 86_400_000_000_000


def started(name: str) -> RunStarted:
    return RunStarted(FORMAT, name, "0.1.0", "3.11", "live", "live:plain", "00", b"{}", {}, 5)


def session(name: str, day: int, *, has_checkpoint: bool = False) -> list[Record]:
    at = day * DAY
    checkpoint: list[Record] = [Checkpoint(at + 1, {"books": name.encode()})] if has_checkpoint else []
    return [started(name), Turn(at, 0), *checkpoint, heard(at), RunStopped(at + 2, 1, "over")]


def journal_of(folder: Path, *sessions: list[Record]) -> Path:
    """A journal of sessions, a day each."""
    for day, records in enumerate(sessions, 1):
        chain = Chain(folder, f"r{day}", ManualClock(day * DAY))
        journal = GroupJournal(chain, halt=lambda _: None)
        for record in records:
            journal.write(record)
        while journal.durable < journal.written:
            journal.drain()
        journal.close()
    return folder


def read(folder: Path) -> list[tuple[str, list[Record], list[Record], str]]:
    found = []
    for each in Sessions(folder):
        records = list(each.records)
        found.append((each.started.run_id if each.started else "", list(each.earlier), records, each.obstacle))
    return found


def test_each_session_has_what_its_restart_read(tmp_path: Path) -> None:
    first, second, third = session("a", 1), session("b", 2, has_checkpoint=True), session("c", 3)
    folder = journal_of(tmp_path / "journal", first, second, third)
    before = [record for record in first if not isinstance(record, EventHeard)]
    since = [second[2], second[4]]
    assert read(folder) == [("a", [], first, ""), ("b", before, second, ""), ("c", since, third, "")]


def test_a_session_that_nobody_read_is_read_for_the_next(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1), session("b", 2))
    compress_segments(folder)
    assert [len(each.earlier) for each in Sessions(folder)] == [0, 3]


def test_what_retention_took_is_said(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1), session("b", 2, has_checkpoint=True), session("c", 3))
    Retention(folder, Keep(inputs_ns=DAY), 3 * DAY).apply()
    assert [obstacle for *_, obstacle in read(folder)] == [THINNED, THINNED, ""]
    Retention(folder, Keep(decisions_ns=DAY), 3 * DAY).apply()
    assert [(name, obstacle) for name, *_, obstacle in read(folder)] == [("", NO_BEGINNING), ("c", "")]


def test_without_a_checkpoint_nobody_knows_what_came_before(tmp_path: Path) -> None:
    days = session("a", 1), session("b", 2), session("c", 3, has_checkpoint=True), session("d", 4)
    folder = journal_of(tmp_path / "journal", *days)
    Retention(folder, Keep(decisions_ns=DAY), 3 * DAY).apply()
    assert [(name, obstacle) for name, *_, obstacle in read(folder)] == [("b", NOT_KNOWN), ("c", NOT_KNOWN), ("d", "")]
