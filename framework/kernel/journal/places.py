"""Where a journal is, from what a person names: a run's folder, a journal's folder, or one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from framework.kernel.disk import RealDisk
from framework.kernel.journal.linked import read_folder
from framework.kernel.journal.names import segments
from framework.kernel.journal.reading import read_journal
from framework.kernel.records import Record
from framework.model.errors import ConfigError, DataError

SINGLE: Final = "journal.bin"
"""The one file of a tape run, in the run's folder."""
FOLDER: Final = "journal"
"""The folder of a daemon's segments, in the daemon's folder."""

LAST: Final = "last"
SUCH: Final = "; name a run's folder such as var/paper/..., or last"


def find_journal(place: Path) -> Path:
    """The file or the folder of a journal.

    Raises:
        ConfigError: no such place. DataError: there is none in it.
    """
    if not place.exists():
        raise ConfigError(f"journal {place}: expected a run's folder or a journal's file, found no such place{SUCH}")
    if place.is_file():
        return place
    if (place / SINGLE).is_file():
        return place / SINGLE
    for folder in (place, place / FOLDER):
        if folder.is_dir() and segments(RealDisk(), folder):
            return folder
    raise DataError(
        f"journal {place}: expected a journal's file, or a folder with {SINGLE} or segments in it, found "
        f"none there{SUCH}"
    )


def run_named(name: str, folder: Path) -> Path:
    """The place of a run: `last` is the one in a folder whose journal was written last.

    Raises:
        ConfigError: `last`, and none is there.
    """
    if name != LAST:
        return Path(name)
    # A live account's folder is named by the account, a paper run's by its start: names tell nothing of which is newer.
    written = [(_written_ns(journal), place.name, place) for place, journal in _journals(folder)]
    if not written:
        raise ConfigError(f"{LAST}: no run in {folder}; name one, or the folder of runs by --folder")
    return max(written)[-1]


def _journals(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Every run below a folder that has a journal, and that journal."""
    for place in folder.glob("*/*/"):
        try:
            yield place, find_journal(place)
        except DataError:
            continue


def _written_ns(journal: Path) -> int:
    """When a journal was written last."""
    files = segments(RealDisk(), journal).values() if journal.is_dir() else (journal,)
    return max(path.stat().st_mtime_ns for path in files)


def records_of(journal: Path) -> Iterator[Record]:
    """All records of what `find_journal` gave. Raises as `read_journal` and `read_folder`."""
    return read_folder(journal) if journal.is_dir() else read_journal(journal)
