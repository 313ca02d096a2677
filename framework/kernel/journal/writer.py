"""The plain writer: one file, no thread, no waiting for the disk. For tape runs, which can be run again."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from framework.kernel.disk import Disk, RealDisk
from framework.kernel.journal.frames import encode
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.segment import SegmentFile
from framework.kernel.records import FORMAT, Record
from framework.model.errors import DataError

RECORDS_HELD: Final = 512
"""Records that are handed over together."""


class JournalWriter:
    """Writes a new journal of one segment. A record is in the operating system's hands when `flush` or `close` returned.

    Args:
        run_id: whose journal it is.

    Raises:
        DataError: the file exists, or cannot be made or written; everything written before stays. After the first
            such error nothing more is written: what follows a torn record could not be read.
    """

    def __init__(self, path: Path, run_id: str, disk: Disk | None = None) -> None:
        self.path = path
        disk = disk or RealDisk()
        self._records: list[Record] = []
        self._failure: OSError | None = None
        self._is_closed = False
        try:
            disk.make_folder(path.parent)
            self._segment = SegmentFile(disk, path, SegmentOpened(FORMAT, run_id, 1))
        except OSError as error:
            raise unwritable(path, error) from error

    def write(self, record: Record) -> None:
        """Append one record. What it holds is not to change any more: it becomes bytes with those after it."""
        records = self._records
        records.append(record)
        if len(records) >= RECORDS_HELD:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._check()
        frames: list[bytes] = []
        try:
            frames.extend(map(encode, self._records))
        finally:  # what is before a record that cannot be written is written all the same
            self._records.clear()
            self._append(frames)

    def _append(self, frames: list[bytes]) -> None:
        try:
            self._segment.append(b"".join(frames), len(frames))
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Flush, say that the journal ends here, and close. A second time, or after a failure, it only lets go."""
        if self._is_closed or self._failure:
            self._segment.abandon()
            return
        self.flush()
        try:
            self._segment.close(is_synced=False)
        except OSError as error:
            raise self._failed(error) from error
        self._is_closed = True

    @property
    def sha256(self) -> str:
        """Digest of all bytes handed over so far, hex; of the whole file once it is closed."""
        return self._segment.sha256

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise unwritable(self.path, self._failure)

    def _failed(self, error: OSError) -> DataError:
        self._failure = error
        return unwritable(self.path, error)


def unwritable(path: Path, error: OSError) -> DataError:
    """What a person is told when a journal cannot be written."""
    return DataError(
        f"journal {path}: expected to write, found: {error.strerror or error}; "
        "nothing is traded without a journal: make room or give another folder with [journal] folder"
    )
