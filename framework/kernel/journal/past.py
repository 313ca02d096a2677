"""What a start reads of a journal: everything since its newest checkpoint, each segment once, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from framework.kernel.disk import Disk, RealDisk
from framework.kernel.journal.head import Head, read_head
from framework.kernel.journal.linked import Link, check_head, links, newest_checkpoint
from framework.kernel.journal.segment import Extent
from framework.kernel.records import Record


class JournalEnd(NamedTuple):
    """Where a journal is gone on from."""

    first: int = 1
    """The oldest segment that is kept."""
    number: int = 0
    """The newest that holds anything; 0: none does."""
    extent: Extent = Extent(0, "")
    """Its whole frames."""
    torn_bytes: int = 0
    """What a crash left unfinished at its end."""
    torn: Path | None = None
    """The file behind it, whose beginning was torn."""
    doubtful: bytes = b""
    """All bytes of the newest, where they may be in the system's cache alone; none where its close was noted: that is
    done when its last sync was good."""


class Past:
    """`records` gives what there is; where it ends is known when they are exhausted."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk or RealDisk()
        self.end = JournalEnd()

    def records(self) -> Iterator[Record]:
        """The records since the newest checkpoint, in order.

        Raises:
            Damaged: they are damaged, incomplete or an older copy.
        """
        folder, disk = self._folder, self._disk
        head = read_head(disk, folder)
        newest: Link | None = None
        torn: Path | None = None
        for link, records in links(folder, disk, since=newest_checkpoint(folder, disk)):
            yield from records
            check_head(folder, head, link)
            if link.reading.opened is None:
                torn = link.reading.path
            else:
                newest = link
        self.end = _end(head, newest, torn)


def _end(head: Head | None, newest: Link | None, torn: Path | None) -> JournalEnd:
    end = JournalEnd(head.first if head else 1, torn=torn)
    if newest is None:
        return end
    reading = newest.reading
    is_noted = head is not None and head.last == newest.number and head.closed_bytes > 0
    return end._replace(
        number=newest.number,
        extent=reading.extent,
        torn_bytes=reading.torn_bytes,
        doubtful=b"" if is_noted else reading.data,
    )
