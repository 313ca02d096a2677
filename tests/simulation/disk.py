"""A disk in memory whose every fault can be asked for. It remembers what would survive a power cut.

A file holds durable bytes and bytes that nobody synced; a folder holds names of which the last changes may be lost.
`crash` keeps the durable part and a random prefix of the rest, as a power cut does. After a failed sync the bytes that
it was for can still be read but are never written, and the next sync "succeeds", as on Linux.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from os import sep
from pathlib import Path


def disk_error(number: int, words: str) -> OSError:
    return OSError(number, words)


class SimulatedFile:
    """A `framework.kernel.disk.DiskFile`, and its bytes: what is seen, and how much of it would survive."""

    def __init__(self, disk: SimulatedDisk, durable: bytes | bytearray = b"") -> None:
        self.seen = bytearray(durable)
        self.durable = bytearray(durable)
        self._pending = bytearray()
        self._disk = disk

    def append(self, data: bytes) -> None:
        room_bytes = self._disk.faults.room_bytes
        kept = data[:room_bytes]
        self.seen += kept
        self._pending += kept
        if room_bytes is not None:
            self._disk.faults.room_bytes = room_bytes - len(kept)
            if len(kept) < len(data):
                raise disk_error(errno.ENOSPC, "No space left on device")

    def sync(self) -> None:
        faults = self._disk.faults
        self._disk.syncs += 1
        faults.before_sync()
        if faults.failing_syncs:
            faults.failing_syncs -= 1
            self._pending.clear()
            raise disk_error(errno.EIO, "Input/output error")
        self.durable += self._pending
        self._pending.clear()

    def close(self) -> None:
        pass

    def cut(self, disk: SimulatedDisk, chance: random.Random) -> SimulatedFile:
        """What a power cut leaves, on the disk as it is found then: what is durable and a random prefix of the rest.

        Now and then its length came without its bytes.
        """
        kept = chance.randint(0, len(self._pending))
        lost = chance.randint(0, len(self._pending) - kept) if chance.random() < 0.2 else 0
        return SimulatedFile(disk, self.durable + self._pending[:kept] + bytes(lost))


Names = dict[str, SimulatedFile]


@dataclass
class Folder:
    """Names, and the states of them that a crash may bring back: the last synced one first."""

    names: Names = field(default_factory=dict)
    states: list[Names] = field(default_factory=lambda: [{}])

    def changed(self) -> None:
        self.states.append(dict(self.names))

    def sync(self) -> None:
        self.states = [dict(self.names)]


@dataclass
class Faults:
    """What goes wrong from now on."""

    room_bytes: int | None = None
    """How many bytes may still be appended; the append that finds no room writes what fits. None: no end."""
    failing_syncs: int = 0
    """So many of the next syncs fail."""
    failing_creates: int = 0
    before_sync: Callable[[], None] = lambda: None
    """Called as each sync begins: a slow disk."""


class SimulatedDisk:
    """A `framework.kernel.disk.Disk`."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.syncs = 0
        self._folders: dict[str, Folder] = {}

    # The port.

    def create(self, path: Path) -> SimulatedFile:
        folder, name = self._place(path)
        if name in folder.names:
            raise FileExistsError(errno.EEXIST, "File exists")
        if self.faults.failing_creates:
            self.faults.failing_creates -= 1
            raise disk_error(errno.ENOSPC, "No space left on device")
        file = folder.names[name] = SimulatedFile(self)
        folder.changed()
        return file

    def read(self, path: Path, most_bytes: int = -1) -> bytes:
        seen = self._file(path).seen
        return bytes(seen if most_bytes < 0 else seen[:most_bytes])

    def size_bytes(self, path: Path) -> int:
        return len(self._file(path).seen)

    def replace(self, source: Path, target: Path) -> None:
        file = self._file(source)
        folder, name = self._place(source)
        del folder.names[name]
        folder, name = self._place(target)
        folder.names[name] = file
        folder.changed()

    def remove(self, path: Path) -> None:
        self._file(path)
        folder, name = self._place(path)
        del folder.names[name]
        folder.changed()

    def names(self, folder: Path) -> list[str]:
        found = self._folders.get(str(folder))
        return sorted(found.names) if found else []

    def make_folder(self, folder: Path) -> None:
        self._folders.setdefault(str(folder), Folder())

    def sync_folder(self, folder: Path) -> None:
        self._folder(str(folder)).sync()

    # What a test does to it.

    def mend(self) -> None:
        """Nothing is wrong with it any more."""
        self.faults.room_bytes = None
        self.faults.failing_syncs = self.faults.failing_creates = 0

    def crash(self, chance: random.Random) -> SimulatedDisk:
        """The disk as a machine finds it after a power cut: a new one; this one stays as it was."""
        after = SimulatedDisk()
        for path, folder in self._folders.items():
            names = {name: file.cut(after, chance) for name, file in chance.choice(folder.states).items()}
            after._folders[path] = Folder(names, [dict(names)])
        return after

    def put(self, path: Path, data: bytes) -> None:
        """Have a file hold these bytes, durably."""
        self.make_folder(path.parent)
        folder, name = self._place(path)
        folder.names[name] = SimulatedFile(self, data)
        folder.sync()

    def flip(self, path: Path, place: int, bit: int = 0) -> None:
        """Turn one bit of a file over."""
        data = bytearray(self.read(path))
        data[place] ^= 1 << bit
        self.put(path, bytes(data))

    def durable(self, path: Path) -> bytes:
        """What of a file would certainly survive."""
        return bytes(self._file(path).durable)

    def _folder(self, name: str) -> Folder:
        folder = self._folders.get(name)
        if folder is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return folder

    def _place(self, path: Path) -> tuple[Folder, str]:
        """The folder of a file, and its name there."""
        folder, _, name = str(path).rpartition(sep)
        return self._folder(folder), name

    def _file(self, path: Path) -> SimulatedFile:
        folder, name = self._place(path)
        file = folder.names.get(name)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return file
