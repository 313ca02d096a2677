"""Compression: the same records in fewer bytes, one whole file of each segment at any moment."""

from __future__ import annotations

import contextlib
import random

import pytest

from framework.kernel.journal.compression import Compressed, compress_segments
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.linked import read_folder
from framework.kernel.journal.names import segment_path, segments
from tests.kernel.journal.chained import FOLDER, Desk, new_disk, session, turns
from tests.simulation.disk import SimulatedDisk

RECORDS = turns(1, 200)


@pytest.fixture
def disk() -> SimulatedDisk:
    disk = new_disk()
    chain = Desk(disk, segment_bytes=2_000)
    chain.write(RECORDS)
    chain.journal.drain()
    chain.journal.close()
    return disk


def test_all_but_the_newest_are_compressed_and_read_as_before(disk: SimulatedDisk) -> None:
    found = compress_segments(FOLDER, disk)
    names = [path.name for path in segments(disk, FOLDER).values()]
    assert found.segments == len(names) - 1
    assert names == ["journal-000001.bin.gz", "journal-000002.bin"]
    assert found.after_bytes < found.before_bytes
    assert list(read_folder(FOLDER, disk)) == RECORDS
    assert inspect_journal(FOLDER, disk).is_whole
    assert compress_segments(FOLDER, disk) == Compressed(0, 0, 0)


def test_a_daemon_goes_on_behind_compressed_segments(disk: SimulatedDisk) -> None:
    compress_segments(FOLDER, disk)
    session(disk, turns(201, 203), run_id="r2")
    assert list(read_folder(FOLDER, disk)) == turns(1, 203)


@pytest.mark.fault("P11")
def test_a_journal_that_is_not_whole_is_not_touched(disk: SimulatedDisk) -> None:
    disk.flip(segment_path(FOLDER, 2), 120)
    names = disk.names(FOLDER)
    with pytest.raises(Damaged):
        compress_segments(FOLDER, disk)
    assert disk.names(FOLDER) == names


class Stopped(Exception):
    """The process dies here."""


@pytest.mark.parametrize("step", range(0, 40, 2))
def test_a_crash_at_any_step_loses_nothing(disk: SimulatedDisk, step: int) -> None:
    steps = iter(range(step))

    class Dying:
        """The simulated disk, and the process dies after a number of calls."""

        def __getattr__(self, name: str) -> object:
            if next(steps, None) is None:
                raise Stopped
            return getattr(disk, name)

    with contextlib.suppress(Stopped):
        compress_segments(FOLDER, Dying())  # type: ignore[arg-type]  # it is one, by delegation
    for seed in range(20):
        after = disk.crash(random.Random(seed))
        assert list(read_folder(FOLDER, after)) == RECORDS
        session(after, turns(201, 201), run_id="r2")
        assert list(read_folder(FOLDER, after)) == turns(1, 201)


def test_a_full_disk_leaves_the_segment(disk: SimulatedDisk) -> None:
    disk.faults.room_bytes = 50
    with pytest.raises(OSError, match="No space left"):
        compress_segments(FOLDER, disk)
    assert list(read_folder(FOLDER, disk)) == RECORDS
