"""How much of a journal is kept: old segments lose their market data, then go, and its size has a bound.

Nothing that a restart reads is touched: the newest checkpoint's segment and all behind it keep every decision, and the
newest segment, which a daemon may be writing, is left alone.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import structs

from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.kernel.journal.frames import MAGIC, Damaged, encode
from framework.kernel.journal.head import read_head, write_head
from framework.kernel.journal.linked import BEGINNING_BYTES, linked, load, newest_checkpoint, opened_of
from framework.kernel.journal.marks import SegmentClosed, SegmentOpened
from framework.kernel.journal.names import COMPRESSED, segments
from framework.kernel.records import EventHeard, HistoryHeard

INPUTS: Final = (EventHeard, HistoryHeard)
"""Market data: most of a journal's bytes, and of use to a replay alone."""


THINNED_MAX: Final = 64
"""Segments that lose their market data for their age in one look: a start does not wait for more."""


class Keep(NamedTuple):
    """How much; 0 everywhere: all, for ever."""

    inputs_ns: int = 0
    """Market data of so long."""
    decisions_ns: int = 0
    """Everything else of so long."""
    size_bytes: int = 0
    """The folder may have so many: then market data goes before its time, and after it the oldest segments."""


class Kept(NamedTuple):
    """What was done, and what there is."""

    thinned: int
    removed: int
    size_bytes: int


class Retention:
    """One look at a journal: `apply` where nobody is writing it, `thin` beside its writer.

    Args:
        now_ns: UTC.
    """

    def __init__(self, folder: Path, keep: Keep, now_ns: int, disk: Disk | None = None) -> None:
        self.folder = folder
        self._keep = keep
        self._now_ns = now_ns
        self._disk = disk or RealDisk()
        self._thinned = self._removed = 0

    def apply(self) -> Kept:
        """Thin, then remove.

        Raises:
            Damaged: a segment is not what was written: it is left as it is. OSError: the disk; what is done is whole.
        """
        self._drop_leftovers()
        self._thin_old()
        for number in self._old(self._keep.decisions_ns):
            self._remove(number)
        self._shrink(self._thin, self._remove)
        return Kept(self._thinned, self._removed, self.size_bytes)

    def thin(self) -> Kept:
        """Take market data out of segments that have ended. None is removed: where the journal begins, its writer notes.

        Raises:
            Damaged, OSError: as `apply`.
        """
        self._thin_old()
        self._shrink(self._thin)
        return Kept(self._thinned, self._removed, self.size_bytes)

    @property
    def size_bytes(self) -> int:
        """Of all segments; one that is being written again this moment may be left out."""
        size_bytes = 0
        for path in self._paths.values():
            with suppress(FileNotFoundError):
                size_bytes += self._disk.size_bytes(path)
        return size_bytes

    def _thin_old(self) -> None:
        for number in self._old(self._keep.inputs_ns):
            if self._thinned < THINNED_MAX:
                self._thin(number)

    @property
    def _paths(self) -> dict[int, Path]:
        return segments(self._disk, self.folder)

    def _old(self, span_ns: int) -> list[int]:
        """Segments whose every record is older than a span, the oldest first: the next one began before that."""
        if not span_ns:
            return []
        paths = self._paths
        return [
            number
            for number in paths
            if number + 1 in paths and 0 < self._opened(paths[number + 1]).opened_ns <= self._now_ns - span_ns
        ]

    def _shrink(self, *acts: Callable[[int], None]) -> None:
        """Bring it under the bound, the oldest first: market data before decisions."""
        for act in acts:
            for number in list(self._paths)[:-1]:
                if not self._keep.size_bytes or self.size_bytes <= self._keep.size_bytes:
                    return
                act(number)

    def _opened(self, path: Path) -> SegmentOpened:
        opened = opened_of(load(path, self._disk, BEGINNING_BYTES))
        if opened is None:
            raise Damaged(path, 0, "none", expected="the beginning of a segment")
        return opened

    def _thin(self, number: int) -> None:
        """Write a segment again without its market data: it says which bytes it had, for the next one names those."""
        paths, disk = self._paths, self._disk
        path = paths[number]
        if self._opened(path).original:
            return
        named = self._opened(paths[number + 1])
        link, records = linked(number, load(path, disk), load(paths[number + 1], disk))
        kept = [record for record in records if not isinstance(record, INPUTS)]
        assert link.reading.opened is not None, path
        opened = structs.replace(link.reading.opened, original=named.previous, original_bytes=named.previous_bytes)
        data = MAGIC + encode(opened) + b"".join(map(encode, kept))
        data += encode(SegmentClosed(len(kept), hashlib.sha256(data).hexdigest()))
        target = path if path.name.endswith(COMPRESSED) else path.with_name(path.name + COMPRESSED)
        durable_replace(target, gzip.compress(data, mtime=0), disk)
        if load(target, disk).data != data:
            raise Damaged(target, 0, "others", expected="the bytes of the thinned segment")
        if target != path:
            disk.remove(path)
            disk.sync_folder(self.folder)
        self._thinned += 1

    def _remove(self, number: int) -> None:
        """Remove the oldest segment, once the head says that the journal begins behind it."""
        head = read_head(self._disk, self.folder)
        if head is None or number >= newest_checkpoint(self.folder, self._disk).number or number != min(self._paths):
            return
        write_head(self._disk, self.folder, structs.replace(head, first=number + 1))
        self._disk.remove(self._paths[number])
        self._disk.sync_folder(self.folder)
        self._removed += 1

    def _drop_leftovers(self) -> None:
        """What a crash left of a removal: the journal begins behind it."""
        head = read_head(self._disk, self.folder)
        for number, path in self._paths.items():
            if head is not None and number < head.first:
                self._disk.remove(path)
