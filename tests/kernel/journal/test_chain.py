"""A journal that goes on: over sessions, over crashes, and never over damage."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.frames import Damaged, encode
from framework.kernel.journal.head import read_head
from framework.kernel.journal.linked import links, read_folder
from framework.kernel.journal.names import head_path, segment_path, segments
from framework.kernel.records import Checkpoint, Record, Turn
from tests.kernel.journal.chained import FOLDER, chain_on, new_disk, session, turns
from tests.kernel.journal.examples import BEGIN
from tests.simulation.disk import SimulatedDisk, SimulatedFile


def put(chain: Chain, *records: Record) -> None:
    chain.append(b"".join(map(encode, records)), len(records))


def opened(disk: SimulatedDisk) -> list[tuple[int, str, bool]]:
    """Number, run and checkpoint of every segment."""
    found = []
    for link, records in links(FOLDER, disk):
        list(records)
        assert link.reading.opened is not None
        found.append((link.number, link.reading.opened.run_id, link.reading.opened.is_checkpoint))
    return found


def test_each_session_begins_a_segment_behind_the_last() -> None:
    disk = new_disk()
    session(disk, turns(1, 2))
    session(disk, turns(3, 4), run_id="r2", is_closed=False)
    session(disk, turns(5, 6), run_id="r3")
    assert opened(disk) == [(1, "r1", False), (2, "r2", False), (3, "r3", False)]
    assert list(read_folder(FOLDER, disk)) == turns(1, 6)


def test_a_checkpoint_begins_a_segment_that_says_so() -> None:
    disk = new_disk()
    session(disk, [*turns(1, 2), Checkpoint(2, {}), *turns(3, 3)])
    assert opened(disk) == [(1, "r1", False), (2, "r1", True)]


def test_what_a_killed_session_left_unsynced_counts_and_so_is_made_durable() -> None:
    """The next segment says how much of the one before counts: a power cut must not take that away again."""
    disk = new_disk()
    session(disk, turns(1, 3), is_closed=False)
    killed = chain_on(disk, run_id="r2")
    put(killed, *turns(4, 6))  # in the system's cache; nobody synced it
    chain_on(disk, run_id="r3")
    for seed in range(20):
        assert list(read_folder(FOLDER, disk.crash(random.Random(seed)))) == turns(1, 6)


@pytest.mark.fault("P12")
def test_what_a_failed_sync_left_in_the_cache_alone_is_written_anew_before_it_counts() -> None:
    """The system still shows what it could not write, and syncs it again without a word: a power cut would take it."""
    disk = new_disk()
    failed = chain_on(disk)
    put(failed, *turns(1, 3))
    disk.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        failed.sync()
    session(disk, turns(4, 6), run_id="r2", is_closed=False)  # the process died of it; another one goes on
    for seed in range(20):
        assert list(read_folder(FOLDER, disk.crash(random.Random(seed)))) == turns(1, 6)


@pytest.mark.fault("P12")
def test_an_end_whose_sync_failed_is_written_anew_before_it_counts() -> None:
    """The file says that it ends there; its note does not, which is made after the sync."""
    disk = new_disk()
    closing = chain_on(disk)
    put(closing, *turns(1, 3))
    disk.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        closing.close()
    session(disk, turns(4, 6), run_id="r2", is_closed=False)
    for seed in range(20):
        assert list(read_folder(FOLDER, disk.crash(random.Random(seed)))) == turns(1, 6)


def test_a_segment_that_was_closed_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = new_disk()
    session(disk, turns(1, 3))
    created, plainly = list[str](), disk.create

    def create(path: Path) -> SimulatedFile:
        created.append(path.name)
        return plainly(path)

    monkeypatch.setattr(disk, "create", create)
    chain_on(disk, run_id="r2")
    assert created == ["journal-000002.bin", "journal.head.new"]
    chain_on(disk, run_id="r3")  # the second was not
    assert created[2:] == ["journal-000002.bin.new", "journal-000003.bin", "journal.head.new"]


class Stopped(BaseException):
    """The machine stops here."""


class Dying:
    """A disk whose machine stops at a step."""

    def __init__(self, disk: SimulatedDisk, steps: int) -> None:
        self._disk = disk
        self.left = steps
        disk.faults.before_sync = self._step

    def __getattr__(self, name: str) -> object:
        if name in ("create", "replace", "remove", "sync_folder"):
            self._step()
        return getattr(self._disk, name)

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stopped


@pytest.mark.fault("P2", "P10")
@pytest.mark.parametrize("is_closed", [True, False])
def test_a_power_cut_at_any_step_of_a_start_loses_nothing(is_closed: bool) -> None:
    for steps in range(1, 20):
        for seed in range(5):
            disk = new_disk()
            session(disk, turns(1, 4), is_closed=is_closed)
            dying = Dying(disk, steps)
            with contextlib.suppress(Stopped):
                Chain(FOLDER, "r2", ManualClock(2), dying)  # type: ignore[arg-type]  # a disk that dies
            after = disk.crash(random.Random(seed))
            assert list(read_folder(FOLDER, after)) == turns(1, 4), (steps, seed)
            session(after, turns(5, 6), run_id="r3")
            assert list(read_folder(FOLDER, after.crash(random.Random(seed)))) == turns(1, 6), (steps, seed)
    assert dying.left > 0, "the start is over before the last of these steps"


@pytest.mark.fault("P10")
def test_a_crash_at_any_byte_keeps_every_whole_record() -> None:
    """Each prefix of the last segment, cut by a crash, is gone on from; nothing whole is lost, nothing torn is read."""
    disk = new_disk()
    session(disk, turns(1, 3))
    chain = chain_on(disk, run_id="r2")
    put(chain, *turns(4, 6))
    path, whole = chain.path, disk.read(chain.path)
    frame = len(encode(Turn(4, 4)))
    for length in range(len(whole) - 3 * frame, len(whole) + 1):
        after = disk.crash(random.Random(1))
        after.put(path, whole[:length])
        kept = 3 + (length - (len(whole) - 3 * frame)) // frame
        assert list(read_folder(FOLDER, after)) == turns(1, kept)
        again = chain_on(after, run_id="r3")
        assert again.torn_bytes == (length - len(whole)) % frame
        put(again, Turn(99, 99))
        again.sync()
        assert list(read_folder(FOLDER, after)) == [*turns(1, kept), Turn(99, 99)]
        assert after.read(path) == whole[:length], "what a crash tore stays as evidence"


@pytest.mark.fault("P10")
def test_a_segment_whose_beginning_was_torn_is_begun_again() -> None:
    disk = new_disk()
    session(disk, turns(1, 3), is_closed=False)
    whole = disk.read(segment_path(FOLDER, 1))
    for length in range(BEGIN):
        disk.put(segment_path(FOLDER, 2), whole[:length])
        assert list(read_folder(FOLDER, disk)) == turns(1, 3)
        after = disk.crash(random.Random(length))
        session(after, turns(4, 4), run_id="r2")
        assert list(read_folder(FOLDER, after)) == turns(1, 4)


@pytest.mark.fault("P10")
def test_a_first_segment_whose_beginning_was_torn_is_begun_again() -> None:
    disk = new_disk()
    disk.put(segment_path(FOLDER, 1), b"BOT")
    session(disk, turns(1, 1))
    assert list(read_folder(FOLDER, disk)) == turns(1, 1)


@pytest.mark.fault("P11")
def test_a_damaged_journal_is_not_gone_on_with() -> None:
    disk = new_disk()
    session(disk, turns(1, 5), is_closed=False)
    disk.flip(segment_path(FOLDER, 1), 90)
    names, head = disk.names(FOLDER), read_head(disk, FOLDER)
    with pytest.raises(Damaged, match=r"journal-000001.bin: expected a whole record at byte \d+, found .*; restore it"):
        chain_on(disk)
    assert disk.names(FOLDER) == names
    assert read_head(disk, FOLDER) == head


@pytest.mark.fault("P13")
def test_an_older_copy_of_the_whole_folder_is_refused() -> None:
    disk = new_disk()
    session(disk, turns(1, 5))
    older = {path: disk.read(path) for path in segments(disk, FOLDER).values()}
    session(disk, turns(6, 9))
    for path in segments(disk, FOLDER).values():
        disk.remove(path)
    for path, data in older.items():
        disk.put(path, data)
    with pytest.raises(Damaged, match="an older copy was restored"):
        chain_on(disk)


@pytest.mark.fault("P13")
def test_an_older_copy_of_a_closed_segment_is_refused() -> None:
    disk = new_disk()
    session(disk, turns(1, 5))
    path = segment_path(FOLDER, 1)
    whole = disk.read(path)
    for length in range(60, len(whole)):
        disk.put(path, whole[:length])
        with pytest.raises(Damaged, match=r"expected the \d+ bytes it had when it was closed"):
            chain_on(disk)


@pytest.mark.fault("P13")
def test_an_older_copy_of_the_head_is_refused() -> None:
    disk = new_disk()
    session(disk, turns(1, 2))
    head = disk.read(head_path(FOLDER))
    session(disk, turns(3, 4))
    session(disk, turns(5, 6))
    disk.put(head_path(FOLDER), head)
    with pytest.raises(
        Damaged, match=r"journal.head: expected segment 3 as the newest, found segment 1: an older copy"
    ):
        chain_on(disk)


def test_a_crash_before_the_head_was_noted_is_gone_on_from() -> None:
    disk = new_disk()
    session(disk, turns(1, 2))
    head = disk.read(head_path(FOLDER))
    session(disk, turns(3, 4))
    disk.put(head_path(FOLDER), head)
    session(disk, turns(5, 6))
    assert list(read_folder(FOLDER, disk)) == turns(1, 6)


def test_half_written_files_are_removed() -> None:
    disk = new_disk()
    session(disk, turns(1, 2))
    disk.put(FOLDER / "journal-000001.bin.gz.new", b"half")
    chain_on(disk)
    assert disk.names(FOLDER) == ["journal-000001.bin", "journal-000002.bin"]


def test_after_a_failure_the_next_segment_says_what_counts() -> None:
    disk = new_disk()
    chain = chain_on(disk)
    put(chain, *turns(1, 3))
    chain.sync()
    put(chain, *turns(4, 5))
    disk.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        chain.sync()
    chain.begin_again()
    put(chain, *turns(4, 6))
    chain.sync()
    assert list(read_folder(FOLDER, disk)) == turns(1, 6)
    first = next(links(FOLDER, disk))[0]
    assert first.abandoned_bytes == 2 * len(encode(Turn(4, 4)))


def test_segments_are_cut_by_their_size() -> None:
    disk = new_disk()
    chain = chain_on(disk, segment_bytes=200)
    assert not chain.is_full
    put(chain, *turns(1, 12))
    assert chain.is_full
    assert chain.room_bytes <= 0
    chain.roll()
    assert chain.path == segment_path(FOLDER, 2)
    assert not chain.is_full
