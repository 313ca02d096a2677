"""Each sample strategy trades again after all that takes its orders: a gate that is shut, a kill with its sweep, a restart."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState, Phase
from tests.app.live.test_bitget import PAIR, BitgetHouse
from tests.app.live.test_samples import SWEPT_S, market_moves
from tests.app.live_house import Session
from tests.app.virtual_house import virtual_house
from tests.sandbox.bitget.scene import START_NS

NAME: Final = "sample"
BOTH: Final = ["400 USDT", "0.002 BTC"]
SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "grid": {"capital": BOTH, "params": {"instrument": PAIR, "levels": 3, "notional": 20.0}},
    "market_maker": {
        "capital": BOTH,
        "params": {"instruments": [PAIR], "levels": 2, "notional": 20.0},
    },
    "rebalance": {"capital": "400 USDT", "params": {"instruments": [PAIR], "weights": [0.1]}},
    "sma_cross": {
        "capital": "400 USDT",
        "params": {"instrument": PAIR, "timeframe": "1s", "fast": 2, "slow": 4, "notional": "50 USDT"},
    },
}
DISARMED_S: Final = 20.0
"""Longer than any of them waits before it asks again."""
TRADES_S: Final = 60.0


def held(session: Session) -> float:
    """What the strategy has of the base asset."""
    return session.run.core.engine.seats[NAME].strategy.position(PAIR)


async def trades(session: Session, house: BitgetHouse, sample: str) -> None:
    """Its orders rest, or its weight is held, or its position moves."""
    before = held(session)
    is_so = {
        "rebalance": lambda: held(session) > 0,
        "sma_cross": lambda: held(session) != before,
    }.get(sample, lambda: house.open)
    await session.until(is_so, TRADES_S)


async def killed(session: Session) -> None:
    """All is killed and swept, and a person arms it in two steps."""
    core = session.run.core
    session.run.drive.arrivals.put(partial(core.operate, asked_of("kill", reason="test")))
    await session.until(lambda: core.effects.sweeps)
    (sweep,) = core.effects.sweeps.values()
    await session.until(lambda: sweep.phase is Phase.SWEPT, SWEPT_S)
    (trip,) = core.kill.trips
    assert (await session.arm(trip=trip.id)).startswith("REDUCING")
    assert await session.arm(trip=trip.id) == "ARMED global"


async def lived(house: BitgetHouse, sample: str) -> None:
    """Start disarmed, arm; kill, sweep, arm in two steps; restart."""
    seats = {"mm": {"enabled": False}, NAME: {"use": sample, **SAMPLES[sample]}}
    async with market_moves(house):
        async with house.session(strategy=seats, has_hand=False) as first:
            await asyncio.sleep(DISARMED_S)
            assert (first.state, house.open) == (KillState.DISARMED, [])
            await first.arm()
            await trades(first, house, sample)
            await killed(first)
            await trades(first, house, sample)
            await first.ended()
        assert house.open == []
        async with house.session(strategy=seats, has_hand=False) as second:
            assert second.state is KillState.ARMED
            await trades(second, house, sample)


@pytest.mark.parametrize("sample", SAMPLES)
def test_it_trades_again_after_a_disarmed_start_a_kill_and_a_restart(tmp_path: Path, sample: str) -> None:
    async def main() -> None:
        async with virtual_house(tmp_path, "classic-spot") as house:
            await lived(house, sample)

    virtual_loop.run(main(), ManualClock(START_NS))
