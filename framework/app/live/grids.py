"""How many decimals the points of a journal have, market by market: kept beside it, for a venue may list others later.

What a journal tells of orders, fills and books is in points. A market that is listed with a coarser tick goes on with the
points of before; read with others, every size and price of the journal would be another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.kernel.journal.names import head_path
from framework.model.errors import DataError
from framework.model.instrument import Instrument

FILE: Final = "grids.json"
Grid = tuple[int, int]
"""Decimals of prices and of sizes."""
Grids = Mapping[str, Grid]
"""By unified symbol."""


def known_grids(folder: Path, disk: Disk | None = None) -> Grids:
    """What the journal of an account's folder is kept in; nothing where there is none yet.

    Raises:
        DataError: it cannot be read.
    """
    disk = disk or RealDisk()
    if head_path(folder / "journal").name not in disk.names(folder):
        return {}
    return _read(folder, disk)


def keep_grids(folder: Path, instruments: Iterable[Instrument], disk: Disk | None = None) -> None:
    """Keep those of a session that begins, before anything of it is journaled.

    Raises:
        DataError: it cannot be read or written.
    """
    disk = disk or RealDisk()
    known = known_grids(folder, disk)
    found = dict(known) | {there.symbol: (there.price_digits, there.size_digits) for there in instruments}
    if found == known:
        return
    try:
        durable_replace(folder / FILE, msgspec.json.encode(found), disk)
    except OSError as error:
        raise DataError(f"{folder / FILE}: cannot be written: {error.strerror}") from error


def _read(folder: Path, disk: Disk) -> Grids:
    try:
        return msgspec.json.decode(disk.read(folder / FILE), type=dict[str, Grid])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(
            f"{folder / FILE}: expected the decimals of each market of the journal beside it, found {error}; "
            "restore it, or begin a new journal"
        ) from error
