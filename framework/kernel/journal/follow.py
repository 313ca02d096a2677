"""A journal read while it is written: each look gives the records that came since the last one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from framework.kernel.disk import RealDisk
from framework.kernel.journal.frames import MAGIC, decode, frame_at, has_magic
from framework.kernel.journal.linked import load
from framework.kernel.journal.marks import SegmentClosed, SegmentOpened
from framework.kernel.journal.names import segments
from framework.kernel.records import Record


class Follower:
    """Reads on from where it stopped.

    Args:
        journal: a file, or a folder of segments.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._is_single = not journal.is_dir()
        self._number = 0
        self._offset = 0
        self._path = journal
        self._size_bytes = -1
        self.is_over = False
        """One file, and its writer said that it ends here: nothing more will come."""

    def new(self) -> Iterator[Record]:
        """The records that came since.

        Raises:
            Damaged, DataError: as `read_journal`.
        """
        if self._is_single:
            yield from self._of(self._journal)
            return
        while True:
            paths = segments(RealDisk(), self._journal)
            if self._number in paths:
                yield from self._of(paths[self._number])
            later = [number for number in paths if number > self._number]
            if not later:
                return
            self._number, self._offset = later[0], 0

    def _of(self, path: Path) -> Iterator[Record]:
        size_bytes = RealDisk().size_bytes(path)
        if size_bytes == self._size_bytes and path == self._path:
            return
        self._path, self._size_bytes = path, size_bytes
        data = load(path, RealDisk()).data
        if not self._offset:
            if not has_magic(path, data):
                return
            self._offset = len(MAGIC)
        seen = memoryview(data)
        while frame := frame_at(path, seen, self._offset):
            record = decode(path, frame)
            self._offset = frame.end
            if isinstance(record, SegmentClosed):
                self.is_over = self._is_single
            elif not isinstance(record, SegmentOpened):
                yield record
