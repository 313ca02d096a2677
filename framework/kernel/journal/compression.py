"""Old segments made small: of a journal of segments all but the newest, while a daemon may be writing that one."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.linked import links, load
from framework.kernel.journal.names import COMPRESSED, segments


class Compressed(NamedTuple):
    """What was done."""

    segments: int
    before_bytes: int
    after_bytes: int


def compress_segments(folder: Path, disk: Disk | None = None) -> Compressed:
    """Compress every segment but the newest, having read the whole journal first.

    A segment's own file is removed when its compressed one survives a power cut and was read again. A crash at any
    moment leaves one of them whole.

    Raises:
        Damaged: the journal is not whole: nothing is touched. OSError: the disk; what was done so far is whole.
    """
    disk = disk or RealDisk()
    for _, records in links(folder, disk):
        for _ in records:
            pass
    done = Compressed(0, 0, 0)
    for path in list(segments(disk, folder).values())[:-1]:
        if path.name.endswith(COMPRESSED):
            continue
        before_bytes, after_bytes = _compress(path, disk)
        done = Compressed(done.segments + 1, done.before_bytes + before_bytes, done.after_bytes + after_bytes)
    return done


def _compress(path: Path, disk: Disk) -> tuple[int, int]:
    data = disk.read(path)
    target = path.with_name(path.name + COMPRESSED)
    durable_replace(target, gzip.compress(data, mtime=0), disk)
    if load(target, disk).data != data:
        raise Damaged(target, 0, "others", expected="the bytes of the segment", remedy="the segment itself is kept")
    disk.remove(path)
    disk.sync_folder(path.parent)
    return len(data), disk.size_bytes(target)
