"""The head: how far the journal went, where whoever restores the folder does not see it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.head import Head, read_head, write_head
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.names import head_path, segment_path
from tests.kernel.journal.chained import FOLDER, chain_on, new_disk, session, turns
from tests.simulation.disk import SimulatedDisk

PATH = head_path(FOLDER)


def without_checksum(disk: SimulatedDisk) -> bytes:
    """The head as it was written before it had one."""
    said = json.loads(disk.read(PATH))
    del said["crc32"]
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def with_another_byte(whole: bytes) -> Iterator[bytes]:
    """A head with every other byte in every place."""
    for place in range(len(whole)):
        yield from (whole[:place] + bytes([byte]) + whole[place + 1 :] for byte in range(256) if byte != whole[place])


def is_damage(disk: SimulatedDisk) -> bool:
    try:
        read_head(disk, FOLDER)
    except Damaged:
        return True
    return not inspect_journal(FOLDER, disk).is_whole


def test_the_head_is_read_as_it_was_written() -> None:
    disk = new_disk()
    assert read_head(disk, FOLDER) is None
    head = Head(3, 7, 400, "ab")
    write_head(disk, FOLDER, head)
    assert read_head(disk, FOLDER) == head


@pytest.mark.fault("P13")
@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"first": 1', b'{"first":1,"last":1}'])
def test_a_damaged_head_is_named(data: bytes) -> None:
    disk = new_disk()
    disk.put(head_path(FOLDER), data)
    with pytest.raises(Damaged, match=r"journal.head: expected a note of how far the journal went"):
        read_head(disk, FOLDER)


@pytest.mark.fault("P13")
@pytest.mark.parametrize("is_closed", [True, False])
def test_another_byte_anywhere_in_a_head_is_named(is_closed: bool) -> None:
    disk = new_disk()
    session(disk, turns(1, 20), is_closed=is_closed)
    whole = disk.read(PATH)
    for other in with_another_byte(whole):
        disk.put(PATH, other)
        with pytest.raises(Damaged, match=r"(?s)journal.head: expected a note .* set folder and head aside"):
            read_head(disk, FOLDER)
    disk.put(PATH, whole)
    assert inspect_journal(FOLDER, disk).is_whole


@pytest.mark.fault("P13")
def test_a_key_that_changed_is_found_and_nothing_starts_on_it() -> None:
    disk = new_disk()
    session(disk, turns(1, 5))
    disk.put(PATH, disk.read(PATH).replace(b"closed_bytes", b"closed_bxtes"))
    (finding,) = inspect_journal(FOLDER, disk).findings
    assert (finding.file, finding.found) == (str(PATH), "other bytes")
    with pytest.raises(Damaged, match=r"journal\.head"):
        chain_on(disk)


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_head_without_a_checksum_is_read_where_the_files_bear_it_out(is_closed: bool) -> None:
    disk = new_disk()
    session(disk, turns(1, 20), is_closed=is_closed)
    head = read_head(disk, FOLDER)
    disk.put(PATH, without_checksum(disk))
    assert read_head(disk, FOLDER) == head
    session(disk, turns(21, 22))
    assert b"crc32" in disk.read(PATH)


@pytest.mark.fault("P13")
@pytest.mark.parametrize("is_closed", [True, False])
def test_another_byte_anywhere_in_a_head_without_a_checksum_is_found(is_closed: bool) -> None:
    disk = new_disk()
    session(disk, turns(1, 20), is_closed=is_closed)
    whole = without_checksum(disk)
    for other in with_another_byte(whole):
        disk.put(PATH, other)
        assert is_damage(disk)
    disk.put(PATH, whole)
    disk.put(segment_path(FOLDER, 99), b"")
    with pytest.raises(Damaged, match=r"journal\.head"):
        read_head(disk, FOLDER)
