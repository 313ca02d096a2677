"""The latch: what it does not say positively, is not so."""

from __future__ import annotations

import errno
import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import Stopwatch
from framework.kernel.disk import DiskFile, RealDisk
from framework.kernel.latch import Latch, LatchPage, decode, encode
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from tests.simulation.disk import SimulatedDisk

MM = Scope(ScopeKind.STRATEGY, "mm")
PATH = Path("var/latch")
ARMED = LatchPage().armed(EVERYTHING, "start of the week", "ann", 1)
TRIPPED = ARMED.tripped(EVERYTHING, "t2", "operator", "odd fills", "ann", 2)


def latch_on(disk: SimulatedDisk) -> Latch:
    disk.make_folder(PATH.parent)
    return Latch(PATH, disk)


def test_everything_needs_a_positive_arming() -> None:
    assert not LatchPage().is_armed(EVERYTHING)
    assert ARMED.is_armed(EVERYTHING)
    assert not TRIPPED.is_armed(EVERYTHING)
    assert TRIPPED.armed(EVERYTHING, "looked at it", "ann", 3).is_armed(EVERYTHING)


def test_a_narrow_scope_is_armed_until_it_trips() -> None:
    assert ARMED.is_armed(MM)
    tripped = ARMED.tripped(MM, "t2", "strategy", "lost", "mm", 2)
    assert not tripped.is_armed(MM)
    assert tripped.is_armed(EVERYTHING)
    assert not tripped.armed(EVERYTHING, "again", "ann", 3).is_armed(MM)


@pytest.mark.fault("O9")
def test_it_says_after_a_restart_what_it_said_before(tmp_path: Path) -> None:
    first = Latch(tmp_path / "latch")
    assert first.keep_arm(ARMED) == ""
    assert first.keep_trip(TRIPPED) == ""
    first.close()
    assert Latch(tmp_path / "latch").read() == TRIPPED


@pytest.mark.fault("O10")
def test_a_deleted_latch_arms_nothing(tmp_path: Path) -> None:
    latch = Latch(tmp_path / "latch")
    latch.keep_arm(ARMED)
    latch.close()
    (tmp_path / "latch").unlink()
    assert latch.read() is None


@pytest.mark.fault("O10")
def test_no_damaged_latch_arms_anything() -> None:
    whole = encode(ARMED)
    assert decode(whole) == ARMED
    for length in range(len(whole)):
        assert decode(whole[:length]) is None
    for place in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            assert decode(bytes(flipped)) is None, (place, bit)
    assert decode(whole + b"\n") is None


@given(st.integers(0, 2**32))
def test_a_crash_leaves_the_trip_or_what_was_there_before(seed: int) -> None:
    disk = SimulatedDisk()
    latch = latch_on(disk)
    latch.keep_arm(ARMED)
    latch.keep_trip(TRIPPED)
    latch.close()
    assert Latch(PATH, disk.crash(random.Random(seed))).read() == TRIPPED


class SlowDisk(RealDisk):
    """A disk that hangs until it is let go."""

    def __init__(self) -> None:
        self.is_free = threading.Event()

    def sync_folder(self, folder: Path) -> None:
        self.is_free.wait(10)
        super().sync_folder(folder)


def test_a_hanging_disk_holds_a_trip_up_no_longer_than_the_bound(tmp_path: Path) -> None:
    disk = SlowDisk()
    latch, watch = Latch(tmp_path / "latch", disk), Stopwatch()
    assert "not on the disk after 100 ms" in latch.keep_trip(TRIPPED)
    assert 0.1 <= watch.elapsed_s < 1
    assert "not on the disk yet" in latch.fault
    disk.is_free.set()
    latch.close()
    assert latch.read() == TRIPPED
    assert latch.fault == "", "late, and yet there"


class FullDisk(RealDisk):
    """A disk on which nothing new has room until somebody makes some."""

    def __init__(self, *, removes: bool = True) -> None:
        self.is_full = False
        self.removes = removes
        self.tried = threading.Semaphore(0)

    def create(self, path: Path) -> DiskFile:
        self.tried.release()
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().create(path)

    def remove(self, path: Path) -> None:
        if not self.removes and path.name == "latch":
            raise OSError(errno.EROFS, "Read-only file system")
        super().remove(path)


@pytest.mark.fault("P9")
def test_a_trip_that_has_no_room_on_the_disk_leaves_no_page_that_arms(tmp_path: Path) -> None:
    disk = FullDisk()
    latch = Latch(tmp_path / "latch", disk)
    latch.keep_arm(ARMED)
    disk.is_full = True
    said = latch.keep_trip(TRIPPED)
    assert "No space left on device; the page of before is removed, so that a restart begins tripped" in said
    assert Latch(tmp_path / "latch").read() is None
    for _ in range(3):
        assert disk.tried.acquire(timeout=5), "it is tried again"
    disk.is_full = False
    latch.close()
    assert (latch.read(), latch.fault) == (TRIPPED, ""), "until there is room, and at the end"


def test_a_page_that_can_be_neither_written_nor_removed_is_told(tmp_path: Path) -> None:
    disk = FullDisk(removes=False)
    latch = Latch(tmp_path / "latch", disk)
    latch.keep_arm(ARMED)
    disk.is_full = True
    assert "cannot be removed either: Read-only file system; a restart may begin ARMED" in latch.keep_trip(TRIPPED)
    latch.close()


def test_an_arming_that_cannot_be_written_is_not_tried_again(tmp_path: Path) -> None:
    disk = FullDisk()
    latch = Latch(tmp_path / "latch", disk)
    latch.keep_trip(TRIPPED)
    disk.is_full = True
    assert "No space left on device" in latch.keep_arm(ARMED)
    disk.is_full = False
    latch.close()
    assert latch.read() == TRIPPED


def test_a_disk_that_refuses_is_told_in_words(tmp_path: Path) -> None:
    latch = Latch(tmp_path / "missing" / "latch")
    assert "cannot be written" in latch.keep_trip(TRIPPED)
    latch.close()
    assert latch.read() is None


def test_people_can_read_it() -> None:
    assert b'"reason":"odd fills"' in encode(TRIPPED)
