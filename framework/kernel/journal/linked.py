"""A journal of many segments read again, each held against what the next one says of it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from framework.kernel.disk import Disk, RealDisk
from framework.kernel.journal.frames import Damaged, decode, frames
from framework.kernel.journal.head import SET_ASIDE, Head, read_head
from framework.kernel.journal.marks import SegmentOpened
from framework.kernel.journal.names import COMPRESSED, head_path, segment_path, segments
from framework.kernel.journal.reading import Reading, read_file
from framework.kernel.records import Checkpoint, Record
from framework.model.counting import counted

BEGINNING_BYTES: Final = 4096
"""As much as surely holds a segment's first frame."""
GZIP: Final = 31
"""zlib's word for a gzip header and the largest window."""


class StartingPoint(NamedTuple):
    """The segment from which a restart reads on."""

    number: int
    reading: Reading | None
    """Loaded already, where there is one."""


OLDEST: Final = StartingPoint(0, None)


class Link(NamedTuple):
    """A segment of a journal, read and held against the next one."""

    number: int
    reading: Reading
    abandoned_bytes: int
    """Bytes at its end that do not count: torn, or written again in the next one."""


def load(path: Path, disk: Disk, most_bytes: int = -1) -> Reading:
    """A segment's bytes, decompressed; all of them, or as many as stand in its first `most_bytes` on the disk.

    Raises:
        Damaged: it cannot be decompressed. DataError: it cannot be read.
    """
    reading = read_file(path, disk, most_bytes)
    if path.name.endswith(COMPRESSED):
        decompressor = zlib.decompressobj(wbits=GZIP)
        try:
            reading.data = decompressor.decompress(reading.data)
        except zlib.error as error:
            raise Damaged(path, 0, str(error), expected="a compressed segment") from error
        if not decompressor.eof and most_bytes < 0:
            raise Damaged(path, 0, "a part of one", expected="a compressed segment")
    return reading


def opened_of(reading: Reading) -> SegmentOpened | None:
    """What a segment says of itself in its first frame; None where that was torn.

    Raises:
        Damaged: its first frame is something else.
    """
    first = next(frames(reading.path, reading.data), None)
    if first is None:
        return None
    opened = decode(reading.path, first)
    if not isinstance(opened, SegmentOpened):
        raise Damaged(reading.path, first.offset, type(opened).__name__, expected="the beginning of a segment")
    return opened


def links(
    folder: Path, disk: Disk | None = None, *, since: StartingPoint = OLDEST
) -> Iterator[tuple[Link, Iterator[Record]]]:
    """The segments of a journal in order, each with its records; a segment is judged when its records are exhausted.

    Args:
        since: begin at this segment instead of the oldest.

    Raises:
        Damaged: a segment is missing, or is not what the next one or the head says.
    """
    disk = disk or RealDisk()
    paths = complete(folder, disk, read_head(disk, folder))
    numbers = [number for number in paths if number >= since.number]
    following = since.reading if since.number in paths else None
    for number in numbers:
        reading = following or load(paths[number], disk)
        following = load(paths[number + 1], disk) if number + 1 in paths else None
        yield linked(number, reading, following)


def newest_checkpoint(folder: Path, disk: Disk | None = None) -> StartingPoint:
    """The newest segment that begins with a whole checkpoint; the oldest of all when there is none."""
    disk = disk or RealDisk()
    for number, path in reversed(segments(disk, folder).items()):
        opened = opened_of(load(path, disk, BEGINNING_BYTES))
        if opened is not None and opened.is_checkpoint and _begins_with_one(reading := load(path, disk)):
            return StartingPoint(number, reading)
    return OLDEST


def _begins_with_one(reading: Reading) -> bool:
    """Whether the checkpoint that a segment was begun for is there: a crash may have torn it."""
    first = list(islice(frames(reading.path, reading.data), 2))
    return len(first) > 1 and isinstance(decode(reading.path, first[1]), Checkpoint)


def read_folder(folder: Path, disk: Disk | None = None) -> Iterator[Record]:
    """All records of a journal of segments, in order. Raises as `links`."""
    for _, records in links(folder, disk):
        yield from records


def complete(folder: Path, disk: Disk, head: Head | None) -> dict[int, Path]:
    """The segments that a journal must have, none missing.

    Raises:
        Damaged: one is, or all, or the head.
    """
    paths = segments(disk, folder)
    first, last = (head.first, head.last) if head else (1, max(paths, default=0))
    if head and not paths:
        raise Damaged(
            folder, 0, "none", expected=f"segments {first} to {last}: the journal was deleted", remedy=SET_ASIDE
        )
    if head is None and last > 1:
        raise Damaged(
            head_path(folder), 0, "none", expected=f"the head of {counted(last, 'segment')}", remedy=SET_ASIDE
        )
    for number in range(first, max(last, max(paths, default=0)) + 1):
        if number not in paths:
            newest = max(paths)
            what = f"segment {newest} as the newest: an older copy was restored" if number > newest else "none"
            raise Damaged(segment_path(folder, number), 0, what, expected="this segment", remedy=SET_ASIDE)
    return {number: path for number, path in paths.items() if number >= first}


def linked(number: int, reading: Reading, following: Reading | None) -> tuple[Link, Iterator[Record]]:
    """A segment and its records, held against what the following one says of it. Raises as `links`."""
    size_bytes = len(reading.data)
    named = opened_of(following) if following else None
    if named is not None:
        _hold_against(reading, named)
    link = Link(number, reading, size_bytes - len(reading.data))
    return link, _records(link, is_cut=named is not None)


def _hold_against(reading: Reading, named: SegmentOpened) -> None:
    """See that a segment has what the next one says of it, and leave out what does not count."""
    opened = opened_of(reading)
    if opened is not None and opened.original:
        if (opened.original, opened.original_bytes) != (named.previous, named.previous_bytes):
            raise _other_bytes(reading.path, named)
        return
    counted = reading.data[: named.previous_bytes]
    if len(counted) < named.previous_bytes:
        raise Damaged(
            reading.path, len(counted), "its end", expected=f"{named.previous_bytes} bytes, which the next one counts",
            remedy=SET_ASIDE,
        )  # fmt: skip
    if hashlib.sha256(counted).hexdigest() != named.previous:
        for _ in Reading(reading.path, counted).records():
            pass  # where a record is damaged, that is said with its place
        raise _other_bytes(reading.path, named)
    reading.data = counted


def _records(link: Link, *, is_cut: bool) -> Iterator[Record]:
    """The records of a segment, which is then judged."""
    reading, number = link.reading, link.number
    yield from reading.records()
    if is_cut and reading.torn_bytes:
        raise Damaged(reading.path, reading.end, "a part of one")
    if reading.opened is None and is_cut:
        raise Damaged(reading.path, 0, "none", expected="the beginning of a segment")
    if reading.opened is not None and reading.opened.number != number:
        raise Damaged(
            reading.path, 0, f"segment {reading.opened.number}", expected=f"segment {number}", remedy=SET_ASIDE
        )


def _other_bytes(path: Path, named: SegmentOpened) -> Damaged:
    return Damaged(
        path, 0, "others", expected=f"the bytes of digest {named.previous[:16]}..., which segment {named.number} names",
        remedy=SET_ASIDE,
    )  # fmt: skip


def check_head(folder: Path, head: Head | None, newest: Link) -> None:
    """Hold the newest segment, read, against the head.

    Raises:
        Damaged: it is an older copy, or the head is.
    """
    path, number = newest.reading.path, newest.number
    if head is None:
        return
    if number > head.last + 1:
        raise Damaged(
            head_path(folder), 0, f"segment {head.last}: an older copy", expected=f"segment {number} as the newest",
            remedy=SET_ASIDE,
        )  # fmt: skip
    if number == head.last and newest.reading.opened is None:
        raise Damaged(path, 0, "none", expected="the beginning of a segment", remedy=SET_ASIDE)
    if number == head.last and head.closed_bytes:
        counted = newest.reading.extent
        if counted != (head.closed_bytes, head.closed_sha256):
            raise Damaged(
                path, min(counted.size_bytes, head.closed_bytes), f"{counted.size_bytes} bytes of another digest",
                expected=f"the {head.closed_bytes} bytes it had when it was closed", remedy=SET_ASIDE,
            )  # fmt: skip
