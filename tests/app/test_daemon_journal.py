"""A daemon's journal on a real loop: durable before the first byte leaves, or not waited for."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from framework.app.daemon_journal import DaemonJournal
from framework.config.tables import JournalTable
from framework.kernel.clock import ManualClock
from framework.kernel.journal import read_folder
from framework.kernel.records import RequestSent
from framework.model.batch import Cleared
from framework.model.errors import ConfigError, DataError
from tests.kernel.journal.chained import FOLDER, new_disk, turns
from tests.router.sending.test_sender import Kit
from tests.simulation.disk import SimulatedDisk
from tests.wired import NOON

SYNC = JournalTable()
ASYNC = JournalTable(before_send="async")


async def kept_on(disk: SimulatedDisk, halts: list[str]) -> DaemonJournal:
    return DaemonJournal(FOLDER, "r1", ManualClock(NOON), asyncio.get_running_loop(), halts.append, disk)


class Journaled(Kit):
    """A sender that writes to a daemon's journal."""

    def __init__(self, journal: DaemonJournal, settings: JournalTable) -> None:
        super().__init__()
        self.sender._journal = journal
        self.sender.when_durable = journal.before_send(settings)


@pytest.mark.fault("P2")
async def test_sync_lets_no_request_leave_before_its_record_is_durable() -> None:
    disk, halts = new_disk(), list[str]()
    journal = await kept_on(disk, halts)
    kit, goes = Journaled(journal, SYNC), threading.Event()
    durable: list[bool] = []
    sent = asyncio.Event()

    def send(cleared: Cleared) -> None:
        durable.append(journal.durable == journal.written)
        sent.set()

    kit.port.send = send  # type: ignore[method-assign]  # what a port would see

    def hang() -> None:
        assert goes.wait(20)

    disk.faults.before_sync = hang
    kit.put(1)
    kit.sender.step(NOON)
    await asyncio.sleep(0)
    assert durable == [], "the disk stands still, and the loop goes on"
    goes.set()
    await asyncio.wait_for(sent.wait(), 20)
    assert durable == [True]
    assert journal.close()
    assert [type(record) for record in read_folder(FOLDER, disk)] == [RequestSent]


async def test_async_does_not_wait() -> None:
    disk, halts, goes = new_disk(), list[str](), threading.Event()
    journal = await kept_on(disk, halts)

    def hang() -> None:
        assert goes.wait(20)

    disk.faults.before_sync = hang
    kit = Journaled(journal, ASYNC)
    kit.put(1)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"]]
    goes.set()
    assert journal.close()
    assert journal.durable == journal.written == 1


@pytest.mark.fault("P9", "P12")
async def test_a_request_whose_record_no_disk_takes_never_leaves() -> None:
    disk, halted = new_disk(), threading.Event()
    journal = DaemonJournal(
        FOLDER, "r1", ManualClock(NOON), asyncio.get_running_loop(), lambda reason: halted.set(), disk
    )
    kit = Journaled(journal, SYNC)
    disk.faults.room_bytes = 0
    kit.put(1)
    kit.sender.step(NOON)
    assert await asyncio.to_thread(halted.wait, 20)
    journal.close()
    await asyncio.sleep(0)
    assert kit.port.ids() == []
    assert journal.durable == 0


async def test_sessions_go_on_behind_one_another_on_a_real_disk(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    for first in (1, 6):
        journal = DaemonJournal(tmp_path / "journal", f"r{first}", ManualClock(), loop, pytest.fail)
        assert journal.torn_bytes == 0
        for record in turns(first, first + 4):
            journal.write(record)
        assert not journal.is_pressed
        assert journal.close()
    assert list(read_folder(tmp_path / "journal")) == turns(1, 10)


async def test_a_folder_that_cannot_be_written_and_a_damaged_journal_are_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    loop = asyncio.get_running_loop()
    with pytest.raises(ConfigError, match=r"expected a folder to write to, found: "):
        DaemonJournal(tmp_path / "file" / "journal", "r1", ManualClock(), loop, pytest.fail)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "journal-000001.bin").write_bytes(b"hello")
    with pytest.raises(DataError, match="it is not a journal"):
        DaemonJournal(tmp_path / "journal", "r1", ManualClock(), loop, pytest.fail)
