"""How far a journal went, noted beside its folder: so that a deleted journal, or an older copy of it, is noticed."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from framework.kernel.disk import Disk, durable_replace
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.names import head_path, segments
from framework.kernel.records import FORMAT

SET_ASIDE: Final = (
    "restore it from a copy that is whole, or set folder and head aside and begin a new journal: what stands at the "
    "venue is then shown before anything is traded"
)
NOTE: Final = "a note of how far the journal went, byte for byte as it was written"


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
    durable_replace(head_path(folder), _checked(head), disk)


def read_head(disk: Disk, folder: Path) -> Head | None:
    """What was noted; None where nothing was.

    Raises:
        Damaged: it is not, byte for byte, what was written.
    """
    path = head_path(folder)
    if path.name not in disk.names(path.parent):
        return None
    try:
        data = disk.read(path)
        head = msgspec.json.decode(data, type=Head)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise Damaged(path, 0, str(error), expected=NOTE, remedy=SET_ASIDE) from error
    if data == _checked(head) or (data == _unchecked(head) and _is_borne_out(disk, folder, head)):
        return head
    raise Damaged(path, 0, "other bytes", expected=NOTE, remedy=SET_ASIDE)


def _checked(head: Head) -> bytes:
    """A head's file: the CRC-32 of all before it comes last."""
    told = _unchecked(head).removesuffix(b"}\n")
    return told + b',"crc32":%d}\n' % zlib.crc32(told)


def _unchecked(head: Head) -> bytes:
    """As it was written before it had a checksum."""
    return msgspec.json.encode(head) + b"\n"


def _is_borne_out(disk: Disk, folder: Path, head: Head) -> bool:
    """Whether a head without a checksum says what the files say: else there is no telling which of them is wrong."""
    if head.format != FORMAT or len(head.closed_sha256) != (64 if head.closed_bytes else 0):
        return False
    numbers = list(segments(disk, folder))  # none: the journal was deleted, which is said elsewhere
    return not numbers or (head.first, head.last) == (numbers[0], numbers[-1])
