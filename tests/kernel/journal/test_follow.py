"""Following: each record once, whole ones alone, over the borders of segments."""

from __future__ import annotations

from pathlib import Path

from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain, GroupJournal, JournalWriter
from framework.kernel.journal.follow import Follower
from framework.kernel.records import Turn
from tests.kernel.journal.chained import turns
from tests.kernel.journal.examples import RECORDS, unclosed


def test_each_look_gives_what_came_since(tmp_path: Path) -> None:
    path = tmp_path / "journal.bin"
    writer = JournalWriter(path, "r1")
    follower = Follower(path)
    assert list(follower.new()) == []
    for record in RECORDS:
        writer.write(record)
        writer.flush()
        assert list(follower.new()) == [record]
        assert list(follower.new()) == []
    assert not follower.is_over
    writer.close()
    assert list(follower.new()) == []
    assert follower.is_over


def test_a_record_is_given_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.bin"
    whole = unclosed(Turn(1, 1))
    path.write_bytes(b"")
    follower = Follower(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert list(follower.new()) == []
    path.write_bytes(whole)
    assert list(follower.new()) == [Turn(1, 1)]


def test_segments_and_sessions_are_followed_over_their_borders(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    found = []
    follower: Follower | None = None
    for number in range(3):
        journal = GroupJournal(Chain(folder, "r1", ManualClock(), segment_bytes=200), halt=print)
        follower = follower or Follower(folder)
        for record in turns(10 * number + 1, 10 * number + 10):
            journal.write(record)
            journal.drain()
            found += follower.new()
        journal.close()
    assert follower is not None
    assert found == turns(1, 30)
    assert not follower.is_over
