"""Reports of a daemon's sessions, made again from its journal, tell of the same sessions."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

from framework.app.daemon_report import CUT_OFF, MadeAgain, reports_of_daemon
from framework.app.replay.session import TOO_OLD
from framework.kernel.account_lock import FolderLock
from framework.kernel.journal import read_folder
from framework.kernel.journal.frames import decode, frames
from framework.kernel.records import OrderMade, RunStarted, RunStopped
from tests.app.live_house import live_house
from tests.app.replay.player import journal_of, killed_and_cut_off, player
from tests.app.replay.test_sessions import journal_of as synthetic
from tests.app.replay.test_sessions import session


def tables(page: str) -> list[str]:
    return re.findall(r"<table.*?</table>", page, re.DOTALL)


async def made(folder: Path) -> list[MadeAgain]:
    return await asyncio.to_thread(lambda: list(reports_of_daemon(folder)))


async def test_every_session_has_its_report_again_after_a_kill_faults_and_a_hard_end(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        await killed_and_cut_off(house)
        async with player(house) as third:
            await third.trade()
    journal = journal_of(tmp_path)
    kept = sorted((journal.parent / "sessions").glob("*/report.html"))
    before = {path: path.read_text(encoding="utf-8") for path in kept}
    found = await made(journal)
    assert [each.why_not for each in found] == ["", "", ""]
    assert {each.report for each in found} >= set(kept)
    assert [each.note for each in found] == ["", CUT_OFF, ""]
    for path, page in before.items():
        again = path.read_text(encoding="utf-8")
        assert tables(again) == tables(page)
        assert "made by playing the session again" in again
    await a_torn_journal_and_one_that_is_written_say_so(journal)


async def a_torn_journal_and_one_that_is_written_say_so(journal: Path) -> None:
    folder = shutil.copytree(journal, journal.parents[1] / "copy" / "journal")
    shutil.copy(journal.with_suffix(".head"), folder.with_suffix(".head"))
    newest = max(folder.iterdir())
    content = newest.read_bytes()
    stop = next(each.offset for each in frames(newest, content) if isinstance(decode(newest, each), RunStopped))
    newest.write_bytes(content[: stop - 3])
    *_, last = await made(folder)
    assert last.report is not None
    assert last.note.startswith("no end in the journal: it was cut off; the journal ends inside a record")
    orders = [record.client_order_id for record in read_folder(folder) if isinstance(record, OrderMade)]
    starts = [record.run_id for record in read_folder(folder) if isinstance(record, RunStarted)]
    assert last.report.parent.name.endswith(starts[-1][:8])
    assert any(order in last.report.read_text(encoding="utf-8") for order in orders)
    with FolderLock(folder.parent):
        *_, last = await made(folder)
    assert "its daemon runs still" in last.line


def test_a_session_that_cannot_be_played_again_is_told_why(tmp_path: Path) -> None:
    found = list(reports_of_daemon(synthetic(tmp_path / "journal", session("a", 1), session("b", 2))))
    assert [(each.run_id, each.report, each.why_not) for each in found] == [("a", None, TOO_OLD), ("b", None, TOO_OLD)]
    assert found[0].line == f"no report    of run a: {TOO_OLD}"
