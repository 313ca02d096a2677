"""Segments read together: what is missing, changed or older than it should be is named, whatever its checksums say."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from framework.kernel.journal.frames import Damaged, encode
from framework.kernel.journal.linked import OLDEST, links, newest_checkpoint, opened_of, read_folder
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.names import head_path, segment_path, segments
from framework.kernel.journal.past import Past
from framework.kernel.journal.reading import Reading
from framework.kernel.records import FORMAT, Checkpoint, Turn
from tests.kernel.journal.chained import FOLDER, chain_on, new_disk, session, turns
from tests.kernel.journal.examples import unclosed
from tests.simulation.disk import SimulatedDisk

RECORDS = turns(1, 60)


@pytest.fixture
def disk() -> SimulatedDisk:
    """Three sessions, each of several segments."""
    disk = new_disk()
    session(disk, RECORDS[:20])
    session(disk, RECORDS[20:40], run_id="r2", is_closed=False)
    session(disk, RECORDS[40:], run_id="r3")
    return disk


def test_all_sessions_are_read_in_order(disk: SimulatedDisk) -> None:
    assert len(segments(disk, FOLDER)) > 5
    assert list(read_folder(FOLDER, disk)) == RECORDS
    assert [link.reading.opened.run_id for link, records in links(FOLDER, disk) if list(records) and link.reading.opened] == sorted(
        link.reading.opened.run_id for link, records in links(FOLDER, disk) if list(records) and link.reading.opened
    )  # fmt: skip


def test_a_folder_without_a_journal_has_no_records() -> None:
    assert list(read_folder(FOLDER, new_disk())) == []


def test_a_compressed_segment_is_read_as_the_plain_one(disk: SimulatedDisk) -> None:
    for path in list(segments(disk, FOLDER).values())[:-1]:
        disk.put(path.with_name(path.name + ".gz"), gzip.compress(disk.read(path), mtime=0))
        disk.remove(path)
    assert list(read_folder(FOLDER, disk)) == RECORDS
    assert newest_checkpoint(FOLDER, disk) == OLDEST


@pytest.mark.fault("P11")
@pytest.mark.parametrize("cut", [20, -1, 5])
def test_a_damaged_compressed_segment_is_named(disk: SimulatedDisk, cut: int) -> None:
    path = segment_path(FOLDER, 2)
    packed = gzip.compress(disk.read(path), mtime=0)
    disk.put(path.with_name(path.name + ".gz"), packed[:cut] if cut != 5 else packed[:20] + b"\0\0\0" + packed[23:])
    disk.remove(path)
    with pytest.raises(Damaged, match=r"expected a compressed segment, found .*; restore it from a copy"):
        list(read_folder(FOLDER, disk))


@pytest.mark.fault("P13")
def test_each_missing_segment_is_named(disk: SimulatedDisk) -> None:
    paths = segments(disk, FOLDER)
    for number, path in paths.items():
        data = disk.read(path)
        disk.remove(path)
        what = "an older copy was restored" if number == max(paths) else "found none"
        with pytest.raises(Damaged, match=rf"{path.name}: expected this segment, .*{what}; restore it"):
            list(read_folder(FOLDER, disk))
        disk.put(path, data)


@pytest.mark.fault("P13")
def test_a_deleted_journal_is_named(disk: SimulatedDisk) -> None:
    for path in segments(disk, FOLDER).values():
        disk.remove(path)
    with pytest.raises(Damaged, match=r"expected segments 1 to \d+: the journal was deleted, found none"):
        list(read_folder(FOLDER, disk))


@pytest.mark.fault("P13")
def test_a_deleted_head_is_named(disk: SimulatedDisk) -> None:
    disk.remove(head_path(FOLDER))
    with pytest.raises(Damaged, match=r"journal.head: expected the head of \d+ segments, found none"):
        list(read_folder(FOLDER, disk))


@pytest.mark.fault("P13")
def test_a_segment_of_another_journal_is_named(disk: SimulatedDisk) -> None:
    other = new_disk()
    session(other, turns(101, 160), run_id="other")
    for number in (1, 3):
        path = segment_path(FOLDER, number)
        own = disk.read(path)
        disk.put(path, other.read(path))
        with pytest.raises(Damaged, match=r"which segment \d+ names|which the next one counts"):
            list(read_folder(FOLDER, disk))
        disk.put(path, own)


@pytest.mark.fault("P13")
def test_an_older_copy_of_a_segment_is_named(disk: SimulatedDisk) -> None:
    """Cut at each record's border, so that every checksum agrees."""
    path = segment_path(FOLDER, 2)
    whole = disk.read(path)
    reading = Reading(path, whole)
    ends = [reading.end for _ in reading.records()]
    assert len(ends) == 3
    for end in ends:
        disk.put(path, whole[:end])
        with pytest.raises(Damaged, match=rf"expected {len(whole)} bytes, which the next one counts"):
            list(read_folder(FOLDER, disk))


@pytest.mark.fault("P11")
def test_a_flipped_bit_in_any_byte_of_a_segment_is_named(disk: SimulatedDisk) -> None:
    path = segment_path(FOLDER, 2)
    whole = disk.read(path)
    for place in range(len(whole)):
        disk.flip(path, place, place % 8)
        with pytest.raises(Damaged, match=r"restore it from a copy|it is not a journal"):
            list(read_folder(FOLDER, disk))
        disk.put(path, whole)


@pytest.mark.fault("P13")
def test_segments_that_changed_places_are_named(disk: SimulatedDisk) -> None:
    first, second = (disk.read(segment_path(FOLDER, number)) for number in (1, 2))
    disk.put(segment_path(FOLDER, 1), second)
    disk.put(segment_path(FOLDER, 2), first)
    with pytest.raises(Damaged, match="restore it from a copy"):
        list(read_folder(FOLDER, disk))


def test_a_lone_segment_under_another_number_is_named() -> None:
    disk = new_disk()
    disk.put(segment_path(FOLDER, 1), unclosed(Turn(1, 1)).replace(encode(SegmentOpened(FORMAT, "r1", 1)),
                                                                   encode(SegmentOpened(FORMAT, "r1", 4))))  # fmt: skip
    with pytest.raises(Damaged, match="expected segment 1, found segment 4"):
        list(read_folder(FOLDER, disk))


def test_a_segment_without_a_beginning_is_named() -> None:
    reading = Reading(segment_path(FOLDER, 1), unclosed()[:8] + encode(Turn(1, 1)))
    with pytest.raises(Damaged, match="expected the beginning of a segment, found Turn"):
        opened_of(reading)


@pytest.mark.parametrize("since", [1, 2, 4])
def test_a_restart_reads_from_the_newest_checkpoint(since: int) -> None:
    disk = new_disk()
    for number in range(1, 5):
        records = [Turn(number, 1)]
        session(disk, [Checkpoint(number, {}), *records] if number == since else records)
    found = list(Past(FOLDER, disk).records())
    assert found[0] == Checkpoint(since, {})
    assert found[1:] == [Turn(number, 1) for number in range(since, 5)]


@pytest.mark.parametrize("cut", [1, 30])
def test_a_checkpoint_that_a_crash_tore_is_none(cut: int) -> None:
    disk = new_disk()
    session(disk, [Checkpoint(1, {"orders": b"x" * 40}), Turn(1, 1)])
    session(disk, [Turn(2, 2), Checkpoint(2, {"orders": b"y" * 40})], is_closed=False)
    path = segments(disk, FOLDER)[max(segments(disk, FOLDER))]
    whole = disk.read(path)
    disk.remove(path)
    disk.create(path).append(whole[:-cut])
    assert next(Past(FOLDER, disk).records()) == Checkpoint(1, {"orders": b"x" * 40})


def test_what_stands_before_a_checkpoint_is_not_needed_by_a_restart() -> None:
    disk = new_disk()
    session(disk, [Turn(1, 1), Checkpoint(2, {"orders": b"x"}), Turn(3, 3)])
    disk.flip(segment_path(FOLDER, 1), 60)
    with pytest.raises(Damaged):
        list(read_folder(FOLDER, disk))
    assert list(Past(FOLDER, disk).records()) == [Checkpoint(2, {"orders": b"x"}), Turn(3, 3)]
    chain_on(disk)  # a new session may go on; `verify` names the damage


@pytest.mark.parametrize(
    "spoil", [lambda disk, path: disk.put(path, b""), lambda disk, path: disk.put(path, bytes(40))]
)
@pytest.mark.fault("P13")
def test_an_emptied_newest_segment_is_named(
    disk: SimulatedDisk, spoil: Callable[[SimulatedDisk, object], None]
) -> None:
    spoil(disk, segment_path(FOLDER, max(segments(disk, FOLDER))))
    with pytest.raises(Damaged, match="expected the beginning of a segment, found none"):
        chain_on(disk)
