"""Questions wait where the venue would refuse them."""

from __future__ import annotations

import asyncio

from framework.gateway.bitget.allowance import Allowance
from framework.kernel.clock import ManualClock
from framework.kernel.virtual_loop import run
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.endpoints import Endpoint


async def asked(count: int, endpoint: Endpoint, took_s: float = 0.0) -> list[float]:
    """When so many questions left, one after the other."""
    allowance, loop = Allowance(), asyncio.get_running_loop()
    began_s, left = loop.time(), []
    for _ in range(count):
        async with allowance.turn(endpoint):
            left.append(round(loop.time() - began_s, 3))
            await asyncio.sleep(took_s)
    return left


def test_what_is_allowed_leaves_at_once_and_the_rest_a_window_later() -> None:
    left = run(asked(25, at.SPOT_OPEN), ManualClock(0))
    assert left == [0.0] * 20 + [1.0] * 5


def test_a_window_begins_with_the_answer() -> None:
    assert run(asked(3, at.KEY_CLASSIC, 0.25), ManualClock(0)) == [0.0, 1.25, 2.5]


def test_endpoints_are_counted_apart_and_questions_in_flight_count() -> None:
    async def both() -> list[float]:
        allowance, loop, left = Allowance(), asyncio.get_running_loop(), list[float]()

        async def one(endpoint: Endpoint) -> None:
            async with allowance.turn(endpoint):
                left.append(loop.time())
                await asyncio.sleep(0.5)

        began_s = loop.time()
        await asyncio.gather(one(at.KEY_CLASSIC), one(at.KEY_CLASSIC), one(at.SPOT_OPEN))
        return [round(left_s - began_s, 3) for left_s in left]

    assert run(both(), ManualClock(0)) == [0.0, 0.0, 1.5]
