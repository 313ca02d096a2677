"""A journal's file read again: its records, and how it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from framework.kernel.disk import Disk, RealDisk
from framework.kernel.journal.frames import MAGIC, Damaged, Frame, decode, frames, has_magic
from framework.kernel.journal.marks import SegmentClosed, SegmentOpened
from framework.kernel.journal.segment import Extent
from framework.kernel.records import FORMAT, Record, RunStarted
from framework.model.counting import counted
from framework.model.errors import DataError

OLDEST_FORMAT: Final = 1
"""Written without marks; its records are read as they are."""


@dataclass
class Reading:
    """One file: `records` gives what it holds; the rest is known when they are exhausted."""

    path: Path
    data: bytes = field(repr=False)
    opened: SegmentOpened | None = None
    """None: format 1, or torn before its first frame was whole."""
    count: int = 0
    end: int = 0
    """Where its whole frames end."""
    is_closed: bool = False
    """Its writer said that it ends here. False: cut off, or still being written."""

    @cached_property
    def extent(self) -> Extent:
        """Its whole frames."""
        return Extent(self.end, hashlib.sha256(memoryview(self.data)[: self.end]).hexdigest())

    @property
    def torn_bytes(self) -> int:
        """Bytes at its end that are no whole frame."""
        return len(self.data) - self.end

    def records(self) -> Iterator[Record]:
        """Its records in order.

        Raises:
            Damaged: it is no journal, or a frame before its tail is not what was written. DataError: another format.
        """
        self.end = len(MAGIC) if has_magic(self.path, self.data) else 0
        for frame in frames(self.path, self.data):
            record = decode(self.path, frame)
            if self.is_closed:
                raise Damaged(self.path, frame.offset, "a record", expected="nothing behind the end of the segment")
            if isinstance(record, SegmentOpened):
                self._open(frame, record)
            elif isinstance(record, SegmentClosed):
                self._close(frame, record)
            else:
                if isinstance(record, RunStarted):
                    _check_format(self.path, record.format)
                self.count += 1
                yield record
            self.end = frame.end

    def _open(self, frame: Frame, opened: SegmentOpened) -> None:
        if frame.offset != len(MAGIC):
            raise Damaged(self.path, frame.offset, "the beginning of another segment", expected="a record")
        _check_format(self.path, opened.format)
        self.opened = opened

    def _close(self, frame: Frame, closed: SegmentClosed) -> None:
        if closed.records != self.count:
            raise Damaged(
                self.path,
                frame.offset,
                counted(self.count, "record"),
                expected=f"the {closed.records} that were written",
            )
        if hashlib.sha256(memoryview(self.data)[: frame.offset]).hexdigest() != closed.sha256:
            raise Damaged(self.path, 0, "other bytes", expected=f"the bytes of digest {closed.sha256[:16]}...")
        self.is_closed = True


def read_file(path: Path, disk: Disk | None = None, most_bytes: int = -1) -> Reading:
    """A file of a journal, its bytes (or the first of them) read and nothing looked at.

    Raises:
        DataError: no such file, or it cannot be read.
    """
    try:
        return Reading(path, (disk or RealDisk()).read(path, most_bytes))
    except OSError as error:
        raise DataError(f"journal {path}: expected a readable file, found: {error.strerror or error}") from error


def read_journal(path: Path) -> Iterator[Record]:
    """The records of a journal, in order.

    A torn tail (the file ends inside a frame, as after a crash) ends the records without an error: what was whole was
    given. Use `torn_bytes` to ask.

    Raises:
        DataError: no such file, not a journal, another format, or a frame damaged before the tail.
    """
    yield from read_file(path).records()


def torn_bytes(path: Path) -> int:
    """Bytes at the end of a journal that are no whole frame; 0 when it was closed cleanly. Raises as `read_journal`."""
    reading = read_file(path)
    for _ in reading.records():
        pass
    return reading.torn_bytes


def _check_format(path: Path, found: int) -> None:
    if not OLDEST_FORMAT <= found <= FORMAT:
        raise DataError(
            f"journal {path}: expected format {OLDEST_FORMAT} to {FORMAT}, found {found}; "
            "read it with the version of the framework that wrote it"
        )
