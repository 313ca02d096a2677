from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.live.earlier import read_earlier
from framework.kernel.journal import JournalEnd
from framework.kernel.journal.names import head_path
from framework.model.errors import DataError
from tests.simulation.disk import SimulatedDisk
from tests.wired import NOON

FOLDER = Path("/nowhere/journal")


def test_a_journal_is_looked_for_on_the_disk_that_is_given() -> None:
    disk = SimulatedDisk()
    assert read_earlier(FOLDER, NOON, disk) == ([], JournalEnd())
    disk.put(head_path(FOLDER), b"there was one")
    disk.make_folder(FOLDER)
    with pytest.raises(DataError, match="journal"):
        read_earlier(FOLDER, NOON, disk)
