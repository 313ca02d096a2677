"""What a start reads: no segment twice, nothing older than the newest checkpoint, and whether the end is sure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.frames import encode
from framework.kernel.journal.head import read_head, write_head
from framework.kernel.journal.linked import newest_checkpoint
from framework.kernel.journal.names import segment_path, segments
from framework.kernel.journal.past import JournalEnd, Past
from framework.kernel.records import Checkpoint, Record, Turn
from tests.kernel.journal.chained import FOLDER, chain_on, new_disk, session, turns
from tests.simulation.disk import SimulatedDisk


def read(disk: SimulatedDisk) -> tuple[list[Record], JournalEnd]:
    past = Past(FOLDER, disk)
    return list(past.records()), past.end


def test_a_start_reads_each_segment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = new_disk()
    for number in range(3):
        session(disk, [*turns(1, 20), Checkpoint(20, {"orders": b"x"}), *turns(21, 40)], is_closed=number < 2)
    begun = newest_checkpoint(FOLDER, disk).number
    reads, plainly = Counter[Path](), disk.read

    def counted(path: Path, most_bytes: int = -1) -> bytes:
        if most_bytes < 0:
            reads[path] += 1
        return plainly(path, most_bytes)

    monkeypatch.setattr(disk, "read", counted)
    records, end = read(disk)
    Chain(FOLDER, "r2", ManualClock(1), disk, end=end)
    assert records == [Checkpoint(20, {"orders": b"x"}), *turns(21, 40)]
    since = [path for number, path in segments(disk, FOLDER).items() if begun <= number <= end.number]
    assert len(since) > 1
    assert {path: count for path, count in reads.items() if path.parent == FOLDER} == dict.fromkeys(since, 1)


def test_where_nothing_is_a_journal_begins() -> None:
    assert read(new_disk()) == ([], JournalEnd())


def test_where_it_ends_is_known_when_it_was_read() -> None:
    disk = new_disk()
    session(disk, turns(1, 3), is_closed=False)
    whole = disk.read(segment_path(FOLDER, 1))
    disk.put(segment_path(FOLDER, 1), whole + encode(Turn(4, 4))[:-1])
    disk.put(segment_path(FOLDER, 2), b"BOT")
    _, end = read(disk)
    assert (end.first, end.number, end.extent.size_bytes) == (1, 1, len(whole))
    assert end.torn_bytes == len(encode(Turn(4, 4))) - 1
    assert end.torn == segment_path(FOLDER, 2)


@pytest.mark.fault("P12")
def test_only_a_close_that_was_noted_is_sure() -> None:
    """The note is made after the last sync; the end that stands in the file itself is there before it."""
    disk = new_disk()
    session(disk, turns(1, 3))
    assert read(disk)[1].doubtful == b""
    head = read_head(disk, FOLDER)
    assert head is not None
    write_head(disk, FOLDER, type(head)(head.first, head.last))
    assert read(disk)[1].doubtful == disk.read(segment_path(FOLDER, 1))
    chain_on(disk, run_id="r2")
    assert read(disk)[1].doubtful == disk.read(segment_path(FOLDER, 2))
