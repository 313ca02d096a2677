"""A journal of many segments being written: one follows another, and each names what counts of the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from framework.kernel.clock import Clock
from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.kernel.journal.head import Head, write_head
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.names import leftovers, segment_path, segments
from framework.kernel.journal.past import JournalEnd, Past
from framework.kernel.journal.segment import Extent, SegmentFile
from framework.kernel.records import FORMAT

SEGMENT_BYTES: Final = 64 * 1024 * 1024


class Chain:
    """Writes a journal in a folder, going on behind what is there.

    Opening begins a new segment, so that what a crash tore stays as it was found; the newest one there is written anew,
    byte for byte, unless it was closed. Everything raises OSError when the disk cannot do it.

    Args:
        run_id: of this session.
        segment_bytes: a segment that has as many is followed by the next one.
        end: of what is there, which nobody wrote since it was read; without it everything since the newest checkpoint is.

    Raises:
        Damaged: what is there is damaged, incomplete or an older copy; nothing was changed.
    """

    def __init__(
        self,
        folder: Path,
        run_id: str,
        clock: Clock,
        disk: Disk | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        end: JournalEnd | None = None,
    ) -> None:
        self.folder = folder
        self.disk = disk or RealDisk()
        self._run_id = run_id
        self._clock = clock
        self._segment_bytes = segment_bytes
        self.disk.make_folder(folder)
        end = end or _end_of(folder, self.disk)
        self.torn_bytes = end.torn_bytes
        """What the session before left unfinished."""
        self._number = end.number + 1
        self._before = end.extent
        self._first = end.first
        self._segment: SegmentFile | None = None
        for path in leftovers(self.disk, folder) + ([end.torn] if end.torn else []):
            self.disk.remove(path)
        if end.doubtful:
            # What was read counts from now on. Where a sync of it failed before, another one would succeed and say
            # nothing: only what is written anew is known to be on the disk.
            durable_replace(segment_path(folder, end.number), end.doubtful, self.disk)
        self._begin()

    @property
    def path(self) -> Path:
        """The segment that is written now."""
        return segment_path(self.folder, self._number)

    @property
    def is_full(self) -> bool:
        """Whether the next segment is to begin."""
        return self.room_bytes <= 0

    @property
    def room_bytes(self) -> int:
        """How many bytes are left until then."""
        return self._segment_bytes - (self._segment.size_bytes if self._segment else 0)

    @property
    def is_at_checkpoint(self) -> bool:
        """Whether a checkpoint is what this segment waits for as its first record."""
        return self._segment is not None and self._segment.opened.is_checkpoint and not self._segment.records

    def append(self, frames: bytes, records: int) -> None:
        """Hand whole frames to the disk."""
        assert self._segment is not None
        self._segment.append(frames, records)

    def sync(self) -> None:
        """Return when everything appended survives a power cut."""
        assert self._segment is not None
        self._segment.sync()

    def roll(self, *, is_checkpoint: bool = False) -> None:
        """Close this segment, durably, and begin the next."""
        assert self._segment is not None
        self._segment.close(is_synced=True)
        self._follow(self._segment, is_checkpoint=is_checkpoint)

    def begin_again(self) -> None:
        """After a failure: leave this segment as it is and begin the next, which says how much of this one counts.

        What was appended since the last good `sync` is to be appended again.
        """
        if self._segment is not None:
            self._segment.abandon()
            self._follow(self._segment)
        else:
            self._remove_torn()
            self._begin()

    def close(self) -> None:
        """Say that the journal ends here, durably, and let go of it."""
        if self._segment is None:
            return
        segment, self._segment = self._segment, None
        segment.close(is_synced=True)
        self._note(segment.synced)

    def abandon(self) -> None:
        """Let go of it as it is: the disk failed."""
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None

    def _follow(self, segment: SegmentFile, *, is_checkpoint: bool = False) -> None:
        self._segment = None
        self._before = segment.synced
        self._number += 1
        self._begin(is_checkpoint=is_checkpoint)

    def _begin(self, *, is_checkpoint: bool = False) -> None:
        opened = SegmentOpened(
            FORMAT, self._run_id, self._number, self._before.sha256, self._before.size_bytes, self._clock.now_ns,
            is_checkpoint=is_checkpoint,
        )  # fmt: skip
        segment = SegmentFile(self.disk, self.path, opened)
        try:
            segment.sync()
            self.disk.sync_folder(self.folder)
            self._note()
        except OSError:
            segment.abandon()
            raise
        self._segment = segment

    def _remove_torn(self) -> None:
        """A segment that could not be begun holds no record: its number is used again."""
        if self._number in segments(self.disk, self.folder):
            self.disk.remove(self.path)

    def _note(self, closed: Extent | None = None) -> None:
        size_bytes, sha256 = closed or Extent(0, "")
        write_head(self.disk, self.folder, Head(self._first, self._number, size_bytes, sha256))


def _end_of(folder: Path, disk: Disk) -> JournalEnd:
    """Where what is there ends: everything since the newest checkpoint must be whole."""
    past = Past(folder, disk)
    for _ in past.records():
        pass
    return past.end
