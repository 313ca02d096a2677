"""A journal looked at from end to end: every segment, and every fault with its place and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from framework.kernel.disk import Disk, RealDisk
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.head import read_head
from framework.kernel.journal.linked import Link, check_head, complete, linked, load
from framework.kernel.journal.names import segments
from framework.kernel.journal.reading import Reading, read_file
from framework.model.errors import DataError

CLOSED: Final = "closed"
CUT_OFF: Final = "cut off, or still written"
TORN: Final = "torn"
CONTINUED: Final = "continued in the next"
DAMAGED: Final = "damaged"


@dataclass(frozen=True)
class JournalFault:
    """A fault of a journal."""

    file: str
    offset: int
    """The first byte of what is wrong; in a compressed segment, counted after decompressing."""
    expected: str
    found: str
    remedy: str


@dataclass(frozen=True)
class SegmentState:
    """One file of a journal."""

    file: str
    number: int
    format: int
    run_id: str
    records: int
    size_bytes: int
    """Decompressed."""
    left_out_bytes: int
    """At its end: torn by a crash, or written again in the next one."""
    is_thinned: bool
    state: str


@dataclass(frozen=True)
class Inspection:
    """All there is to say of a journal."""

    journal: str
    segments: tuple[SegmentState, ...]
    findings: tuple[JournalFault, ...]

    @property
    def is_whole(self) -> bool:
        """No fault was found. A torn tail is none: that is how a crash ends a journal."""
        return not self.findings

    @property
    def records(self) -> int:
        """Records that can be read."""
        return sum(segment.records for segment in self.segments)


def inspect_journal(journal: Path, disk: Disk | None = None) -> Inspection:
    """Look at a journal: one file, or a folder of segments.

    Raises:
        DataError: it cannot be read at all.
    """
    disk = disk or RealDisk()
    states: list[SegmentState] = []
    findings: list[JournalFault] = []
    steps = _folder(journal, disk) if segments_in(journal, disk) else _single(journal, disk)
    for found in steps:
        if isinstance(found, JournalFault):
            findings.append(found)
        else:
            states.append(found)
    return Inspection(str(journal), tuple(states), tuple(dict.fromkeys(findings)))


def segments_in(journal: Path, disk: Disk) -> dict[int, Path]:
    """The segments of a folder; none of a file."""
    try:
        return segments(disk, journal)
    except NotADirectoryError:
        return {}


def _single(path: Path, disk: Disk) -> Iterator[SegmentState | JournalFault]:
    reading = read_file(path, disk)
    fault = None
    try:
        for _ in reading.records():
            pass
    except DataError as error:
        fault = error
        yield _finding(path, error)
    number = reading.opened.number if reading.opened else 1
    yield _state(Link(number, reading, 0), is_followed=False, is_damaged=fault is not None)


def _folder(folder: Path, disk: Disk) -> Iterator[SegmentState | JournalFault]:
    paths = segments_in(folder, disk)
    head = None
    try:
        head = read_head(disk, folder)
        paths = complete(folder, disk, head)
    except Damaged as error:
        yield _finding(error.path, error)
    for number, path in paths.items():
        link = Link(number, Reading(path, b""), 0)
        is_damaged = True
        try:
            following = load(paths[number + 1], disk) if number + 1 in paths else None
            link, records = linked(number, load(path, disk), following)
            for _ in records:
                pass
            if number == max(paths):
                check_head(folder, head, link)
            is_damaged = False
        except DataError as error:
            yield _finding(path, error)
        yield _state(link, is_followed=number < max(paths), is_damaged=is_damaged)


def _state(link: Link, *, is_followed: bool, is_damaged: bool) -> SegmentState:
    reading = link.reading
    return SegmentState(
        file=str(reading.path),
        number=link.number,
        format=reading.opened.format if reading.opened else 1,
        run_id=reading.opened.run_id if reading.opened else "",
        records=reading.count,
        size_bytes=len(reading.data) + link.abandoned_bytes,
        left_out_bytes=link.abandoned_bytes + (0 if is_damaged else reading.torn_bytes),
        is_thinned=bool(reading.opened and reading.opened.original),
        state=_word(link, is_followed=is_followed, is_damaged=is_damaged),
    )


def _word(link: Link, *, is_followed: bool, is_damaged: bool) -> str:
    if is_damaged:
        return DAMAGED
    if link.reading.is_closed:
        return CLOSED
    if is_followed:
        return CONTINUED
    return TORN if link.reading.torn_bytes else CUT_OFF


def _finding(path: Path, error: DataError) -> JournalFault:
    if isinstance(error, Damaged):
        return JournalFault(str(error.path), error.offset, error.expected, error.found, error.remedy)
    expected, _, remedy = str(error).partition("; ")
    return JournalFault(str(path), 0, expected, "", remedy)
