"""The disk as a port: what is written with it survives a power cut, and every fault of it can be simulated.

What must not be lost goes through here: the journal, the kill latch. Everything else may use files as it likes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

NEW: Final = ".new"
"""Ends the name of a file that is still being written; `durable_replace` writes over one that a crash left."""


class DiskFile(Protocol):
    """A file that is only ever appended to."""

    def append(self, data: bytes) -> None:
        """Hand all of it to the operating system.

        Raises:
            OSError: any part of it may have been written.
        """
        ...

    def sync(self) -> None:
        """Return when everything appended so far survives a power cut.

        Raises:
            FileNotFoundError: it is durable where nobody finds it: its name is gone, or another file's.
            OSError: nobody knows what is on the disk, and a second sync that succeeds would say nothing (the system
                drops what it could not write). The file must not be appended to any more.
        """
        ...

    def close(self) -> None:
        """Let go of it; nothing is synced. A file closed already is left alone."""
        ...


class Disk(Protocol):
    """Files and folders. Everything raises OSError when it cannot be done."""

    def create(self, path: Path) -> DiskFile:
        """A new empty file. Its name survives a power cut only after `sync_folder`. FileExistsError: it is there."""
        ...

    def read(self, path: Path, most_bytes: int = -1) -> bytes:
        """The bytes of a file, all of them or so many from its beginning."""
        ...

    def size_bytes(self, path: Path) -> int:
        """How large a file is."""
        ...

    def replace(self, source: Path, target: Path) -> None:
        """Give a file another name, in one step; what had that name is gone."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file. FileNotFoundError: there is none."""
        ...

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, sorted; none where there is no such folder."""
        ...

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, where they are missing."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's names survive a power cut."""
        ...


def durable_replace(path: Path, data: bytes, disk: Disk | None = None) -> None:
    """Write a small file whole: after a crash at any moment it holds the old bytes or the new ones, never a part.

    Writes beside it, syncs, renames, syncs the folder; when it returned, the new bytes survive a power cut.

    Raises:
        OSError: the file holds the old bytes or the new ones; nobody knows which would survive.
    """
    disk = disk or RealDisk()
    folder, name = path.parent, path.name + NEW
    new = folder / name
    if name in disk.names(folder):
        disk.remove(new)
    file = disk.create(new)
    try:
        file.append(data)
        file.sync()
    finally:
        file.close()
    disk.replace(new, path)
    disk.sync_folder(folder)


class RealFile:
    """A file of this machine."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._fd = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._path = path.absolute()

    def append(self, data: bytes) -> None:
        """See `DiskFile`."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]

    def sync(self) -> None:
        """See `DiskFile`."""
        _sync(self._fd)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "it was removed or moved away while it was written") from None
        if not os.path.samestat(os.fstat(self._fd), there):
            raise FileNotFoundError(errno.ENOENT, "another file was put in its place while it was written")

    def close(self) -> None:
        """See `DiskFile`."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class RealDisk:
    """This machine's disk."""

    def create(self, path: Path) -> RealFile:
        """See `Disk`."""
        return RealFile(path)

    def read(self, path: Path, most_bytes: int = -1) -> bytes:
        """See `Disk`."""
        with path.open("rb") as file:
            return file.read(most_bytes)

    def size_bytes(self, path: Path) -> int:
        """See `Disk`."""
        return path.stat().st_size

    def replace(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """See `Disk`."""
        path.unlink()

    def names(self, folder: Path) -> list[str]:
        """See `Disk`."""
        try:
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return []

    def make_folder(self, folder: Path) -> None:
        """See `Disk`."""
        folder.mkdir(parents=True, exist_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """See `Disk`. Windows cannot sync a folder and needs not: its renames are journaled."""
        if sys.platform == "win32":
            return
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _sync_call() -> Callable[[int], None]:
    """What really waits for the disk here."""
    if sys.platform == "darwin":
        import fcntl

        # macOS: fsync hands the bytes to the drive, which may keep them in its cache; F_FULLFSYNC empties that.
        return lambda fd: fcntl.fcntl(fd, fcntl.F_FULLFSYNC) and None
    return getattr(os, "fdatasync", os.fsync)


_sync: Final = _sync_call()
