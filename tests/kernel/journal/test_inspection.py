"""`verify`: every fault of a journal with file, place and remedy; a tail that a crash tore is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.kernel.journal.frames import encode
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.names import head_path, segment_path
from framework.kernel.records import Turn
from framework.model.errors import DataError
from tests.kernel.journal.chained import FOLDER, Desk, new_disk, session, turns
from tests.kernel.journal.examples import RECORDS, unclosed, written
from tests.simulation.disk import SimulatedDisk


@pytest.fixture
def disk() -> SimulatedDisk:
    disk = new_disk()
    session(disk, turns(1, 20))
    session(disk, turns(21, 30), run_id="r2", is_closed=False)
    session(disk, turns(31, 32), run_id="r3")
    return disk


def test_a_whole_journal_has_its_segments_and_no_findings(disk: SimulatedDisk) -> None:
    found = inspect_journal(FOLDER, disk)
    assert found.is_whole
    assert found.records == 32
    assert {(one.state, one.left_out_bytes) for one in found.segments} == {("closed", 0), ("continued in the next", 0)}
    assert [one.number for one in found.segments] == list(range(1, len(found.segments) + 1))
    assert {one.run_id for one in found.segments} == {"r1", "r2", "r3"}


def test_a_torn_tail_is_said_and_is_no_fault(disk: SimulatedDisk) -> None:
    newest = max(inspect_journal(FOLDER, disk).segments, key=lambda one: one.number)
    disk.remove(head_path(FOLDER))
    disk.put(Path(newest.file), disk.read(Path(newest.file))[:-3])
    found = inspect_journal(FOLDER, disk)
    assert found.segments[-1].state == "torn"
    assert found.segments[-1].left_out_bytes > 0


def test_what_a_failed_disk_left_is_said_and_is_no_fault() -> None:
    disk = new_disk()
    desk = Desk(disk)
    desk.write(turns(1, 2))
    desk.journal.drain()
    disk.faults.failing_syncs = 1
    desk.write(turns(3, 4))
    desk.journal.drain()
    found = inspect_journal(FOLDER, disk)
    assert found.is_whole
    assert [(one.records, one.left_out_bytes) for one in found.segments] == [(2, 2 * len(encode(Turn(3, 3)))), (2, 0)]


@pytest.mark.fault("P11", "P13")
def test_every_fault_is_found_not_the_first_alone(disk: SimulatedDisk) -> None:
    disk.flip(segment_path(FOLDER, 1), 120)
    disk.flip(segment_path(FOLDER, 3), 120)
    found = inspect_journal(FOLDER, disk)
    assert not found.is_whole
    assert {Path(one.file).name for one in found.findings} == {"journal-000001.bin", "journal-000003.bin"}
    assert all(one.remedy.startswith("restore it from a copy") and one.expected and one.found for one in found.findings)
    assert found.findings[0].offset in range(60, 121)
    assert [one.number for one in found.segments if one.state == "damaged"] == [1, 3]


@pytest.mark.fault("P13")
def test_a_missing_segment_is_found_and_the_others_are_looked_at(disk: SimulatedDisk) -> None:
    disk.remove(segment_path(FOLDER, 2))
    found = inspect_journal(FOLDER, disk)
    assert [Path(one.file).name for one in found.findings] == ["journal-000002.bin"]
    assert 2 not in [one.number for one in found.segments]
    assert len(found.segments) > 2


@pytest.mark.fault("P13")
def test_an_older_newest_segment_is_found(disk: SimulatedDisk) -> None:
    newest = Path(inspect_journal(FOLDER, disk).segments[-1].file)
    disk.put(newest, unclosed(Turn(31, 31)))
    assert not inspect_journal(FOLDER, disk).is_whole


def test_one_file_is_a_journal_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.bin"
    written(path, *RECORDS)
    found = inspect_journal(path)
    assert (found.is_whole, found.records, found.segments[0].state) == (True, len(RECORDS), "closed")
    path.write_bytes(unclosed(*RECORDS))
    assert inspect_journal(path).segments[0].state == "cut off, or still written"
    path.write_bytes(unclosed(*RECORDS)[:-1])
    assert inspect_journal(path).segments[0].state == "torn"
    path.write_bytes(b"hello")
    found = inspect_journal(path)
    assert found.findings[0].remedy == "it is not a journal"
    with pytest.raises(DataError, match="expected a readable file"):
        inspect_journal(tmp_path / "none")


@pytest.mark.fault("P31")
def test_a_later_format_is_a_finding_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "journal.bin"
    path.write_bytes(unclosed(RECORDS[0]).replace(b"segment\x02", b"segment\x03"))
    (finding,) = inspect_journal(path).findings
    assert "wrong checksum" in finding.found or "read it with the version" in finding.remedy
