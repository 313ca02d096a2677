"""The writer's thread: it drains, it ends, and a disk that stands still never stops the loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.disk import RealDisk
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.group import GroupJournal
from framework.kernel.journal.linked import read_folder
from framework.kernel.journal.thread import WriterThread
from tests.kernel.journal.chained import FOLDER, Desk, new_disk, turns


def test_records_become_durable_without_the_loop_waiting(tmp_path: Path) -> None:
    durable = threading.Event()
    journal = GroupJournal(Chain(tmp_path / "journal", "r1", ManualClock(), RealDisk()), halt=print, notify=durable.set)
    thread = WriterThread(journal)
    called: list[int] = []
    for record in turns(1, 5_000):
        journal.write(record)
    journal.when_durable(5_000, lambda: called.append(1))
    thread.start()
    while not called:
        assert durable.wait(20)
        durable.clear()
        journal.deliver()
    assert journal.durable == 5_000
    assert thread.close()
    assert list(read_folder(tmp_path / "journal")) == turns(1, 5_000)


@pytest.mark.fault("P30")
def test_a_disk_that_stands_still_halts_the_stop_and_the_loop_goes_on() -> None:
    disk = new_disk()
    desk = Desk(disk, records_max=10)
    stands, goes = threading.Event(), threading.Event()

    def hang() -> None:
        stands.set()
        assert goes.wait(20)

    disk.faults.before_sync = hang
    thread = WriterThread(desk.journal)
    thread.start()
    desk.write(turns(1, 1))
    assert stands.wait(20)
    desk.write(turns(2, 12))
    assert desk.halts == ["journal: 10 records wait for the disk; it is too slow or stands still"]
    assert desk.journal.durable == 0
    assert not thread.close(timeout_s=0.01)
    disk.faults.before_sync = lambda: None
    goes.set()
    assert thread.close(20)
    assert list(read_folder(FOLDER, disk)) == turns(1, 12)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ends_by_a_bug_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(new_disk())
    halted = threading.Event()
    _also(desk, halted.set)
    monkeypatch.setattr(desk.journal, "drain", lambda record=None: 1 / 0)
    thread = WriterThread(desk.journal)
    thread.start()
    desk.write(turns(1, 1))
    assert halted.wait(20)
    thread._thread.join(20)
    assert desk.halts == ["journal: its writer ended; this is a bug, please report it with the trace"]


def _also(desk: Desk, action: Callable[[], object]) -> None:
    def halt(reason: str) -> None:
        desk.halts.append(reason)
        action()

    desk.journal._halt = halt
