"""Journals of segments on a simulated disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framework.kernel.clock import ManualClock
from framework.kernel.journal.chain import Chain
from framework.kernel.journal.group import GroupJournal
from framework.kernel.records import Record, Turn
from tests.simulation.disk import SimulatedDisk

FOLDER = Path("var") / "journal"


def turns(first: int, last: int) -> list[Record]:
    return [Turn(number, number) for number in range(first, last + 1)]


def new_disk() -> SimulatedDisk:
    disk = SimulatedDisk()
    disk.make_folder(FOLDER.parent)
    return disk


def chain_on(disk: SimulatedDisk, *, run_id: str = "r1", segment_bytes: int = 300, now_ns: int = 1) -> Chain:
    return Chain(FOLDER, run_id, ManualClock(now_ns), disk, segment_bytes)


class Desk:
    """A group journal, and what it told."""

    def __init__(self, disk: SimulatedDisk, *, records_max: int = 1_000, segment_bytes: int = 300) -> None:
        self.halts: list[str] = []
        self.rescued: list[Record] = []
        self.notices = 0
        self.chain = chain_on(disk, segment_bytes=segment_bytes)
        self.journal = GroupJournal(
            self.chain,
            halt=self.halts.append,
            notify=self._noticed,
            rescue=self.rescued.append,
            records_max=records_max,
        )

    def write(self, records: Sequence[Record]) -> None:
        for record in records:
            self.journal.write(record)

    def _noticed(self) -> None:
        self.notices += 1


def session(disk: SimulatedDisk, records: Sequence[Record], *, run_id: str = "r1", is_closed: bool = True) -> None:
    """A session of a daemon that wrote these records, each durable."""
    chain = chain_on(disk, run_id=run_id)
    journal = GroupJournal(chain, halt=_no_halt)
    for record in records:
        journal.write(record)
    journal.drain()
    if is_closed:
        journal.close()


def _no_halt(reason: str) -> None:
    raise AssertionError(reason)
