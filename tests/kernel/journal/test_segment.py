"""A segment while it is written: what survives is known at each moment."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from framework.kernel.journal.frames import encode
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.reading import Reading
from framework.kernel.journal.segment import SegmentFile
from framework.kernel.records import FORMAT
from tests.kernel.journal.examples import RECORDS
from tests.simulation.disk import SimulatedDisk

PATH = Path("run") / "journal.bin"


@pytest.fixture
def disk() -> SimulatedDisk:
    disk = SimulatedDisk()
    disk.make_folder(PATH.parent)
    return disk


def segment_on(disk: SimulatedDisk) -> SegmentFile:
    segment = SegmentFile(disk, PATH, SegmentOpened(FORMAT, "r1", 1))
    disk.sync_folder(PATH.parent)
    return segment


def test_what_is_synced_survives_and_is_known_by_its_digest(disk: SimulatedDisk) -> None:
    segment = segment_on(disk)
    for record in RECORDS:
        segment.append(encode(record), 1)
        segment.sync()
        segment.append(encode(RECORDS[0]), 1)
        extent = segment.synced
        for seed in range(5):
            found = disk.crash(random.Random(seed)).read(PATH)[: extent.size_bytes]
            assert len(found) == extent.size_bytes
            assert hashlib.sha256(found).hexdigest() == extent.sha256


def test_what_was_appended_behind_a_failed_sync_is_not_said_to_survive(disk: SimulatedDisk) -> None:
    segment = segment_on(disk)
    segment.sync()
    before = segment.synced
    segment.append(encode(RECORDS[0]), 1)
    disk.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        segment.sync()
    assert segment.synced == before


@pytest.mark.parametrize("is_synced", [True, False])
def test_a_closed_segment_says_so(disk: SimulatedDisk, *, is_synced: bool) -> None:
    segment = segment_on(disk)
    segment.append(encode(RECORDS[0]), 1)
    segment.close(is_synced=is_synced)
    reading = Reading(PATH, disk.read(PATH))
    assert list(reading.records()) == RECORDS[:1]
    assert reading.is_closed
    assert (segment.synced.size_bytes == disk.size_bytes(PATH)) is is_synced
    assert hashlib.sha256(disk.read(PATH)).hexdigest() == segment.sha256


def test_an_abandoned_segment_is_left_as_it_is(disk: SimulatedDisk) -> None:
    segment = segment_on(disk)
    segment.append(encode(RECORDS[0]), 1)
    before = disk.read(PATH)
    segment.abandon()
    assert disk.read(PATH) == before
