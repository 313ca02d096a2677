"""One file of a journal while it is written: its bytes, its digest, and where it can be gone on from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from framework.kernel.disk import Disk
from framework.kernel.journal.frames import MAGIC, encode
from framework.kernel.journal.marks import SegmentClosed, SegmentOpened


class Extent(NamedTuple):
    """How far a segment counts."""

    size_bytes: int
    sha256: str
    """Of those bytes, hex."""


class SegmentFile:
    """A new segment, its beginning handed to the disk.

    Everything raises OSError when the disk cannot do it; the file is then to be closed without a word (`abandon`).
    """

    def __init__(self, disk: Disk, path: Path, opened: SegmentOpened) -> None:
        self.path = path
        self.opened = opened
        self.size_bytes = 0
        self.records = 0
        self._digest = hashlib.sha256()
        self._file = disk.create(path)
        self._synced = 0, self._digest.copy()
        """How many bytes, and their digest, of which few are ever asked."""
        self.append(MAGIC + encode(opened))

    def append(self, frames: bytes, records: int = 0) -> None:
        """Hand whole frames to the disk, so many of them records."""
        self._file.append(frames)
        self._digest.update(frames)
        self.size_bytes += len(frames)
        self.records += records

    def sync(self) -> None:
        """Return when everything appended survives a power cut."""
        self._file.sync()
        self._synced = self.size_bytes, self._digest.copy()

    def close(self, *, is_synced: bool) -> None:
        """Say that it ends here, and let go of it."""
        self.append(encode(SegmentClosed(self.records, self.sha256)))
        if is_synced:
            self.sync()
        self._file.close()

    def abandon(self) -> None:
        """Let go of it as it is: the disk failed, or the process ends in haste."""
        self._file.close()

    @property
    def sha256(self) -> str:
        """Of all bytes handed to the disk, hex."""
        return self._digest.hexdigest()

    @property
    def synced(self) -> Extent:
        """What is known to survive."""
        size_bytes, digest = self._synced
        return Extent(size_bytes, digest.hexdigest())
