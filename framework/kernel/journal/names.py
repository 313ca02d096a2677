"""What the files of a journal are called: `journal-000001.bin`, compressed `journal-000001.bin.gz`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from framework.kernel.disk import NEW, Disk

SEGMENT: Final = re.compile(r"journal-([0-9]{6,12})\.bin(\.gz)?", re.ASCII)
COMPRESSED: Final = ".gz"
HEAD: Final = ".head"
"""Ends the name of the file beside a journal's folder that says how far the journal went."""


def segment_path(folder: Path, number: int) -> Path:
    """Where a segment is written."""
    return folder / f"journal-{number:06}.bin"


def segments(disk: Disk, folder: Path) -> dict[int, Path]:
    """Number -> file, in order. Of a segment that is there plain and compressed, the plain one: it is the older copy."""
    found: dict[int, Path] = {}
    for name in disk.names(folder):
        match = SEGMENT.fullmatch(name)
        if match and (match[2] is None or int(match[1]) not in found):
            found[int(match[1])] = folder / name
    return dict(sorted(found.items()))


def leftovers(disk: Disk, folder: Path) -> list[Path]:
    """Files that a crash left half written."""
    return [folder / name for name in disk.names(folder) if name.endswith(NEW)]


def head_path(folder: Path) -> Path:
    """The file beside the folder: whoever deletes or restores the folder does not move it along."""
    return folder.with_name(folder.name + HEAD)
