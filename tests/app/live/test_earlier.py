from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.live.earlier import earlier_records
from framework.kernel.journal.names import head_path
from framework.model.errors import DataError
from tests.simulation.disk import SimulatedDisk
from tests.wired import NOON

FOLDER = Path("/nowhere/journal")


def test_a_journal_is_looked_for_on_the_disk_that_is_given() -> None:
    disk = SimulatedDisk()
    assert list(earlier_records(FOLDER, NOON, disk)) == []
    disk.put(head_path(FOLDER), b"there was one")
    disk.make_folder(FOLDER)
    with pytest.raises(DataError, match="journal"):
        earlier_records(FOLDER, NOON, disk)
