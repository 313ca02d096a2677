"""A live run put together: what happens to it before it has started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.app.live.gateways import Gateway
from framework.app.live.run import LiveRun
from framework.model.scopes import account_scope
from framework.recovery import Recovery
from framework.router.kill.states import Cause, KillState
from tests.app.live_house import live_house

ACCOUNT = account_scope("bitget", "main")


def while_it_recovers(monkeypatch: pytest.MonkeyPatch, happens: Callable[[LiveRun, str], None]) -> None:
    """Something happens before the first question to the venue, and right after it."""
    recover = LiveRun.recover

    def recovered(run: LiveRun, gateway: Gateway) -> None:
        happens(run, "before it asked")
        recover(run, gateway)
        happens(run, "while it asked")

    monkeypatch.setattr(LiveRun, "recover", recovered)


@pytest.mark.fault("N25")
async def test_a_gap_while_it_recovers_has_the_books_compared_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_it_recovers(monkeypatch, LiveRun.missed)
    begin, begun = Recovery.begin, list[int]()
    monkeypatch.setattr(
        Recovery, "begin", lambda recovery, since_ns=0: (begun.append(since_ns), begin(recovery, since_ns))
    )
    async with live_house(tmp_path) as house, house.session() as session:
        kill = session.run.core.kill
        assert len(begun) == 2, "what is missed before the first question is answered by it"
        assert len(kill._scopes[ACCOUNT].reduced_ns) == 1
        await session.until(lambda: kill.state(ACCOUNT) is KillState.ARMED)


async def test_a_key_that_is_lost_while_it_recovers_trips_once_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_it_recovers(monkeypatch, LiveRun.key_lost)
    async with live_house(tmp_path) as house, house.session() as session:
        kill = session.run.core.kill
        trip = kill.trip_of(ACCOUNT)
        assert kill.state(ACCOUNT) is KillState.TRIPPED and trip is not None
        assert trip.cause is Cause.SCOPE
