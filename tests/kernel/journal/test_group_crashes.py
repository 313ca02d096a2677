"""Sessions, disk faults and crashes by seed: what was durable is never lost, and nothing is read that was not written."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.journal import past
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.group import GroupJournal
from framework.kernel.journal.head import Head
from framework.kernel.journal.linked import Link, read_folder
from framework.kernel.journal.past import JournalEnd
from framework.kernel.journal.segment import Extent, SegmentFile
from framework.kernel.records import Checkpoint, Record, Turn
from framework.model.errors import DataError
from tests.kernel.journal.chained import FOLDER, new_disk
from tests.simulation.disk import SimulatedDisk

SEEDS = 300
FAILED_ONCE = (4063,)
"""4063: the crash kept a part of the first eight bytes of a new segment, and zeros for the rest."""


END = past._end


def ignore(_: object) -> None:
    pass


def story(seed: int) -> int:
    """Some sessions of a daemon on a bad disk, each ended by a power cut or by the death of its process alone, and a power
    cut at the end. Gives how many records were durable."""
    chance, disk = random.Random(seed), new_disk()
    known: list[Record] = []
    number = 0
    for session in range(chance.randint(1, 4)):
        assert list(read_folder(FOLDER, disk)) == known
        chain = Chain(FOLDER, f"r{session}", ManualClock(session + 1), disk, chance.choice([200, 400, 10_000]))
        journal = GroupJournal(chain, halt=ignore, rescue=ignore)
        written = list(known)
        for _ in range(chance.randint(0, 25)):
            what = chance.random()
            if what < 0.5:
                number += 1
                written.append(Checkpoint(number, {}) if chance.random() < 0.1 else Turn(number, session))
                journal.write(written[-1])
            elif what < 0.85:
                journal.drain()
            else:
                _spoil(disk, chance)
        if chance.random() < 0.3:
            journal.close()
        durable = len(known) + journal.durable
        disk.mend()
        if chance.random() < 0.7:
            disk = disk.crash(chance)
        known = list(read_folder(FOLDER, disk))
        assert known == written[: len(known)]
        assert len(known) >= durable, f"{durable - len(known)} durable records are lost"
    Chain(FOLDER, "last", ManualClock(99), disk)  # what was read counts from now on
    assert list(read_folder(FOLDER, disk.crash(chance))) == known
    return len(known)


def _spoil(disk: SimulatedDisk, chance: random.Random) -> None:
    what = chance.randrange(3)
    if what == 0:
        disk.faults.failing_syncs = chance.randint(1, 3)
    disk.faults.room_bytes = chance.randint(0, 300) if what == 1 else None


@pytest.mark.fault("P2", "P9", "P10", "P12")
def test_what_was_durable_survives_every_crash() -> None:
    durable = 0
    for seed in (*FAILED_ONCE, *range(SEEDS)):
        try:
            durable += story(seed)
        except (AssertionError, DataError, OSError) as error:
            pytest.fail(f"seed {seed}: {error}")
    assert durable > SEEDS


def _believe_a_second_sync(self: GroupJournal) -> None:
    try:
        self._write_out()
    except OSError:
        self._chain.sync()
        self._publish(len(self._unsynced))


def _sync_nothing(self: SegmentFile) -> None:
    self._synced = self.size_bytes, self._digest.copy()


def _count_everything(self: SegmentFile) -> Extent:
    return Extent(self.size_bytes, self.sha256)


def _forget_the_names(self: SimulatedDisk, folder: object) -> None:
    pass


def _trust_the_cache(*found: Any) -> JournalEnd:
    return END(*found)._replace(doubtful=b"")


def _believe_an_end(head: Head | None, newest: Link | None, torn: Path | None) -> JournalEnd:
    end = END(head, newest, torn)
    return end._replace(doubtful=b"") if newest and newest.reading.is_closed else end


@pytest.mark.parametrize(
    ("owner", "name", "mutant"),
    [
        (past, "_end", _trust_the_cache),
        (past, "_end", _believe_an_end),
        (GroupJournal, "_commit", _believe_a_second_sync),
        (SegmentFile, "sync", _sync_nothing),
        (SegmentFile, "synced", property(_count_everything)),
        (SimulatedDisk, "sync_folder", _forget_the_names),
    ],
    ids=[
        "what is read is durable",
        "an end is durable",
        "a second sync is believed",
        "nothing is synced",
        "unsynced bytes count",
        "names are not synced",
    ],
)
def test_the_story_catches_a_writer_that_is_wrong(
    owner: object, name: str, mutant: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this the story above would be no evidence."""
    monkeypatch.setattr(owner, name, mutant)
    with pytest.raises((AssertionError, DataError, OSError)):
        collections.deque(map(story, range(SEEDS)), maxlen=0)
