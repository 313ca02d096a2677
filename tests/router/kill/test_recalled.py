"""Pauses and passing troubles of earlier sessions."""

from __future__ import annotations

from framework.kernel.records import KillStepped, OperatorAsked, Record, RunStarted, Turn
from framework.model.scopes import Scope, ScopeKind
from framework.router.kill.recalled import KillRecall
from tests.wired import NOON, SECOND

SMA = Scope(ScopeKind.STRATEGY, "sma/BTC")


def step(state: str, cause: str, scope: str = "strategy:sma/BTC") -> KillStepped:
    return KillStepped(scope, state, cause, "lunch", "uid 1000", "")


def asked(verb: str, scope: str = "strategy:sma") -> OperatorAsked:
    return OperatorAsked(NOON, 0, verb, scope, "", "uid 1000")


def recalled(*records: Record) -> KillRecall:
    recall = KillRecall(("sma/BTC", "sma/ETH"))
    for record in records:
        recall.takers[type(record)](record)
    return recall


def session(run: str) -> RunStarted:
    return RunStarted(2, run, "0", "3.11", "live", "", "", b"", {}, NOON)


def test_a_pause_is_kept_until_somebody_resumes() -> None:
    paused = step("reducing", "pause")
    assert list(recalled(paused).pauses) == [SMA]
    assert recalled(paused, asked("resume")).pauses == {}  # the whole table, while another cause holds as well
    assert recalled(paused, asked("resume", "strategy:grid")).pauses != {}
    assert recalled(paused, asked("resume", "no scope at all")).pauses != {}


def test_a_trip_ends_a_pause_and_so_does_an_arming() -> None:
    paused = step("reducing", "pause")
    assert recalled(paused, step("tripped", "limit")).pauses == {}
    assert recalled(paused, step("armed", "operator")).pauses == {}


def test_troubles_are_counted_once_each_as_the_switch_counts_them() -> None:
    recall = recalled(
        Turn(NOON, 0),
        step("reducing", "stream_gap"),
        step("reducing", "stale_feed"),  # joins it
        step("armed", "stale_feed"),
        Turn(NOON + SECOND, 0),
        step("reducing", "pause"),
        step("reducing", "stream_gap"),
        session("r2"),
        Turn(NOON + 2 * SECOND, 0),
        step("reducing", "stream_gap"),
    )
    assert list(recall.troubles[SMA]) == [NOON, NOON + SECOND, NOON + 2 * SECOND]
