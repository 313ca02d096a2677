"""Sessions of a daemon replayed: what they took from outside is in the journal, and decides the same again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from framework.app.drive import Stop
from framework.app.live.run import LiveRun
from framework.app.live.session import LiveSession
from framework.app.replay.daemon import replay_daemon
from framework.app.replay.verdict import JournalVerdict
from framework.kernel.clock import ManualClock, Stopwatch
from framework.kernel.journal import Chain, read_folder
from framework.kernel.journal.group import GroupJournal
from framework.kernel.records import OperatorAsked, OrderMade, Record, RunStarted
from framework.model.errors import DataError
from framework.model.scopes import EVERYTHING
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState, Phase
from framework.sandbox.faults import Fault, FaultKind
from tests.app.crash_child import RULES as QUICK_RULES
from tests.app.live_house import ASK, BID, Blind, LiveHouse, live_house

MAKER = {"mm": {"params": {"spread_bps": 2.0, "step_bps": 2.0, "keep_within_bps": 1.0, "notional": 20.0}}}
WAIT_S = 20.0


class Daemon:
    """A session with the strategies of its settings, beside the test."""

    def __init__(self, house: LiveHouse, runs: list[LiveRun], task: asyncio.Task[Any]) -> None:
        self.house = house
        self.task = task
        self._runs = runs
        self._price = 0

    @property
    def run(self) -> LiveRun:
        return self._runs[0]

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(WAIT_S):
            while not is_so():
                assert not self.task.done(), self.task.result()
                await asyncio.sleep(0.005)

    def ask(self, verb: str, **facts: Any) -> None:
        asked: OperatorAsked = msgspec.structs.replace(asked_of(verb, reason="test"), **facts)
        self.run.drive.arrivals.put(lambda: self.run.core.operate(asked))

    async def move(self, times: int, step: int = 700) -> None:
        """The market goes up and down, and trades."""
        for _ in range(times):
            self._price = (self._price + 1) % 4
            self.house.move(BID + step * self._price, ASK + step * self._price)
            self.house.sell_into(BID - 2_000, 3_000)
            await asyncio.sleep(0.03)


@asynccontextmanager
async def daemon(house: LiveHouse, *, is_killed: bool = False) -> AsyncIterator[Daemon]:
    """A session that has begun; ended, or broken off, at the end of the block."""
    runs: list[LiveRun] = []
    stop = Stop()
    with house.opened(made=runs.append, rules=QUICK_RULES, strategy=MAKER) as (opened, _):
        session = LiveSession(opened, lambda session, run: Blind(), stop, Stopwatch())
        task = asyncio.create_task(session.run())
        found = Daemon(house, runs, task)
        try:
            await found.until(lambda: runs and runs[0].is_started)
            yield found
        finally:
            if is_killed:
                task.cancel()
            stop.ask("test is over")
            with suppress(asyncio.CancelledError):
                await task


def journal_of(folder: Path) -> Path:
    return folder / "var" / "live" / "plain-main" / "journal"


async def replayed(folder: Path) -> JournalVerdict:
    return await asyncio.to_thread(replay_daemon, journal_of(folder))


FAULTS = [
    Fault(FaultKind.DROP_AFTER, "/orders", skip=1),
    Fault(FaultKind.HOLD_AFTER, "/cancels", skip=1),
    Fault(FaultKind.DROP_REPORTS, skip=4),
    Fault(FaultKind.GARBAGE, skip=6),
    Fault(FaultKind.STATUS, status=429, skip=8),
]


async def test_three_sessions_with_faults_a_kill_and_a_hard_end_replay_identically(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with daemon(house) as first:
            first.ask("arm")
            await first.move(10)
            first.ask("kill")
            await first.until(lambda: first.run.core.kill.state(EVERYTHING) is KillState.TRIPPED)
            (trip,) = first.run.core.kill.trips
            await first.until(lambda: first.run.core.effects.sweeps[trip.scope].phase is Phase.SWEPT)
        house.server.faults.add(FAULTS)
        async with daemon(house, is_killed=True) as second:
            await second.until(lambda: not second.run.core.kill.obstacles(EVERYTHING))
            for _ in range(2):
                second.ask("arm", trip_id=trip.id)
            await second.until(lambda: second.run.core.kill.state(EVERYTHING) is KillState.ARMED)
            await second.move(40)
        async with daemon(house) as third:
            await third.move(5)
    assert house.server.faults.played >= 3
    verdict = await replayed(tmp_path)
    assert verdict.is_identical, verdict.lines()
    assert [each.records > 100 for each in verdict.sessions] == [True, True, True]
    await whatever_byte_it_ends_at(journal_of(tmp_path))
    await a_decision_that_was_changed_is_named(journal_of(tmp_path))
    await a_plugin_that_changed_is_said(journal_of(tmp_path))


def copied(journal: Path, name: str) -> Path:
    """The journal with its head."""
    shutil.copy(journal.with_suffix(".head"), journal.with_name(f"{name}.head"))
    return shutil.copytree(journal, journal.with_name(name))


async def whatever_byte_it_ends_at(journal: Path) -> None:
    """A hard end leaves a beginning of the journal, and that replays."""
    cut = copied(journal, "cut")
    newest = max(cut.iterdir())
    whole = newest.read_bytes()
    for part in range(1, 8):
        newest.write_bytes(whole[: len(whole) * part // 8 + part])
        verdict = await asyncio.to_thread(replay_daemon, cut)
        assert not verdict.is_different, verdict.lines()


def rewritten(journal: Path, name: str, change: Callable[[Record], Record]) -> Path:
    """A journal with other records."""
    records = [change(record) for record in read_folder(journal)]
    folder = journal.with_name(name)
    group = GroupJournal(Chain(folder, "rewritten", ManualClock(1)), halt=lambda _: None)
    for record in records:
        group.write(record)
    while group.durable < group.written:
        group.drain()
    group.close()
    return folder


async def a_decision_that_was_changed_is_named(journal: Path) -> None:
    changed: list[str] = []

    def change(record: Record) -> Record:
        if isinstance(record, OrderMade) and not changed:
            changed.append(record.client_order_id)
            return msgspec.structs.replace(record, size_points=record.size_points + 1)
        return record

    verdict = await asyncio.to_thread(replay_daemon, rewritten(journal, "changed", change))
    assert verdict.is_different
    difference = verdict.sessions[0].difference
    assert "journal: OrderMade" in difference
    assert "replay:  OrderMade" in difference
    assert changed[0] in difference


async def a_plugin_that_changed_is_said(journal: Path) -> None:
    def change(record: Record) -> Record:
        is_start = isinstance(record, RunStarted)
        return msgspec.structs.replace(record, plugins={"market_maker": "0" * 64}) if is_start else record

    folder = rewritten(journal, "other", change)
    with pytest.raises(DataError, match="plugin market_maker with code 000000000000"):
        await asyncio.to_thread(replay_daemon, folder)
    verdict = await asyncio.to_thread(partial(replay_daemon, folder, with_changes=True))
    assert verdict.is_identical, verdict.lines()
    assert verdict.sessions[0].changes[0].startswith("plugin market_maker")
