"""The dead-man's switch: off unless asked for; said again and again; disarmed at an orderly end."""

from __future__ import annotations

import asyncio

import pytest

from framework.gateway.bitget import countdown
from framework.model.errors import ConfigError
from framework.model.events import ReportKind
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.bitget.account_house import CLASSIC, SPOT, UNIFIED, House, open_account
from tests.sandbox.bitget.scene import wait

PATH = "/api/v3/trade/countdown-cancel-all"


async def armed(house: House) -> int:
    """When the venue would cancel."""
    async with asyncio.timeout(20):
        while not house.venue.countdowns.get(house.key.uid):  # noqa: ASYNC110  # the venue tells nobody
            await asyncio.sleep(0.005)
    return int(house.venue.countdowns[house.key.uid])


async def test_it_is_off_unless_asked_for() -> None:
    async with open_account(UNIFIED, SPOT) as house:
        assert house.account.countdown is None
        await house.account.end()
        assert house.venue.countdowns == {}


async def test_when_we_say_nothing_the_venue_cancels_everything_and_we_hear_of_it() -> None:
    async with open_account(UNIFIED, SPOT, dead_man_s=10) as house:
        assert await armed(house) == house.clock.now_ns + 10_000_000_000
        await house.place(house.order("a"))
        wait(house.venue, 10_000_000_000)
        report = await house.told(ReportKind.EXPIRED, "a")
        assert report.reason == "countdown_cancel"


async def test_it_is_said_again_long_before_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(wait_s: float) -> None:
        slept.append(wait_s)
        await real(0.01)

    monkeypatch.setattr(countdown, "asyncio", _With(sleep))
    async with open_account(UNIFIED, SPOT, dead_man_s=10) as house:
        first_ns = await armed(house)
        house.clock.now_ns += 1_500_000_000
        async with asyncio.timeout(20):
            while await armed(house) == first_ns:
                await real(0.005)
    assert set(slept) == {2.5}


class _With:
    """`asyncio` with another sleep."""

    def __init__(self, sleep: object) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio, name)


async def test_an_orderly_end_disarms_it() -> None:
    async with open_account(UNIFIED, SPOT, dead_man_s=60) as house:
        await armed(house)
        house.clock.now_ns += 1_500_000_000  # it may be said once a second
        await house.account.end()
        assert house.venue.countdowns[house.key.uid] == 0


async def test_where_it_is_not_granted_nothing_is_traded_without_it() -> None:
    refused = Fault(FaultKind.ERROR, path=PATH, code="40014", message="Incorrect permissions")
    async with open_account(UNIFIED, SPOT, faults=[refused], dead_man_s=10) as house:
        async with asyncio.timeout(20):
            while not house.halts:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.005)
        assert "ask the venue for it" in house.halts[0]


@pytest.mark.parametrize(
    ("key", "span_s", "word"), [(CLASSIC, 10, "classic"), (UNIFIED, 4, "5 to 60 s"), (UNIFIED, 61, "61 s")]
)
async def test_what_the_venue_does_not_have_is_refused(key: str, span_s: int, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        async with open_account(key, SPOT, dead_man_s=span_s):
            raise AssertionError
