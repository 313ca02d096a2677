"""The bytes of a record: its length, its CRC-32, and the record as msgpack. A journal's file is MAGIC, then frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec
from msgspec import Struct

from framework.kernel.journal.marks import Mark
from framework.kernel.records import Record
from framework.model.errors import DataError, InvariantError
from framework.model.storable import storable_within

MAGIC: Final = b"BOTJRNL\n"
FRAME: Final = struct.Struct("<II")
"""Little-endian: length of the payload in bytes, CRC-32 of the payload."""
RECORD_BYTES_MAX: Final = 16 * 1024 * 1024
FROM_A_COPY: Final = "restore it from a copy"

_pack = FRAME.pack
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decoder: msgspec.msgpack.Decoder[Record | Mark] = msgspec.msgpack.Decoder(Record | Mark)


class Damaged(DataError):
    """A journal's file is not what was written.

    Args:
        offset: the first byte of what is wrong.
    """

    def __init__(self, path: Path, offset: int, found: str, *, expected: str = "", remedy: str = FROM_A_COPY) -> None:
        expected = expected or f"a whole record at byte {offset}"
        super().__init__(f"journal {path}: expected {expected}, found {found}; {remedy}")
        self.path = path
        self.offset = offset
        self.expected = expected
        self.found = found
        self.remedy = remedy


class Frame(Struct, frozen=True):
    """A whole frame of a file."""

    offset: int
    payload: memoryview
    end: int


def encode(record: Record | Mark) -> bytes:
    """A record as a frame. No text ends a journal: what UTF-8 cannot write is written out.

    Raises:
        InvariantError: it is larger than a reader would take.
    """
    try:
        payload = _encode(record)
    except UnicodeEncodeError:
        payload = _encode(storable_within(msgspec.to_builtins(record, builtin_types=(bytes,))))
    length = len(payload)
    if length > RECORD_BYTES_MAX:
        raise InvariantError(f"journal: expected records of at most {RECORD_BYTES_MAX} bytes, found {length}")
    return _pack(length, crc32(payload)) + payload


def decode(path: Path, frame: Frame) -> Record | Mark:
    """The record of a frame.

    Raises:
        Damaged: another version's, or none.
    """
    try:
        return _decoder.decode(frame.payload)
    except msgspec.MsgspecError as error:
        raise Damaged(path, frame.offset, f"a record this version cannot read ({error})") from error


def has_magic(path: Path, data: bytes) -> bool:
    """Whether a file begins as a journal does; False: it is torn there (a part of it, and zeros that took its place).

    Raises:
        Damaged: it begins with something else.
    """
    begin = data[: len(MAGIC)]
    if begin == MAGIC:
        return True
    came = begin.rstrip(b"\0")
    if not MAGIC.startswith(came) or any(data[len(came) :]):
        raise Damaged(path, 0, repr(begin), expected=f"to begin with {MAGIC!r}", remedy="it is not a journal")
    return False


def frames(path: Path, data: bytes) -> Iterator[Frame]:
    """The whole frames of a file. A torn tail, as after a crash, ends them without an error.

    Raises:
        Damaged: a frame before the tail is not whole.
    """
    if not has_magic(path, data):
        return
    offset, seen = len(MAGIC), memoryview(data)
    while frame := frame_at(path, seen, offset):
        yield frame
        offset = frame.end


def frame_at(path: Path, data: memoryview, offset: int) -> Frame | None:
    """The frame at an offset, or None where the file ends, there or inside the frame. Raises as `frames`."""
    if offset + FRAME.size > len(data):
        return None
    length, checksum = FRAME.unpack_from(data, offset)
    begin = offset + FRAME.size
    end = begin + length
    if length == 0 and not any(data[offset:]):
        return None  # the file grew and its bytes never came, as after a power cut
    if length > RECORD_BYTES_MAX:
        raise Damaged(path, offset, f"a record of {length} bytes")
    payload = data[begin:end]
    if end <= len(data) and crc32(payload) == checksum:
        return Frame(offset, payload, end)
    if any(data[end:]):
        raise Damaged(path, offset, "a wrong checksum")
    # As far as its length tells it is the last one, and was written in part: unless its length is what is damaged.
    if _holds_a_frame(data, offset + 1):
        raise Damaged(path, offset, f"a length of {length} bytes, though whole records follow")
    return None


def _holds_a_frame(data: memoryview, offset: int) -> bool:
    """Whether a whole frame begins anywhere from here on: then what stands before it is no torn tail but damage."""
    for begin in range(offset, len(data) - FRAME.size):
        length, checksum = FRAME.unpack_from(data, begin)
        end = begin + FRAME.size + length
        if length > 0 and end <= len(data) and crc32(data[begin + FRAME.size : end]) == checksum:
            return True
    return False
