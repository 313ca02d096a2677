"""What a journal tells of a run's load: a tape's, and a daemon's, whatever its sessions and its end."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from framework.app.recorded_load import evidence_of
from framework.kernel.account_lock import FolderLock
from framework.kernel.journal.places import records_of
from framework.kernel.records import Record, RequestSent, RunStarted, RunStopped, SessionOpened
from framework.model.errors import DataError
from framework.venues.named import rules_named
from tests.app.replay.test_sessions import journal_of

KEPT = Path(__file__).parents[1] / "replays"
LATER = "the last session has no end"


def sessions_of(name: str) -> list[list[Record]]:
    """The sessions of a kept journal."""
    found: list[list[Record]] = []
    for record in records_of(KEPT / name / "journal"):
        if isinstance(record, RunStarted):
            found.append([])
        found[-1].append(record)
    return found


def requests(*sessions: list[Record]) -> int:
    return sum(isinstance(record, RequestSent) for records in sessions for record in records)


@pytest.mark.parametrize("name", ["kill", "faults"])
def test_all_sessions_of_a_daemon_are_reckoned_kills_hard_ends_and_restarts_included(name: str) -> None:
    found, sessions = evidence_of(KEPT / name), sessions_of(name)
    assert (found.source, found.load.requests) == (f"{len(sessions)} sessions of {name}", requests(*sessions))
    assert (found.rules.name, found.notes) == ("bitget-spot", ())
    assert 1_000_000 <= found.load.round_trip_ns < 1_000_000_000


def test_a_tapes_run_is_reckoned_and_says_where_it_was_torn(tmp_path: Path) -> None:
    whole = evidence_of(KEPT / "paper")
    assert whole.notes == ()
    content = (KEPT / "paper" / "journal.bin").read_bytes()
    (tmp_path / "journal.bin").write_bytes(content[:-3])
    torn = evidence_of(tmp_path)
    assert torn.load.requests == whole.load.requests
    assert "ends inside a record" in torn.notes[0]


def test_a_daemon_that_runs_is_told_from_one_that_was_cut_off(tmp_path: Path) -> None:
    first, second = sessions_of("kill")
    cut = second[: next(at for at, record in enumerate(second) if isinstance(record, RunStopped))]
    folder = journal_of(tmp_path / "daemon" / "journal", first, cut)
    newest = max(folder.iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])  # its end, and a part of the record before
    torn = f"the journal ends inside a record ({evidence_of(folder).notes[-1].partition('(')[2]}"
    assert evidence_of(folder).notes == (f"{LATER}: it was cut off; reckoned up to there", torn)
    with FolderLock(folder.parent):
        assert evidence_of(folder.parent).notes[0].startswith(f"{LATER}: its daemon runs still (process ")
    assert evidence_of(folder).load.requests == requests(first, cut)


def test_sessions_under_other_rules_or_without_a_beginning_are_left_out_and_counted(tmp_path: Path) -> None:
    first, second = sessions_of("kill")
    other = msgspec.msgpack.Encoder(decimal_format="string").encode(rules_named("bitget-unified"))
    elsewhere: list[Record] = [
        msgspec.structs.replace(record, rules=other) if isinstance(record, SessionOpened) else record
        for record in first
    ]
    beheaded = [record for record in first if not isinstance(record, SessionOpened)]
    found = evidence_of(journal_of(tmp_path / "a" / "journal", elsewhere, beheaded, second))
    assert found.notes == ("2 sessions under other rules, or whose beginning was removed, are not reckoned",)
    assert (found.source, found.load.requests) == ("1 session of a", requests(second))
    with pytest.raises(DataError, match="expected a session that tells its settings and its venue's rules, found none"):
        evidence_of(journal_of(tmp_path / "b" / "journal", beheaded))


def test_what_is_no_journal_of_a_run_is_said_in_words(tmp_path: Path) -> None:
    shutil.copy(max((KEPT / "kill" / "journal").glob("*.bin")), tmp_path / "journal.bin")
    with pytest.raises(DataError, match="expected"):
        evidence_of(tmp_path)
