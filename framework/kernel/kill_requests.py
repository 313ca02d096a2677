"""Kills that nobody could take yet: asked for while a loop hung, before it began, or while nothing ran.

Each is a small file in a run's folder, durable once `keep` has returned. A daemon takes them as soon as it can; whoever
starts there next is tripped by what is left.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from framework.kernel.disk import NEW, Disk, RealDisk, durable_replace
from framework.model.scopes import EVERYTHING
from framework.model.storable import storable

FOLDER: Final = "kills"


class KillRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One kill, as a person or a signal asked for it."""

    scope: str
    reason: str
    who: str
    is_hard: bool = False
    flatten: bool = False


UNREADABLE: Final = "a kill was kept that cannot be read"


class KillRequests:
    """Those of one folder, as one process sees them.

    Args:
        folder: of a run, or of a live account.
        disk: this machine's by default.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder / FOLDER
        self._disk = disk or RealDisk()
        self._known: set[str] = set()

    def keep(self, request: KillRequest) -> str:
        """Put one down for whoever can take it; this process leaves it alone. Gives its name.

        Raises:
            OSError: the disk takes none.
        """
        name = f"{secrets.token_hex(8)}.json"
        self._known.add(name)
        self._disk.make_folder(self.folder)
        durable_replace(self.folder / name, msgspec.json.encode(request) + b"\n", self._disk)
        return name

    def fresh(self) -> list[tuple[str, KillRequest]]:
        """Those that this process has not seen yet, by name."""
        names = [name for name in self._disk.names(self.folder) if name not in self._known and not name.endswith(NEW)]
        self._known.update(names)
        return [(name, self._read(name)) for name in names]

    def forget(self, name: str) -> None:
        """It was applied, and the latch holds it. One that cannot be removed trips the next start once more."""
        try:
            self._disk.remove(self.folder / name)
        except OSError:
            return

    def stands(self, name: str) -> bool:
        """Whether nobody has applied it yet."""
        return name in self._disk.names(self.folder)

    def _read(self, name: str) -> KillRequest:
        """Fail closed where it cannot be read: somebody wanted something stopped."""
        path = self.folder / name
        try:
            return msgspec.json.decode(self._disk.read(path), type=KillRequest)
        except (OSError, msgspec.MsgspecError):
            return KillRequest(str(EVERYTHING), f"{UNREADABLE}: {storable(str(path))}", "file")
