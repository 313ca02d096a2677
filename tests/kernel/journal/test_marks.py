"""Marks: their shape on disk is pinned, as that of records is."""

from __future__ import annotations

import msgspec

from framework.kernel.journal.marks import SegmentClosed, SegmentOpened


def test_the_bytes_of_marks_are_those_of_format_2() -> None:
    opened = SegmentOpened(2, "r1", 3, "ab", 400, 5, is_checkpoint=True, original="cd", original_bytes=900)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(opened)) == [
        "segment",
        2,
        "r1",
        3,
        "ab",
        400,
        5,
        True,
        "cd",
        900,
    ]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(SegmentClosed(7, "ef"))) == ["end", 7, "ef"]
