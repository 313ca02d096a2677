"""A daemon's journal on a real loop: durable before the first byte leaves, or not waited for."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from framework.app.live import journal as daemon_journal
from framework.app.live.journal import DaemonJournal, tidy_journal
from framework.config.tables import JournalTable
from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain, read_folder
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.names import segment_path
from framework.kernel.journal.retention import Keep
from framework.kernel.records import Record, RequestSent, Turn
from framework.model.batch import Cleared
from framework.model.errors import ConfigError, DataError
from tests.kernel.journal.chained import FOLDER, new_disk, turns
from tests.kernel.journal.test_retention import DAY, days, decisions, heard
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


def test_a_journal_is_tidied_before_it_is_read_and_a_bound_that_cannot_be_held_is_refused() -> None:
    disk, written = days(5)
    settings = JournalTable(keep_inputs="2d")
    tidy_journal(FOLDER, settings, 5 * DAY + 1_000, disk)
    assert decisions(list(read_folder(FOLDER, disk))) == decisions(written)
    assert len(list(read_folder(FOLDER, disk))) < len(written)
    tidy_journal(Path("var") / "none", settings, NOON, disk)  # the first start
    tight = JournalTable.model_construct(**{**settings.model_dump(), "max_size": "1 MB"})
    tidy_journal(FOLDER, tight, 5 * DAY, disk)
    with pytest.raises(ConfigError, match=r"\[journal\] max_size: expected a journal of at most 1 MB"):
        tidy_journal(FOLDER, tight, 5 * DAY, Swollen(disk))  # type: ignore[arg-type]  # says that all is larger


class Swollen:
    """A disk whose files are all large."""

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk

    def size_bytes(self, path: Path) -> int:
        return 10**6 + self._disk.size_bytes(path)

    def __getattr__(self, name: str) -> object:
        return getattr(self._disk, name)


def test_damage_that_no_restart_reads_keeps_nobody_from_starting() -> None:
    disk, _ = days(5)
    disk.flip(segment_path(FOLDER, 1), 200)
    tidy_journal(FOLDER, JournalTable(keep_inputs="1d"), 100 * DAY, disk)


async def test_a_journal_that_reaches_its_bound_while_it_is_written_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_journal, "CHECK_RECORDS", 10)
    disk, halts = new_disk(), list[str]()
    loop = asyncio.get_running_loop()
    journal = DaemonJournal(FOLDER, "r1", ManualClock(NOON), loop, halts.append, disk, keep=Keep(size_bytes=150))
    for record in turns(1, 9):
        journal.write(record)
    assert journal.close()
    assert halts == []
    journal = DaemonJournal(FOLDER, "r2", ManualClock(NOON), loop, halts.append, disk, keep=Keep(size_bytes=150))
    for record in turns(10, 19):
        journal.write(record)
    assert halts == [f"[journal] max_size is reached: 0.0 GB in {FOLDER}; a restart makes room, or allow more"]
    journal.close()


async def test_when_a_segment_ends_old_market_data_goes_beside_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_journal, "CHECK_RECORDS", 10)
    monkeypatch.setattr(daemon_journal, "Chain", partial(Chain, segment_bytes=2_000))
    disk, before = days(3)
    clock, loop = ManualClock(9 * DAY), asyncio.get_running_loop()
    journal = DaemonJournal(FOLDER, "r4", clock, loop, pytest.fail, disk, keep=Keep(inputs_ns=5 * DAY))
    first, written = journal._chain.path, list[Record]()
    while journal.thinning is None:
        number = len(written) + 1
        written.append(heard(number) if number % 2 else Turn(9 * DAY + number, number))
        journal.write(written[-1])
        await asyncio.sleep(0)  # the writer has its turn
    assert journal._chain.path != first
    await asyncio.to_thread(journal.thinning.join, 20)
    for number in range(len(written) + 1, len(written) + 60):  # it goes on, and nothing new is thinned
        written.append(Turn(9 * DAY + number, number))
        journal.write(written[-1])
    assert journal.close()
    found = list(read_folder(FOLDER, disk))
    assert found[-len(written) :] == written
    assert decisions(found[: -len(written)]) == decisions(before)
    assert len(found) < len(before) + len(written) - 200, "only the last of the old segments is not old enough"
    Chain(FOLDER, "r5", clock, disk).close()
    looked = inspect_journal(FOLDER, disk)
    assert looked.is_whole, looked.findings


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Keep(30 * DAY, 0, 20 * 10**9)),
        ({"keep_inputs": "forever", "keep_decisions": "52w", "max_size": "500 MB"}, Keep(0, 364 * DAY, 500 * 10**6)),
    ],
)
def test_how_much_is_kept_is_written_with_units(settings: dict[str, str], expected: Keep) -> None:
    assert JournalTable.model_validate(settings).keep == expected


@pytest.mark.parametrize("settings", [{"keep_inputs": "30"}, {"keep_decisions": "never"}, {"max_size": "20"}])
def test_what_has_no_unit_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected a"):
        JournalTable.model_validate(settings)
