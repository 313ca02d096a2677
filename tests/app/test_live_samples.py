"""The sample strategies live on Bitget's sandbox, its market moved by a tape, with faults, a kill and a restart.

Over sockets some seconds in `make test` and five minutes in `make long`; on the virtual loop two minutes and an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.sandbox import Player
from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.reports.summary import Summary
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState, Phase
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.named import rules_named
from tests.app.live_house import Session
from tests.app.test_live_bitget import BitgetHouse, bitget_house
from tests.app.virtual_house import virtual_house
from tests.reliability import keep
from tests.sandbox.bitget.scene import START_NS

PLACE: Final = "/api/v2/spot/trade/place-order"
BATCH: Final = "/api/v2/spot/trade/batch-orders"
STEP_S: Final = 0.02
SWEPT_S: Final = 200.0
"""A sweep looks a last time when no order sent before the trip can arrive any more."""
SECONDS_S: Final = 6.0
"""In so short a life neither is waited for all of a sweep nor does every fault find its request."""
SHORT_S: Final = 300.0


def samples(span_s: float) -> dict[str, Any]:
    """Both sample strategies; calmer where they trade for longer, so that fees do not reach the canary's largest loss."""
    is_short = span_s <= SHORT_S
    params = {"instrument": "BTC/USDT@bitget", "fast": 2, "slow": 4, "notional": "50 USDT"}
    return {
        "mm": {"params": {"spread_bps": 2.0 if is_short else 12.0, "step_bps": 2.0, "keep_within_bps": 1.0}},
        "sma": {
            "use": "sma_cross",
            "capital": "300 USDT",
            "params": {**params, "timeframe": "1s" if is_short else "15s"},
        },
    }


FAULTS: Final = (
    Fault(FaultKind.CUT, path="ws:private", skip=40),
    Fault(FaultKind.DROP_AFTER, path=PLACE, skip=4),
    Fault(FaultKind.DELAY_AFTER, path=PLACE, skip=6, delay_ms=300),
)
MORE_FAULTS: Final = (
    *FAULTS,
    Fault(FaultKind.DROP_BEFORE, path=BATCH, skip=1),
    Fault(FaultKind.HTML, path=BATCH, skip=2),
)
FAULTS_OF_AN_HOUR: Final = (
    *MORE_FAULTS,
    Fault(FaultKind.DROP_AFTER, path=BATCH, skip=20, times=3),
    Fault(FaultKind.ERROR, path=PLACE, skip=90, is_processed=True),
    Fault(FaultKind.CLOSE, path="ws:private", skip=20_000),
    Fault(FaultKind.CUT, path="ws:public", skip=30_000),
)


@asynccontextmanager
async def market_moves(house: BitgetHouse) -> AsyncIterator[None]:
    """The tape plays for the length of a block."""
    tape = LoopedTape(open_tape("binance-2024-08-08", rules_named("bitget-spot")))
    player = Player(tape, house.venue, house.venue.clock)
    player.prime()

    async def play() -> None:
        while player.step():  # noqa: ASYNC110  # the tape says when
            await asyncio.sleep(STEP_S)

    playing = asyncio.create_task(play())
    try:
        yield
    finally:
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing


def totals(session: Session, house: BitgetHouse) -> dict[str, Decimal]:
    """What our books hold of what the venue's wallet has."""
    held = session.run.core.engine.portfolio.totals()
    return {asset: held[asset] for asset in house.balances}


async def lived(house: BitgetHouse, span_s: float) -> tuple[Summary, int]:
    """Trade for so long; then a kill, its sweep, the end, and a restart. Everything that must hold is held.

    Returns:
        The first session's summary, and how many answers were 429.
    """
    async with market_moves(house):
        async with house.session(strategy=samples(span_s), has_hand=False) as first:
            await first.arm()
            await asyncio.sleep(span_s)
            await first.until(lambda: first.state is KillState.ARMED)  # a fault may have just been suffered
            assert not first.run.core.kill.trips
            kill, effects = asked_of("kill", reason="the test's time is over"), first.run.core.effects
            first.run.drive.arrivals.put(partial(first.run.core.operate, kill))
            await first.until(lambda: effects.sweeps and not house.open)
            if span_s > SECONDS_S:
                (sweep,) = effects.sweeps.values()
                await first.until(lambda: sweep.phase is Phase.SWEPT, SWEPT_S)
            summary = await first.ended()
        assert (summary.faults, summary.ledger_difference, summary.quarantined) == ([], {}, {})
        assert totals(first, house) == house.balances
        async with house.session(strategy=samples(span_s), has_hand=False) as second:
            assert second.state is KillState.TRIPPED
            assert second.run.recovery.unadopted() == []
            assert totals(second, house) == house.balances
    assert house.open == []
    assert house.server.statuses[200] > span_s
    assert house.server.statuses[429] == 0
    assert house.server.faults.played
    assert span_s == SECONDS_S or not house.server.faults.left
    assert summary.orders > span_s / 3  # however busy the machine is
    assert summary.requests <= summary.requests_one_by_one
    return summary, house.server.statuses[429]


def told(summary: Summary, limited: int, span_s: float) -> dict[str, float]:
    """The figures of such a life."""
    share = summary.requests_one_by_one / summary.requests
    found = {
        "seconds": span_s,
        "orders": summary.orders,
        "fills": summary.fills,
        "requests": summary.requests,
        "limited": limited,
        "differences": len(summary.ledger_difference),
    }
    print(f"{found}, {share:.2f} orders and cancels a request")  # noqa: T201  # a figure that is asked for
    return {**found, "per_request": round(share, 2)}


def journal_of(folder: Path) -> Path:
    """Of the daemon that lived there."""
    return folder / "var" / "live" / "bitget-main" / "journal"


@pytest.mark.parametrize(
    ("span_s", "faults"),
    [(SECONDS_S, FAULTS), pytest.param(300.0, MORE_FAULTS, marks=[pytest.mark.long, pytest.mark.timeout(600)])],
    ids=["seconds", "minutes"],
)
async def test_market_maker_and_trend_follower_trade_with_faults_and_the_ledger_is_the_venues(
    tmp_path: Path, span_s: float, faults: tuple[Fault, ...]
) -> None:
    async with bitget_house(tmp_path, "classic-spot", *faults) as house:
        told(*await lived(house, span_s), span_s)
    verdict = await asyncio.to_thread(replay_daemon, journal_of(tmp_path))
    assert verdict.is_identical, verdict.lines()


@pytest.mark.parametrize(
    ("span_s", "faults"),
    [
        (120.0, MORE_FAULTS),
        pytest.param(3_600.0, FAULTS_OF_AN_HOUR, marks=[pytest.mark.long, pytest.mark.timeout(1_800)]),
    ],
    ids=["minutes", "hour"],
)
def test_on_the_virtual_loop_an_hour_is_lived_with_faults_a_kill_and_a_restart(
    tmp_path: Path, span_s: float, faults: tuple[Fault, ...]
) -> None:
    async def main() -> tuple[Summary, int]:
        async with virtual_house(tmp_path, "classic-spot", *faults) as house:
            return await lived(house, span_s)

    figures = told(*virtual_loop.run(main(), ManualClock(START_NS)), span_s)
    if span_s == 3_600.0:
        keep("live_bitget", figures)
    verdict = replay_daemon(journal_of(tmp_path))
    assert verdict.is_identical, verdict.lines()
