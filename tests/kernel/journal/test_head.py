"""The head: how far the journal went, where whoever restores the folder does not see it."""

from __future__ import annotations

import pytest

from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.head import Head, read_head, write_head
from framework.kernel.journal.names import head_path
from tests.kernel.journal.chained import FOLDER, new_disk


def test_the_head_is_read_as_it_was_written() -> None:
    disk = new_disk()
    assert read_head(disk, FOLDER) is None
    head = Head(3, 7, 400, "ab")
    write_head(disk, FOLDER, head)
    assert read_head(disk, FOLDER) == head


@pytest.mark.fault("P13")
@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"first": 1'])
def test_a_damaged_head_is_named(data: bytes) -> None:
    disk = new_disk()
    disk.put(head_path(FOLDER), data)
    with pytest.raises(Damaged, match=r"journal.head: expected a note of how far the journal went"):
        read_head(disk, FOLDER)
