"""Retention: market data goes when it is old, decisions when they may, and nothing that a restart reads."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.kernel.journal import Past, read_folder
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.frames import Damaged
from framework.kernel.journal.group import GroupJournal
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.linked import newest_checkpoint
from framework.kernel.journal.names import segment_path, segments
from framework.kernel.journal.retention import INPUTS, Keep, Kept, Retention
from framework.kernel.records import Checkpoint, EventHeard, Record, Turn
from tests.kernel.journal.chained import FOLDER, chain_on, new_disk
from tests.simulation.disk import SimulatedDisk

DAY = 86_400_000_000_000
HOLDS = 100


def heard(number: int) -> EventHeard:
    noise = random.Random(number).randbytes(60).hex()
    return EventHeard("trade", "BTC/USDT@bitget", number, number, (number,), (noise,))


def days(count: int, *, checkpoints: tuple[int, ...] = (4,)) -> tuple[SimulatedDisk, list[Record]]:
    """A journal of some sessions, a day each: decisions among market data."""
    disk, written = new_disk(), list[Record]()
    for day in range(1, count + 1):
        chain = chain_on(disk, run_id=f"r{day}", segment_bytes=10_000, now_ns=day * DAY)
        journal = GroupJournal(chain, halt=_no_halt)
        records: list[Record] = [Checkpoint(day * DAY, {"books": b"x"})] if day in checkpoints else []
        for number in range(HOLDS):
            records += [Turn(day * DAY + number, number), heard(day * 1_000 + number)]
        for record in records:
            journal.write(record)
        while journal.durable < journal.written:
            journal.drain()
        journal.close()
        written += records
    return disk, written


def _no_halt(reason: str) -> None:
    raise AssertionError(reason)


def decisions(records: list[Record]) -> list[Record]:
    return [record for record in records if not isinstance(record, INPUTS)]


def test_market_data_goes_when_it_is_old_and_verify_finds_the_journal_whole() -> None:
    disk, written = days(5)
    kept = Retention(FOLDER, Keep(inputs_ns=2 * DAY), 5 * DAY + 1_000, disk).apply()
    assert kept.thinned >= 3
    assert kept.removed == 0
    found = list(read_folder(FOLDER, disk))
    assert decisions(found) == decisions(written)
    assert next(record.ts_recv_ns // 1_000 for record in found if isinstance(record, EventHeard)) >= 3
    looked = inspect_journal(FOLDER, disk)
    assert looked.is_whole, looked.findings
    assert [state.is_thinned for state in looked.segments].count(True) == kept.thinned
    assert Retention(FOLDER, Keep(inputs_ns=2 * DAY), 5 * DAY + 1_000, disk).apply().thinned == 0  # once is enough


def test_old_decisions_go_but_nothing_since_the_newest_checkpoint() -> None:
    disk, _written = days(5)
    since = newest_checkpoint(FOLDER, disk).number
    before = list(Past(FOLDER, disk).records())
    kept = Retention(FOLDER, Keep(decisions_ns=DAY), 100 * DAY, disk).apply()
    assert kept.removed > 0
    assert min(segments(disk, FOLDER)) == since == newest_checkpoint(FOLDER, disk).number
    assert list(read_folder(FOLDER, disk)) == before
    assert inspect_journal(FOLDER, disk).is_whole
    chain_on(disk, now_ns=6 * DAY).close()  # a daemon goes on behind it


def test_without_a_checkpoint_nothing_is_removed() -> None:
    disk, written = days(3, checkpoints=())
    assert Retention(FOLDER, Keep(decisions_ns=DAY, size_bytes=10), 100 * DAY, disk).apply().removed == 0
    assert decisions(list(read_folder(FOLDER, disk))) == decisions(written)


def test_a_bound_takes_market_data_before_its_time_and_decisions_last() -> None:
    disk, written = days(5)
    full = Retention(FOLDER, Keep(), 5 * DAY, disk).apply()
    assert full == Kept(0, 0, full.size_bytes)
    less = Retention(FOLDER, Keep(size_bytes=full.size_bytes * 3 // 4), 5 * DAY, disk).apply()
    assert less.thinned > 0
    assert less.removed == 0
    assert less.size_bytes <= full.size_bytes * 3 // 4
    least = Retention(FOLDER, Keep(size_bytes=1), 5 * DAY, disk).apply()
    assert least.removed > 0
    assert least.size_bytes > 1  # whoever asked for it sees that it cannot be held
    found = list(read_folder(FOLDER, disk))
    assert decisions(found) == decisions(written)[-len(decisions(found)) :]
    assert isinstance(found[0], Checkpoint)
    assert inspect_journal(FOLDER, disk).is_whole


def test_a_segment_that_is_not_what_was_written_is_left_as_it_is() -> None:
    disk, _ = days(3)
    path = segment_path(FOLDER, 1)
    disk.flip(path, 200)
    damaged = disk.read(path)
    with pytest.raises(Damaged):
        Retention(FOLDER, Keep(inputs_ns=DAY), 100 * DAY, disk).apply()
    assert disk.read(path) == damaged


class Stopped(Exception):
    """The process dies here."""


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60))
def test_a_crash_at_any_step_leaves_a_journal_that_is_whole(steps: int) -> None:
    disk, written = days(4, checkpoints=(3,))
    since = list(Past(FOLDER, disk).records())
    left = steps

    class Dying:
        def __getattr__(self, name: str) -> object:
            nonlocal left
            if name in ("create", "replace", "remove", "sync_folder"):
                left -= 1
                if left == 0:
                    raise Stopped
            return getattr(disk, name)

    with contextlib.suppress(Stopped):
        Retention(FOLDER, Keep(inputs_ns=DAY, decisions_ns=DAY), 100 * DAY, Dying()).apply()  # type: ignore[arg-type]  # a disk that dies
    found = list(read_folder(FOLDER, disk))
    assert decisions(found) == decisions(written)[-len(decisions(found)) :]
    assert decisions(list(Past(FOLDER, disk).records())) == decisions(since)
    Retention(FOLDER, Keep(inputs_ns=DAY, decisions_ns=DAY), 100 * DAY, disk).apply()
    assert inspect_journal(FOLDER, disk).is_whole
    Chain.close(chain_on(disk, now_ns=200 * DAY))
