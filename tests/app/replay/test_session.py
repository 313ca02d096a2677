"""Sessions of a daemon replayed: what they took from outside is in the journal, and decides the same again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.replay.verdict import JournalVerdict
from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain, read_folder
from framework.kernel.journal.group import GroupJournal
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.records import OrderMade, Record, RunStarted
from framework.model.errors import DataError
from framework.router.kill.states import KillState
from tests.app.live_house import live_house
from tests.app.replay.player import journal_of, killed_and_cut_off, player


async def replayed(folder: Path) -> JournalVerdict:
    return await asyncio.to_thread(replay_daemon, journal_of(folder))


async def test_three_sessions_with_faults_a_kill_and_a_hard_end_replay_identically(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        await killed_and_cut_off(house)
        async with player(house, live={"on_stop": "keep"}) as third:
            await third.move(5)
            await third.until(third.rests)
        assert house.venue.open_ids("")
    assert house.server.faults.played >= 3
    verdict = await replayed(tmp_path)
    assert verdict.is_identical, verdict.lines()
    assert [each.records > 100 for each in verdict.sessions] == [True, True, True]
    await whatever_byte_it_ends_at(journal_of(tmp_path))
    await a_decision_that_was_changed_is_named(journal_of(tmp_path))
    await a_plugin_that_changed_is_said(journal_of(tmp_path))


async def test_a_session_that_begins_with_kept_kills_replays_identically(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with player(house) as first:
            await first.arm()
            await first.move(2)
        for scope in ("strategy:mm", "global"):
            KillRequests(journal_of(tmp_path).parent).keep(KillRequest(scope, "nobody answered", "operator"))
        async with player(house) as second:
            await second.until(lambda: second.state is KillState.TRIPPED)
            await second.move(2)
    verdict = await replayed(tmp_path)
    assert verdict.is_identical, verdict.lines()


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


def rewritten(journal: Path, folder: Path, change: Callable[[Record], Record]) -> Path:
    """A journal with other records."""
    records = [change(record) for record in read_folder(journal)]
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

    verdict = await asyncio.to_thread(replay_daemon, rewritten(journal, journal.with_name("changed"), change))
    assert verdict.is_different
    difference = verdict.sessions[0].difference
    assert "journal: OrderMade" in difference
    assert "replay:  OrderMade" in difference
    assert changed[0] in difference


async def a_plugin_that_changed_is_said(journal: Path) -> None:
    def change(record: Record) -> Record:
        is_start = isinstance(record, RunStarted)
        return msgspec.structs.replace(record, plugins={"market_maker": "0" * 64}) if is_start else record

    folder = rewritten(journal, journal.with_name("other"), change)
    with pytest.raises(DataError, match="plugin market_maker with code 000000000000"):
        await asyncio.to_thread(replay_daemon, folder)
    verdict = await asyncio.to_thread(partial(replay_daemon, folder, with_changes=True))
    assert verdict.is_identical, verdict.lines()
    assert verdict.sessions[0].changes[0].startswith("plugin market_maker")
