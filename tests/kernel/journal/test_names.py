"""What the files of a journal are called."""

from __future__ import annotations

from pathlib import Path

from framework.kernel.journal.names import head_path, leftovers, segment_path, segments
from tests.kernel.journal.chained import FOLDER, new_disk


def test_segments_are_found_in_the_order_of_their_numbers() -> None:
    disk = new_disk()
    for number in (2, 1_000_000, 10, 1):
        disk.put(segment_path(FOLDER, number), b"")
    assert list(segments(disk, FOLDER)) == [1, 2, 10, 1_000_000]


def test_of_two_files_of_one_segment_the_plain_one_counts() -> None:
    disk = new_disk()
    for name in ("journal-000001.bin", "journal-000001.bin.gz", "journal-000002.bin.gz", "journal-3.bin", "x"):
        disk.put(FOLDER / name, b"")
    assert segments(disk, FOLDER) == {1: FOLDER / "journal-000001.bin", 2: FOLDER / "journal-000002.bin.gz"}


def test_half_written_files_are_leftovers() -> None:
    disk = new_disk()
    disk.put(FOLDER / "journal-000001.bin.gz.new", b"")
    disk.put(FOLDER / "journal-000001.bin", b"")
    assert leftovers(disk, FOLDER) == [FOLDER / "journal-000001.bin.gz.new"]


def test_the_head_stands_beside_the_folder() -> None:
    assert head_path(Path("var") / "journal") == Path("var") / "journal.head"
