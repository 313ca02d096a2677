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
from pathlib import Path


def disk_error(number: int, words: str) -> OSError:
    return OSError(number, words)


@dataclass
class Inode:
    """The bytes of a file: what is seen, and how much of it would survive."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: bytearray = field(default_factory=bytearray)

    def append(self, data: bytes) -> None:
        self.seen += data
        self.pending += data

    def sync(self) -> None:
        self.durable += self.pending
        self.pending.clear()

    def cut(self, chance: random.Random) -> None:
        """Keep what is durable and a random prefix of the rest; now and then its length came without its bytes."""
        kept = chance.randint(0, len(self.pending))
        lost = chance.randint(0, len(self.pending) - kept) if chance.random() < 0.2 else 0
        self.durable += self.pending[:kept] + bytes(lost)
        self.pending.clear()
        self.seen = bytearray(self.durable)


Names = dict[str, Inode]


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
        self._folders: dict[Path, Folder] = {}

    # The port.

    def create(self, path: Path) -> SimulatedFile:
        folder = self._folder(path.parent)
        if path.name in folder.names:
            raise FileExistsError(errno.EEXIST, "File exists")
        if self.faults.failing_creates:
            self.faults.failing_creates -= 1
            raise disk_error(errno.ENOSPC, "No space left on device")
        inode = folder.names[path.name] = Inode()
        folder.changed()
        return SimulatedFile(self, inode)

    def read(self, path: Path, most_bytes: int = -1) -> bytes:
        seen = self._inode(path).seen
        return bytes(seen if most_bytes < 0 else seen[:most_bytes])

    def size_bytes(self, path: Path) -> int:
        return len(self._inode(path).seen)

    def replace(self, source: Path, target: Path) -> None:
        inode = self._inode(source)
        del self._folder(source.parent).names[source.name]
        self._folder(target.parent).names[target.name] = inode
        self._folder(target.parent).changed()

    def remove(self, path: Path) -> None:
        self._inode(path)
        folder = self._folder(path.parent)
        del folder.names[path.name]
        folder.changed()

    def names(self, folder: Path) -> list[str]:
        return sorted(self._folders[folder].names) if folder in self._folders else []

    def make_folder(self, folder: Path) -> None:
        self._folders.setdefault(folder, Folder())

    def sync_folder(self, folder: Path) -> None:
        self._folder(folder).sync()

    # What a test does to it.

    def mend(self) -> None:
        """Nothing is wrong with it any more."""
        self.faults.room_bytes = None
        self.faults.failing_syncs = self.faults.failing_creates = 0

    def crash(self, chance: random.Random) -> SimulatedDisk:
        """The disk as a machine finds it after a power cut: a new one; this one stays as it was."""
        after = SimulatedDisk()
        for path, folder in self._folders.items():
            names = {
                name: Inode(bytearray(inode.seen), bytearray(inode.durable), bytearray(inode.pending))
                for name, inode in chance.choice(folder.states).items()
            }
            for inode in names.values():
                inode.cut(chance)
            after._folders[path] = Folder(names, [dict(names)])
        return after

    def put(self, path: Path, data: bytes) -> None:
        """Have a file hold these bytes, durably."""
        self.make_folder(path.parent)
        folder = self._folder(path.parent)
        folder.names[path.name] = Inode(bytearray(data), bytearray(data))
        folder.sync()

    def flip(self, path: Path, place: int, bit: int = 0) -> None:
        """Turn one bit of a file over."""
        data = bytearray(self.read(path))
        data[place] ^= 1 << bit
        self.put(path, bytes(data))

    def durable(self, path: Path) -> bytes:
        """What of a file would certainly survive."""
        return bytes(self._inode(path).durable)

    def _folder(self, folder: Path) -> Folder:
        if folder not in self._folders:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return self._folders[folder]

    def _inode(self, path: Path) -> Inode:
        names = self._folder(path.parent).names
        if path.name not in names:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return names[path.name]


class SimulatedFile:
    """A `framework.kernel.disk.DiskFile`."""

    def __init__(self, disk: SimulatedDisk, inode: Inode) -> None:
        self._disk = disk
        self._inode = inode

    def append(self, data: bytes) -> None:
        room = self._disk.faults.room_bytes
        if room is None:
            self._inode.append(data)
            return
        self._inode.append(data[:room])
        self._disk.faults.room_bytes = max(0, room - len(data))
        if len(data) > room:
            raise disk_error(errno.ENOSPC, "No space left on device")

    def sync(self) -> None:
        self._disk.syncs += 1
        self._disk.faults.before_sync()
        if self._disk.faults.failing_syncs:
            self._disk.faults.failing_syncs -= 1
            self._inode.pending.clear()
            raise disk_error(errno.EIO, "Input/output error")
        self._inode.sync()

    def close(self) -> None:
        pass
