"""Cancels of trigger orders leave as often as their endpoint allows, and no order's twice."""

from __future__ import annotations

import asyncio

from framework.gateway.bitget.plan_cancels import Build, Done, PlanCancels
from framework.gateway.outcome import Answered, Outcome
from framework.kernel.clock import ManualClock
from framework.kernel.virtual_loop import run
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.endpoints import Endpoint

TOOK_S = 0.25


class Venue:
    """Answers a quarter of a second later."""

    def __init__(self) -> None:
        self.left: list[tuple[float, bytes]] = []
        self.told: list[str] = []
        self.cancels = PlanCancels(self.cancel)

    def cancel(self, build: Build, done: Done) -> None:
        loop = asyncio.get_running_loop()
        self.left.append((round(loop.time(), 3), build()))
        loop.call_later(TOOK_S, done, Answered(200, {}, b""))

    def send(self, name: str, endpoint: Endpoint) -> bool:
        def done(_: Outcome) -> None:
            self.told.append(name)

        return self.cancels.send(name, endpoint, name.encode, done)


def swept(count: int, endpoint: Endpoint) -> list[float]:
    """When the cancels of so many orders left, all asked for at once."""

    async def sweep() -> list[float]:
        venue, loop = Venue(), asyncio.get_running_loop()
        began_s = loop.time()
        for number in range(count):
            venue.send(f"o{number}", endpoint)
        await asyncio.sleep(count)
        return [round(left_s - began_s, 3) for left_s, _ in venue.left]

    return run(sweep(), ManualClock(0))


def test_no_more_leave_in_a_second_than_the_endpoint_takes() -> None:
    assert swept(25, at.SPOT_PLAN_CANCEL) == [0.0] * 20 + [1.25] * 5
    assert swept(45, at.SPOT_PLAN_CANCEL)[40:] == [2.5] * 5


def test_of_an_endpoint_that_other_cancels_use_only_a_share_is_taken() -> None:
    assert swept(5, at.SPOT_CANCEL) == [0.0] * 3 + [1.25] * 2


def test_what_waits_already_is_not_sent_twice_and_everybody_hears_of_it() -> None:
    async def asked_again() -> Venue:
        venue = Venue()
        assert all(venue.send(f"o{number}", at.SPOT_CANCEL) for number in range(4))
        assert not venue.send("o3", at.SPOT_CANCEL), "no request of its own"
        await asyncio.sleep(3)
        return venue

    venue = run(asked_again(), ManualClock(0))
    assert [name for _, name in venue.left] == [b"o0", b"o1", b"o2", b"o3"]
    assert venue.told == ["o0", "o1", "o2", "o3", "o3"]
