"""Room on the disk: a journal that is about to fail trips while it can still tell of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

SHARE_MIN: Final = 0.01
"""Of the disk; below it the kill switch trips."""


def no_room(folder: Path) -> str:
    """Why the disk of a folder is too full to trade on; empty where it is not, or cannot be asked."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return ""
    if usage.free >= usage.total * SHARE_MIN:
        return ""
    return (
        f"{folder}: expected {SHARE_MIN:.0%} of the disk free, found {usage.free / usage.total:.1%}: the journal is about to "
        "fail; make room"
    )
