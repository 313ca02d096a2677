"""The journal file: a header, then frames of length, CRC-32 and one msgpack record. Append-only.

This writer is synchronous and plain: a record is in the operating system's hands when `flush` or `close` returned.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from framework.kernel.clock import Clock
from framework.kernel.records import FORMAT, Record, Turn
from framework.model.errors import DataError, InvariantError

MAGIC: Final = b"BOTJRNL\n"
FRAME: Final = struct.Struct("<II")
"""Little-endian: length of the payload in bytes, CRC-32 of the payload."""
RECORD_BYTES_MAX: Final = 16 * 1024 * 1024
BUFFER_BYTES: Final = 64 * 1024

_encoder = msgspec.msgpack.Encoder(decimal_format="string")
_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


def encode(record: Record) -> bytes:
    """One record as a frame.

    Raises:
        InvariantError: larger than a reader would take.
    """
    payload = _encoder.encode(record)
    if len(payload) > RECORD_BYTES_MAX:
        raise InvariantError(f"journal: expected records of at most {RECORD_BYTES_MAX} bytes, found {len(payload)}")
    return FRAME.pack(len(payload), zlib.crc32(payload)) + payload


class JournalWriter:
    """Writes a new journal.

    Raises:
        DataError: the file exists, or cannot be made or written; everything written before stays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=BUFFER_BYTES)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._put(MAGIC)

    def write(self, record: Record) -> None:
        """Append one record."""
        self._put(encode(record))

    def flush(self) -> None:
        """Hand everything to the operating system."""
        try:
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def close(self) -> None:
        """Flush and close."""
        try:
            self._file.close()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    @property
    def sha256(self) -> str:
        """Digest of all bytes written so far, hex."""
        return self._digest.hexdigest()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._digest.update(data)


class TurnJournal:
    """Writes each record behind the turn it belongs to; an instant without records leaves no trace.

    Args:
        write: takes the records, `Turn` included.
        clock: the run's Clock.
        cursor: how many of the tape's events were played so far.
    """

    def __init__(self, write: Callable[[Record], None], clock: Clock, cursor: Callable[[], int]) -> None:
        self._write = write
        self._clock = clock
        self._cursor = cursor
        self._turn_ns = -1

    def write(self, record: Record) -> None:
        """Append one record, and before it its turn where that is a new one."""
        now_ns = self._clock.now_ns
        if now_ns != self._turn_ns:
            self._turn_ns = now_ns
            self._write(Turn(now_ns, self._cursor()))
        self._write(record)


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"journal {path}: expected to write, found: {error.strerror or error}; "
        "nothing is traded without a journal: make room or give another folder with [journal] folder"
    )


def read_journal(path: Path) -> Iterator[Record]:
    """The records of a journal, in order.

    A torn tail (the file ends inside a frame, as after a crash) ends the records without an error: what was whole was
    given. Use `torn_bytes` to ask.

    Raises:
        DataError: no such file, not a journal, another format, or a frame damaged before the tail.
    """
    data = _read(path)
    offset = len(MAGIC)
    while frame := _frame(path, data, offset):
        payload, following = frame
        yield _record(path, payload, offset)
        offset = following


def torn_bytes(path: Path) -> int:
    """Bytes at the end of a journal that are no whole frame; 0 when it was closed cleanly. Raises as `read_journal`."""
    data = _read(path)
    if len(data) < len(MAGIC):
        return len(data)
    offset = len(MAGIC)
    while frame := _frame(path, data, offset):
        offset = frame[1]
    return len(data) - offset


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"journal {path}: expected a readable file, found: {error.strerror or error}") from error
    if not data.startswith(MAGIC[: len(data)]):
        raise DataError(f"journal {path}: expected to begin with {MAGIC!r}, found {data[:8]!r}; it is not a journal")
    return data


def _frame(path: Path, data: bytes, offset: int) -> tuple[memoryview, int] | None:
    """Payload and next offset, or None where the file ends, there or inside the frame."""
    if offset + FRAME.size > len(data):
        return None
    length, crc = FRAME.unpack_from(data, offset)
    begin, end = offset + FRAME.size, offset + FRAME.size + length
    if length == 0 and not any(memoryview(data)[offset:]):
        return None  # the file grew and its bytes never came, as after a power cut
    if length > RECORD_BYTES_MAX:
        raise _damaged(path, offset, f"a record of {length} bytes")
    if end > len(data):
        if _holds_a_frame(data, offset + 1):
            raise _damaged(path, offset, f"a length of {length} bytes, though whole records follow")
        return None
    payload = memoryview(data)[begin:end]
    if zlib.crc32(payload) != crc:
        if end == len(data):
            return None  # the last frame, written in part over preallocated bytes: a torn tail
        raise _damaged(path, offset, "a wrong checksum")
    return payload, end


def _holds_a_frame(data: bytes, offset: int) -> bool:
    """Whether a whole frame begins anywhere from here on: then what stands before it is no torn tail but damage."""
    for begin in range(offset, len(data) - FRAME.size):
        length, crc = FRAME.unpack_from(data, begin)
        end = begin + FRAME.size + length
        if length > 0 and end <= len(data) and zlib.crc32(memoryview(data)[begin + FRAME.size : end]) == crc:
            return True
    return False


def _record(path: Path, payload: memoryview, offset: int) -> Record:
    try:
        record = _decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise _damaged(path, offset, f"a record this version cannot read ({error})") from error
    if getattr(record, "format", FORMAT) != FORMAT:
        raise DataError(f"journal {path}: expected format {FORMAT}, found {getattr(record, 'format', '?')}")
    return record


def _damaged(path: Path, offset: int, found: str) -> DataError:
    return DataError(f"journal {path}: expected a whole record at byte {offset}, found {found}; restore it from a copy")
