"""A daemon's journal replayed as a whole."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.replay.session import TOO_OLD
from framework.app.replay.sessions import NO_BEGINNING, Sessions
from framework.kernel.journal.places import find_journal, records_of
from framework.kernel.journal.retention import Keep, Retention
from framework.kernel.market_records import MarketListed
from framework.kernel.records import SessionOpened
from framework.model.errors import DataError
from tests.app.replay.test_sessions import DAY, journal_of, session

KEPT = Path(__file__).parents[2] / "replays"


def test_sessions_that_cannot_be_played_again_are_each_told_why(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1, has_checkpoint=True), session("b", 2))
    Retention(folder, Keep(decisions_ns=DAY), 3 * DAY).apply()
    verdict = replay_daemon(folder)
    assert [each.obstacle for each in verdict.sessions] == [NO_BEGINNING, TOO_OLD]
    assert (verdict.is_identical, verdict.is_different) == (False, False)


def test_a_journal_without_a_session_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a session of a daemon, found none"):
        replay_daemon(journal_of(tmp_path / "journal", []))


def test_a_damaged_journal_is_said_in_words(tmp_path: Path) -> None:
    folder = journal_of(tmp_path / "journal", session("a", 1), session("b", 2))
    path = min(folder.iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected"):
        replay_daemon(folder)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_journal_says_is_told_in_words(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    records = list(records_of(find_journal(KEPT / chance.choice(["faults", "kill"]))))
    for _ in range(3):
        at, other = chance.randrange(len(records)), chance.randrange(len(records))
        match chance.randrange(3):
            case 0:
                del records[at]
            case 1:
                records.insert(at, records[other])
            case _:
                records[at], records[other] = records[other], records[at]
    verdict = replay_daemon(journal_of(tmp_path / "journal", records), with_changes=True)
    assert verdict.is_different
    assert "record " in "\n".join(verdict.lines())


@pytest.mark.parametrize(
    "change",
    [{"price_digits": 10**9}, {"symbol": "BTC"}, {"tick_points": 0}],
    ids=["digits", "symbol", "tick"],
)
def test_a_market_that_cannot_be_is_said_in_words(tmp_path: Path, change: dict[str, Any]) -> None:
    records = [
        msgspec.structs.replace(record, **change) if isinstance(record, MarketListed) else record
        for record in records_of(find_journal(KEPT / "kill"))
    ]
    with pytest.raises(DataError, match="expected a venue's rules and markets"):
        replay_daemon(journal_of(tmp_path / "journal", records))


def test_a_session_that_broke_replays_to_where_it_broke(tmp_path: Path) -> None:
    first = next(each for each in Sessions(find_journal(KEPT / "kill")))
    records = list(first.records)
    at = next(number for number, record in enumerate(records) if isinstance(record, SessionOpened))
    (only,) = replay_daemon(journal_of(tmp_path / "journal", records[: at + 1]), with_changes=True).sessions
    assert (only.is_identical, only.records) == (True, at + 1)
