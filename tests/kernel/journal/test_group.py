"""Group commit: durable means durable, nothing is dropped, and a disk that fails or stands still halts the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.journal import frames
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.group import GroupJournal, to_stderr
from framework.kernel.journal.linked import read_folder
from framework.kernel.journal.names import segment_path, segments
from framework.kernel.records import Record, StrategyQuarantined, Turn
from framework.model.errors import InvariantError
from tests.kernel.journal.chained import FOLDER, Desk, chain_on, new_disk, turns


def test_what_was_drained_is_durable_and_was_synced_once() -> None:
    disk = new_disk()
    desk = Desk(disk, segment_bytes=10_000)
    before = disk.syncs
    desk.write(turns(1, 50))
    assert (desk.journal.written, desk.journal.durable) == (50, 0)
    desk.journal.drain()
    assert (desk.journal.written, desk.journal.durable, disk.syncs) == (50, 50, before + 1)
    assert disk.durable(segment_path(FOLDER, 1)) == disk.read(segment_path(FOLDER, 1))
    assert list(read_folder(FOLDER, disk)) == turns(1, 50)


def test_draining_nothing_asks_nothing_of_the_disk() -> None:
    disk = new_disk()
    desk = Desk(disk)
    before = disk.syncs
    assert desk.journal.drain()
    assert disk.syncs == before


def test_the_bytes_do_not_depend_on_how_records_were_grouped() -> None:
    found = set()
    for group in (1, 3, 7, 40):
        disk = new_disk()
        desk = Desk(disk)
        for first in range(1, 41, group):
            desk.write(turns(first, min(40, first + group - 1)))
            desk.journal.drain()
        desk.journal.close()
        found.add(tuple(disk.read(path) for path in segments(disk, FOLDER).values()))
    assert len(found) == 1
    assert len(found.pop()) == 3


def test_who_waits_for_a_record_is_called_when_it_is_durable() -> None:
    desk = Desk(new_disk())
    called: list[str] = []
    desk.write(turns(1, 2))
    desk.journal.when_durable(1, lambda: called.append("one"))
    desk.write(turns(3, 3))
    desk.journal.when_durable(3, lambda: called.append("three"))
    assert (called, desk.notices) == ([], 0)
    desk.journal.drain()
    assert (called, desk.notices) == ([], 1), "the loop is to call, not the writer"
    desk.journal.deliver()
    assert called == ["one", "three"]
    desk.journal.when_durable(2, lambda: called.append("at once"))
    assert called == ["one", "three", "at once"]


def test_nobody_is_notified_when_nobody_waits() -> None:
    desk = Desk(new_disk())
    desk.write(turns(1, 2))
    desk.journal.drain()
    assert desk.notices == 0


# A full disk.


@pytest.mark.fault("P9")
@pytest.mark.parametrize("room", [0, 1, 20, 60, 100, 150])
def test_a_full_disk_halts_and_no_record_is_lost(room: int) -> None:
    disk = new_disk()
    desk = Desk(disk, segment_bytes=10_000)
    desk.write(turns(1, 3))
    desk.journal.drain()
    disk.faults.room_bytes = room
    desk.write(turns(4, 13))
    called: list[int] = []
    desk.journal.when_durable(13, lambda: called.append(13))
    desk.journal.drain()
    desk.journal.deliver()
    assert desk.halts == [
        f"journal {FOLDER}/journal-000001.bin: No space left on device; nothing new is sent without a journal"
    ]
    assert (called == [13]) is (desk.journal.durable == 13)
    assert desk.rescued == turns(4, 13)[desk.journal.durable - 3 :]
    assert list(read_folder(FOLDER, disk))[: desk.journal.durable] == turns(1, desk.journal.durable)


@pytest.mark.fault("P9")
def test_cancels_are_still_taken_on_a_full_disk_and_told() -> None:
    disk = new_disk()
    desk = Desk(disk)
    disk.faults.room_bytes = 0
    for number in range(1, 6):
        desk.write(turns(number, number))
        desk.journal.drain()
    assert len(desk.halts) == 1
    assert desk.rescued == turns(1, 5), "each once"
    assert desk.journal.durable == 0


@pytest.mark.fault("P9")
def test_records_kept_in_memory_are_written_when_there_is_room_again() -> None:
    disk = new_disk()
    desk = Desk(disk)
    disk.faults.room_bytes = 0
    desk.write(turns(1, 5))
    desk.journal.drain()
    disk.faults.room_bytes = None
    desk.write(turns(6, 6))
    desk.journal.drain()
    assert desk.journal.durable == 6
    assert desk.journal.halted_because, "what halted is armed again by a person"
    desk.journal.close()
    assert list(read_folder(FOLDER, disk)) == turns(1, 6)


# A sync that fails.


@pytest.mark.fault("P12")
def test_a_failed_sync_is_never_tried_again_in_its_file() -> None:
    disk = new_disk()
    desk = Desk(disk, segment_bytes=10_000)
    desk.write(turns(1, 3))
    desk.journal.drain()
    first, before = segment_path(FOLDER, 1), disk.durable(segment_path(FOLDER, 1))
    disk.faults.failing_syncs = 1
    desk.write(turns(4, 6))
    desk.journal.drain()
    assert desk.halts == [f"journal {first}: Input/output error; nothing new is sent without a journal"]
    assert disk.durable(first) == before, "the file was let go"
    assert desk.journal.durable == 6, "in a new file"
    assert list(segments(disk, FOLDER)) == [1, 2]
    assert list(read_folder(FOLDER, disk)) == turns(1, 6)


@pytest.mark.fault("P12")
def test_syncs_that_keep_failing_make_nothing_durable() -> None:
    disk = new_disk()
    desk = Desk(disk)
    disk.faults.failing_syncs = 1_000
    called: list[int] = []
    desk.write(turns(1, 3))
    desk.journal.when_durable(1, lambda: called.append(1))
    desk.journal.drain()
    desk.journal.close()
    desk.journal.deliver()
    assert (desk.journal.durable, called, len(desk.halts)) == (0, [], 1)
    assert desk.rescued == turns(1, 3)


@pytest.mark.fault("P12")
@pytest.mark.parametrize("good", range(4))
def test_a_failure_while_a_segment_follows_another_loses_nothing(good: int) -> None:
    """Whichever sync of the change it is: of the records, of the end, of the next one's beginning, of the head."""
    disk = new_disk()
    desk = Desk(disk, segment_bytes=150)
    calls = [0]

    def fail_one() -> None:
        calls[0] += 1
        disk.faults.failing_syncs = int(calls[0] == good + 1)

    disk.faults.before_sync = fail_one
    desk.write(turns(1, 30))
    desk.journal.drain()
    assert len(desk.halts) == 1
    assert desk.journal.durable == 30
    desk.journal.close()
    assert list(read_folder(FOLDER, disk)) == turns(1, 30)
    chain_on(disk, run_id="r2")


# A slow disk.


@pytest.mark.fault("P30")
def test_a_writer_behind_the_intents_halts_at_the_bound_and_drops_nothing() -> None:
    disk = new_disk()
    desk = Desk(disk, records_max=10)
    desk.write(turns(1, 5))
    assert not desk.journal.is_pressed
    desk.write(turns(6, 6))
    assert desk.journal.is_pressed, "half the bound: who can wait should"
    desk.write(turns(7, 10))
    assert desk.halts == []
    desk.write(turns(11, 14))
    assert desk.halts == ["journal: 10 records wait for the disk; it is too slow or stands still"]
    desk.journal.drain()
    assert not desk.journal.is_pressed
    assert list(read_folder(FOLDER, disk)) == turns(1, 14)


@pytest.mark.fault("P30")
def test_a_disk_that_stands_still_ends_the_process_before_its_memory() -> None:
    desk = Desk(new_disk(), records_max=10)
    desk.write(turns(1, 40))
    with pytest.raises(InvariantError, match="expected few records after the halt, found 41 that no disk takes"):
        desk.write(turns(41, 41))


# Odd records, and the end.


def test_a_record_that_no_reader_would_take_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = new_disk()
    desk = Desk(disk)
    huge = StrategyQuarantined("mm", "x" * 200)
    monkeypatch.setattr(frames, "RECORD_BYTES_MAX", 100)
    desk.write([Turn(1, 1), huge, Turn(2, 2)])
    desk.journal.drain()
    assert desk.halts == ["journal: expected records of at most 100 bytes, found 217"]
    assert desk.rescued == [huge]
    assert list(read_folder(FOLDER, disk)) == turns(1, 2)


def test_closing_writes_what_still_waits() -> None:
    disk = new_disk()
    desk = Desk(disk, records_max=10_000, segment_bytes=10_000)
    desk.write(turns(1, 8_000))
    desk.journal.ask_to_close()
    desk.journal.close()
    assert desk.journal.durable == 8_000
    assert list(read_folder(FOLDER, disk)) == turns(1, 8_000)


@pytest.mark.fault("P9")
def test_a_disk_too_full_for_the_end_halts_and_keeps_the_records() -> None:
    disk = new_disk()
    desk = Desk(disk)
    desk.write(turns(1, 2))
    desk.journal.drain()
    disk.faults.room_bytes = 3
    desk.journal.close()
    assert len(desk.halts) == 1
    disk.faults.room_bytes = None
    assert list(read_folder(FOLDER, disk)) == turns(1, 2)
    chain_on(disk, run_id="r2")


def test_the_last_place_for_a_record_is_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr(Turn(5, 6))
    assert capsys.readouterr().err == 'journal, not on the disk: ["turn",5,6]\n'


def test_a_journal_that_halted_is_unfit_until_the_disk_takes_all_and_halts_anew_then() -> None:
    disk, halts = new_disk(), list[str]()
    journal = GroupJournal(chain_on(disk), halt=halts.append, rescue=lambda _: None)
    assert journal.mended() == ""
    for _ in range(2):
        disk.faults.room_bytes = 0
        journal.write(Turn(1, 2))
        journal.drain()
        assert "1 record not on the disk" in journal.mended()
        assert journal.mended() != "", "asking mends nothing"
        disk.faults.room_bytes = None
        journal.write(Turn(2, 3))
        journal.drain()
        assert (journal.durable, journal.mended()) == (journal.written, "")
    assert len(halts) == 2, "the second failure is none of before"


@pytest.mark.fault("P13")
def test_a_journal_that_was_removed_while_it_was_written_halts_for_good(tmp_path: Path) -> None:
    halts, rescued = list[str](), list[Record]()
    chain = Chain(tmp_path / "journal", "r1", ManualClock(1))
    journal = GroupJournal(chain, halt=halts.append, rescue=rescued.append)
    journal.write(Turn(1, 2))
    journal.drain()
    (tmp_path / "journal" / "journal-000001.bin").unlink()
    for _ in range(2):
        journal.write(Turn(2, 3))
        journal.drain()
    assert len(halts) == 1 and "it was removed or moved away while it was written" in halts[0]
    assert rescued == [Turn(2, 3)] * 2
    assert "2 records not on the disk" in journal.mended(), "no person arms what a restart cannot read"
    journal.close()
    assert list((tmp_path / "journal").iterdir()) == [], "nothing goes on behind a hole"


def test_halting_twice_halts_once() -> None:
    halts: list[str] = []
    journal = GroupJournal(chain_on(new_disk()), halt=halts.append)
    journal.halt("one")
    journal.halt("two")
    assert halts == ["one"]
    assert journal.halted_because == "one"
