"""The latch: what it does not say positively, is not so."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import Stopwatch
from framework.kernel.disk import RealDisk
from framework.kernel.latch import Latch, Page, decode, encode
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from tests.simulation.disk import SimulatedDisk

MM = Scope(ScopeKind.STRATEGY, "mm")
PATH = Path("var/latch")
ARMED = Page().armed(EVERYTHING, "start of the week", "ann", 1)
TRIPPED = ARMED.tripped(EVERYTHING, "t2", "operator", "odd fills", "ann", 2)


def latch_on(disk: SimulatedDisk) -> Latch:
    disk.make_folder(PATH.parent)
    return Latch(PATH, disk)


def test_everything_needs_a_positive_arming() -> None:
    assert not Page().is_armed(EVERYTHING)
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


def test_a_disk_that_refuses_is_told_in_words(tmp_path: Path) -> None:
    latch = Latch(tmp_path / "missing" / "latch")
    assert "cannot be written" in latch.keep_trip(TRIPPED)
    latch.close()
    assert latch.read() is None


def test_people_can_read_it() -> None:
    assert b'"reason":"odd fills"' in encode(TRIPPED)
