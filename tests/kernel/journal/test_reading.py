"""Reading: what was written is read again, a torn tail is told from damage, and damage is never taken for truth."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.kernel.journal import FRAME, MAGIC, encode, read_journal, torn_bytes
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.reading import Reading, read_file
from framework.kernel.records import FORMAT, Record, RunStarted, Turn
from framework.model.errors import DataError
from tests.kernel.journal.examples import (
    BEGIN,
    CLOSED_BYTES,
    OPENED,
    RECORDS,
    frame_ends,
    structs,
    unclosed,
    written,
)

PATH = Path("journal.bin")


@pytest.mark.parametrize("kind", get_args(Record), ids=lambda kind: kind.__name__)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_record_is_read_as_it_was_written(kind: type[Any], tmp_path: Path, data: st.DataObject) -> None:
    records = data.draw(st.lists(structs(kind), min_size=1, max_size=3))
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    written(path, *records)
    assert list(read_journal(path)) == records
    assert torn_bytes(path) == 0


def test_every_kind_of_record_is_among_the_examples() -> None:
    assert {type(record) for record in RECORDS} == set(get_args(Record))


def test_records_of_all_kinds_keep_their_order(tmp_path: Path) -> None:
    written(tmp_path / "journal", *RECORDS)
    assert list(read_journal(tmp_path / "journal")) == RECORDS


def test_a_journal_without_records_is_one(tmp_path: Path) -> None:
    assert written(tmp_path / "journal").startswith(unclosed())
    assert list(read_journal(tmp_path / "journal")) == []
    assert torn_bytes(tmp_path / "journal") == 0


# Torn and damaged.


@pytest.mark.kept
@pytest.mark.fault("P10")
def test_torn_at_any_byte_exactly_the_whole_records_are_read(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """A full record without the end of the segment behind it, too."""
    whole = written(tmp_path / "whole", *RECORDS)
    ends = frame_ends(RECORDS)
    borders = [0, len(MAGIC), *ends, len(whole)]
    for length in range(len(whole) + 1):
        torn = Reading(PATH, whole[:length])
        kept = sum(end <= length for end in ends[1:])
        assert list(torn.records()) == RECORDS[:kept], length
        assert torn.torn_bytes == length - max(border for border in borders if border <= length), length
    record_property("journal_prefixes", {"recovered": length + 1, "prefixes": len(whole) + 1})


@pytest.mark.fault("P10")
@pytest.mark.parametrize("zeros", [1, 7, 8, 9, 4096])
def test_zeros_at_the_end_are_a_torn_tail(tmp_path: Path, zeros: int) -> None:
    """After a power cut a file may have its new length and not its new bytes."""
    path = tmp_path / "journal"
    for whole in (written(tmp_path / "whole", *RECORDS), unclosed(*RECORDS)):
        path.write_bytes(whole + bytes(zeros))
        assert list(read_journal(path)) == RECORDS
        assert torn_bytes(path) == zeros


@pytest.mark.fault("P10")
@pytest.mark.parametrize("zeros", [0, 3, 4096])
def test_a_beginning_that_never_came_whole_is_torn(tmp_path: Path, zeros: int) -> None:
    for came in range(len(MAGIC)):
        (tmp_path / "journal").write_bytes(MAGIC[:came] + bytes(zeros))
        assert list(read_journal(tmp_path / "journal")) == []
        assert torn_bytes(tmp_path / "journal") == came + zeros


@pytest.mark.fault("P10")
@pytest.mark.parametrize("came", range(8, 30))
def test_a_last_frame_whose_end_never_came_is_a_torn_tail(tmp_path: Path, came: int) -> None:
    path = tmp_path / "journal"
    frame = encode(RECORDS[3])
    path.write_bytes(unclosed(*RECORDS[:3]) + frame[:came] + bytes(4096))
    assert list(read_journal(path)) == RECORDS[:3]
    assert torn_bytes(path) == came + 4096


def test_zeros_in_the_middle_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(unclosed(*RECORDS[:2]) + bytes(64) + encode(RECORDS[2]))
    at = frame_ends(RECORDS[:2])[-1]
    with pytest.raises(DataError, match=rf"at byte {at}, "):
        list(read_journal(path))


@pytest.mark.fault("P11")
def test_a_flipped_bit_before_the_last_frame_is_named(tmp_path: Path) -> None:
    """In a length, a checksum or a record: whole records behind it tell damage from a torn tail."""
    whole = written(tmp_path / "whole", *RECORDS)
    ends = frame_ends(RECORDS)
    for place in range(ends[0], ends[-1]):
        frame = sum(end <= place for end in ends) - 1
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            found, error = read_until_error(Reading(PATH, bytes(flipped)))
            assert found == RECORDS[:frame], (place, bit)
            assert error is not None, (place, bit)
            assert f"at byte {ends[frame]}, " in str(error), (place, bit)


def read_until_error(reading: Reading) -> tuple[list[Record], DataError | None]:
    found: list[Record] = []
    try:
        for record in reading.records():
            found.append(record)
    except DataError as error:
        return found, error
    return found, None


@pytest.mark.fault("P11")
def test_a_flipped_bit_in_the_beginning_is_named(tmp_path: Path) -> None:
    """In the first frame, too: a digest that nobody could check again is not believed."""
    whole = written(tmp_path / "whole", *RECORDS)
    for place in range(BEGIN):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            assert read_until_error(Reading(PATH, bytes(flipped)))[1] is not None, (place, bit)


@pytest.mark.fault("P11")
def test_bytes_whose_checksums_were_made_to_agree_are_named(tmp_path: Path) -> None:
    """A record exchanged for another, checksum and all: the digest at the end tells it."""
    forged = unclosed(RECORDS[0], Turn(11, 3)) + written(tmp_path / "whole", RECORDS[0], Turn(10, 3))[-CLOSED_BYTES:]
    (tmp_path / "forged").write_bytes(forged)
    with pytest.raises(DataError, match="found other bytes; restore it from a copy"):
        list(read_journal(tmp_path / "forged"))


@pytest.mark.fault("P11")
def test_a_record_left_out_is_named(tmp_path: Path) -> None:
    forged = unclosed(RECORDS[0]) + written(tmp_path / "whole", *RECORDS[:2])[-CLOSED_BYTES:]
    (tmp_path / "forged").write_bytes(forged)
    with pytest.raises(DataError, match=r"expected the 2 that were written, found 1 record;"):
        list(read_journal(tmp_path / "forged"))


@pytest.mark.parametrize("extra", [encode(RECORDS[1]), OPENED])
def test_nothing_stands_behind_the_end(tmp_path: Path, extra: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(written(tmp_path / "whole", RECORDS[0]) + extra)
    with pytest.raises(DataError, match="expected nothing behind the end of the segment"):
        list(read_journal(path))


def test_a_second_beginning_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(unclosed(RECORDS[0]) + OPENED + encode(RECORDS[1]))
    with pytest.raises(DataError, match="found the beginning of another segment"):
        list(read_journal(path))


def test_a_reading_says_how_the_file_ends(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, *RECORDS)
    closed = read_file(path)
    assert list(closed.records()) == RECORDS
    assert (closed.is_closed, closed.count, closed.torn_bytes) == (True, len(RECORDS), 0)
    assert closed.opened == SegmentOpened(FORMAT, "r1", 1)
    path.write_bytes(unclosed(*RECORDS) + b"abc")
    cut_off = read_file(path)
    assert list(cut_off.records()) == RECORDS
    assert (cut_off.is_closed, cut_off.count, cut_off.torn_bytes) == (False, len(RECORDS), 3)


def test_a_flipped_bit_in_the_last_frame_is_a_torn_tail(tmp_path: Path) -> None:
    whole = bytearray(unclosed(*RECORDS))
    whole[-1] ^= 1
    (tmp_path / "torn").write_bytes(whole)
    assert list(read_journal(tmp_path / "torn")) == RECORDS[:-1]
    assert torn_bytes(tmp_path / "torn") == len(encode(RECORDS[-1]))


def test_a_length_beyond_all_sense_is_damage_and_not_a_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(unclosed(*RECORDS) + FRAME.pack(2**31, 0) + bytes(100))
    with pytest.raises(DataError, match=r"found a record of 2147483648 bytes; restore it from a copy"):
        list(read_journal(path))


@pytest.mark.parametrize("payload", [b"\xc1", b"\x90", msgspec.msgpack.encode(["what", 1]), b"\x93\xa4turn\x01\xa1x"])
def test_a_whole_frame_that_is_no_record_is_named_by_its_first_byte(tmp_path: Path, payload: bytes) -> None:
    path = tmp_path / "journal"
    frame = FRAME.pack(len(payload), zlib.crc32(payload)) + payload
    path.write_bytes(unclosed(RECORDS[0]) + frame + encode(RECORDS[1]))
    at = frame_ends(RECORDS[:1])[-1]
    with pytest.raises(DataError, match=rf"at byte {at}, found a record this version cannot read"):
        list(read_journal(path))


@pytest.mark.parametrize("data", [b"t_us,k,a,b,c,d\n", b"BOTJRNX\n", b"X", b"BOT" + bytes(5) + b"x", b"botjrnl\n"])
def test_a_file_of_another_kind_is_no_journal(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(data)
    for act in (lambda: list(read_journal(path)), lambda: torn_bytes(path)):
        with pytest.raises(DataError, match=r"expected to begin with .*; it is not a journal"):
            act()


@pytest.mark.fault("P31")
def test_another_format_is_refused(tmp_path: Path) -> None:
    started = RECORDS[0]
    assert isinstance(started, RunStarted)
    written(tmp_path / "journal", msgspec.structs.replace(started, format=FORMAT + 1))
    with pytest.raises(
        DataError, match=rf"expected format 1 to {FORMAT}, found {FORMAT + 1}; read it with the version"
    ):
        list(read_journal(tmp_path / "journal"))


@pytest.mark.fault("P31")
def test_a_segment_of_a_later_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(MAGIC + encode(SegmentOpened(FORMAT + 1, "r1", 1)))
    with pytest.raises(
        DataError, match=rf"expected format 1 to {FORMAT}, found {FORMAT + 1}; read it with the version"
    ):
        list(read_journal(tmp_path / "journal"))


@pytest.mark.fault("P31")
def test_a_journal_of_format_1_is_read(tmp_path: Path) -> None:
    """Format 1 had the records and no marks around them."""
    started = RECORDS[0]
    assert isinstance(started, RunStarted)
    records = [msgspec.structs.replace(started, format=1), *RECORDS[1:]]
    (tmp_path / "journal").write_bytes(MAGIC + b"".join(map(encode, records)))
    assert list(read_journal(tmp_path / "journal")) == records
    assert torn_bytes(tmp_path / "journal") == 0


def test_fields_that_a_later_version_adds_are_passed_over(tmp_path: Path) -> None:
    payload = msgspec.msgpack.encode(["turn", 10, 3, "new"])
    path = tmp_path / "journal"
    path.write_bytes(MAGIC + FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
    assert list(read_journal(path)) == [Turn(10, 3)]


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        for act in (lambda path=path: list(read_journal(path)), lambda path=path: torn_bytes(path)):
            with pytest.raises(DataError, match=rf"journal {path}: expected a readable file, found: "):
                act()
