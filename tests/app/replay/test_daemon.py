"""A daemon's journal replayed as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.replay.session import TOO_OLD
from framework.app.replay.sessions import NO_BEGINNING
from framework.kernel.journal.retention import Keep, Retention
from framework.model.errors import DataError
from tests.app.replay.test_sessions import DAY, journal_of, session


def test_sessions_that_cannot_be_played_again_are_each_told_why(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1, has_checkpoint=True), session("b", 2))
    Retention(folder, Keep(decisions_ns=DAY), 3 * DAY).apply()
    verdict = replay_daemon(folder)
    assert [each.obstacle for each in verdict.sessions] == [NO_BEGINNING, TOO_OLD]
    assert (verdict.is_identical, verdict.is_different) == (False, False)


def test_a_journal_without_a_session_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a session of a daemon, found none"):
        replay_daemon(journal_of(tmp_path / "journal", []))


def test_a_damaged_journal_is_said_in_words(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1), session("b", 2))
    path = min(folder.iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected"):
        replay_daemon(folder)
