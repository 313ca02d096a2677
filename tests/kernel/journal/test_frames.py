"""Frames: the bytes are pinned; whoever wrote a journal years ago is read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import msgspec
import pytest

from framework.kernel.journal.frames import MAGIC, Damaged, Frame, decode, encode, frames
from framework.kernel.records import OperatorAsked, Turn
from tests.kernel.journal.examples import OPENED, RECORDS, unclosed

PATH = Path("journal.bin")


def test_the_bytes_of_a_frame_are_length_checksum_and_record() -> None:
    frame = encode(RECORDS[1])
    length, checksum = struct.unpack("<II", frame[:8])
    assert (length, checksum) == (len(frame) - 8, zlib.crc32(frame[8:]))
    assert msgspec.msgpack.decode(frame[8:]) == ["turn", 10, 3]


def test_frames_are_given_with_their_places() -> None:
    found = list(frames(PATH, unclosed(*RECORDS)))
    assert [frame.offset for frame in found] == [len(MAGIC), *(frame.end for frame in found[:-1])]
    assert bytes(found[0].payload) == OPENED[8:]
    assert [decode(PATH, frame) for frame in found[1:]] == RECORDS


def test_damage_says_file_place_and_remedy() -> None:
    with pytest.raises(Damaged) as caught:
        decode(PATH, Frame(40, memoryview(b"\xc1"), 41))
    error = caught.value
    assert (error.path, error.offset, error.remedy) == (PATH, 40, "restore it from a copy")
    assert str(error).startswith("journal journal.bin: expected a whole record at byte 40, found a record this version")


def test_a_record_is_the_same_bytes_each_time() -> None:
    assert encode(Turn(1, 2)) == encode(Turn(1, 2)) == bytes.fromhex("080000003e6522a293a47475726e0102")


def test_no_text_ends_a_journal() -> None:
    asked = OperatorAsked(15, 4, "arm", "global", "gepr\udcfcft", "uid 1000", is_hard=True)
    found = decode(PATH, Frame(0, memoryview(encode(asked))[8:], 0))
    assert found == OperatorAsked(15, 4, "arm", "global", "gepr\\udcfcft", "uid 1000", is_hard=True)
