"""How far a journal went, noted beside its folder: so that a deleted journal, or an older copy of it, is noticed."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from framework.kernel.disk import Disk, durable_replace
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.names import head_path
from framework.kernel.records import FORMAT


class Head(Struct, frozen=True):
    """Written when a segment begins, when the journal is closed, and before old segments are removed."""

    first: int
    """The oldest segment that is kept."""
    last: int
    """The newest that was begun."""
    closed_bytes: int = 0
    """Size of the newest when it was closed; 0: it was not closed yet."""
    closed_sha256: str = ""
    format: int = FORMAT


def write_head(disk: Disk, folder: Path, head: Head) -> None:
    """Note it durably. Raises OSError."""
    durable_replace(head_path(folder), msgspec.json.encode(head) + b"\n", disk)


def read_head(disk: Disk, folder: Path) -> Head | None:
    """What was noted; None where nothing was.

    Raises:
        Damaged: it cannot be read.
    """
    path = head_path(folder)
    if path.name not in disk.names(path.parent):
        return None
    try:
        return msgspec.json.decode(disk.read(path), type=Head)
    except (OSError, msgspec.MsgspecError) as error:
        raise Damaged(path, 0, str(error), expected="a note of how far the journal went") from error
