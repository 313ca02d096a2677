"""The sample strategies live on Bitget's sandbox, its market moved by a tape, with faults, a kill and a restart.

Over sockets some seconds in `make test` and five minutes in `make long`; on the virtual loop two minutes and an hour, on
both account kinds and both products. Half-way funding is due, later the venue lists a coarser tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from framework.app.replay.daemon import replay_daemon
from framework.app.sandbox import Player
from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.model.instants import NS_PER_S
from framework.reports.summary import Summary
from framework.router.doubt.reconcile import ROUNDED
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState, Phase
from framework.sandbox.bitget.listings import LISTINGS, Listing
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.named import rules_named
from framework.venues.sim.funding import next_funding_ns
from tests.app.live.test_bitget import BitgetHouse, bitget_house
from tests.app.live_house import Session
from tests.app.virtual_house import virtual_house
from tests.sandbox.bitget.scene import START_NS

STEP_S: Final = 0.02
SWEPT_S: Final = 200.0
"""A sweep looks a last time when no order sent before the trip can arrive any more."""
SECONDS_S: Final = 6.0
"""In so short a life neither is waited for all of a sweep nor does every fault find its request."""
SHORT_S: Final = 300.0


@dataclass(frozen=True)
class Where:
    """An account kind and a product."""

    key: str
    symbol: str
    place: str
    batch: str
    amend: str = ""
    """Where orders are changed in place instead of taken back and placed anew."""

    @property
    def pair(self) -> str:
        return f"{self.symbol}@bitget"

    @property
    def is_perpetual(self) -> bool:
        return ":" in self.symbol

    @property
    def listing(self) -> Listing:
        return next(one for one in LISTINGS if one.instrument.symbol == self.symbol)


SWAP: Final = "BTC/USDT:USDT"
V2, V3 = "/api/v2", "/api/v3/trade"
CLASSIC_SPOT: Final = Where("classic-spot", "BTC/USDT", f"{V2}/spot/trade/place-order", f"{V2}/spot/trade/batch-orders")
CLASSIC_SWAP: Final = Where("classic-futures", SWAP, f"{V2}/mix/order/place-order", f"{V2}/mix/order/batch-place-order")
UNIFIED_SPOT, UNIFIED_SWAP = (
    Where("unified-trade", symbol, f"{V3}/place-order", f"{V3}/place-batch", f"{V3}/modify-order")
    for symbol in ("BTC/USDT", SWAP)
)
EVERYWHERE: Final = {
    "live_bitget": CLASSIC_SPOT,
    "live_bitget_swap": CLASSIC_SWAP,
    "live_bitget_unified": UNIFIED_SPOT,
    "live_bitget_unified_swap": UNIFIED_SWAP,
}
"""By the names of their rows in the README's table."""


def changes(where: Where, span_s: float) -> dict[str, Any]:
    """Both sample strategies; calmer where they trade for longer, so that fees do not reach the canary's largest loss."""
    is_short = span_s <= SHORT_S
    params = {"instrument": where.pair, "fast": 2, "slow": 4, "notional": "50 USDT"}
    making = {"instruments": [where.pair], "spread_bps": 2.0 if is_short else 12.0, "step_bps": 2.0}
    strategy = {
        "mm": {"params": {**making, "keep_within_bps": 1.0}},
        "sma": {
            "use": "sma_cross",
            "capital": "300 USDT",
            "params": {**params, "timeframe": "1s" if is_short else "15s"},
        },
    }
    return {"strategy": strategy, "limits": {"instruments": [where.pair]}, "live": {"markets": [where.symbol]}}


def faults_of(where: Where, span_s: float) -> Iterator[Fault]:
    """Few in some seconds, more in minutes, all in an hour."""
    yield Fault(FaultKind.CUT, path="ws:private", skip=40)
    yield Fault(FaultKind.DROP_AFTER, path=where.place, skip=4)
    yield Fault(FaultKind.DELAY_AFTER, path=where.place, skip=6, delay_ms=300)
    if span_s > SECONDS_S:
        yield Fault(FaultKind.DROP_BEFORE, path=where.batch, skip=1)
        yield Fault(FaultKind.HTML, path=where.amend or where.batch, skip=2)
    if span_s > SHORT_S:
        yield Fault(FaultKind.DROP_AFTER, path=where.amend or where.batch, skip=20, times=3)
        yield Fault(FaultKind.ERROR, path=where.place, skip=30, is_processed=True)
        yield Fault(FaultKind.CLOSE, path="ws:private", skip=20_000)
        yield Fault(FaultKind.CUT, path="ws:public", skip=30_000)


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


def check_books(session: Session, house: BitgetHouse) -> None:
    """Our books hold what the venue's wallet has, and the position that it shows."""
    portfolio, there = session.run.core.engine.portfolio, session.there
    held, costs = portfolio.totals(), portfolio.position_costs("bitget")
    if house.listing.is_spot:
        assert {asset: held[asset] for asset in house.balances} == house.balances
        return
    points, cost = house.position
    assert portfolio.position_totals("bitget") == {there: points}
    # Each strategy has an average price of its own, the venue one for both: what was realised and what is open agree together.
    assert abs((held["USDT"] - costs[there]) - (house.balances["USDT"] - cost)) < ROUNDED


async def lived(house: BitgetHouse, where: Where, span_s: float) -> tuple[Summary, int]:
    """Trade for so long; then a kill, its sweep, the end, and a restart. Everything that must hold is held.

    Returns:
        The first session's summary, and how many answers were 429.
    """
    house.listing, changed = where.listing, changes(where, span_s)
    async with market_moves(house):
        async with house.session(**changed, has_hand=False) as first:
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
        check_books(first, house)
        async with house.session(**changed, has_hand=False) as second:
            assert second.state is KillState.TRIPPED
            assert second.run.recovery.unadopted() == []
            check_books(second, house)
    assert house.open == []
    assert house.server.statuses[200] > span_s / 2  # a unified account changes orders in place: fewer requests
    assert house.server.statuses[429] == 0
    assert house.server.faults.played
    assert span_s == SECONDS_S or not house.server.faults.left
    assert summary.requests > span_s / 3  # however busy the machine is
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
    "span_s",
    [
        pytest.param(SECONDS_S, id="seconds"),
        pytest.param(300.0, id="minutes", marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
async def test_market_maker_and_trend_follower_trade_with_faults_and_the_ledger_is_the_venues(
    tmp_path: Path, span_s: float
) -> None:
    where = CLASSIC_SPOT
    async with bitget_house(tmp_path, where.key, *faults_of(where, span_s)) as house:
        told(*await lived(house, where, span_s), span_s)
    verdict = await asyncio.to_thread(replay_daemon, journal_of(tmp_path))
    assert verdict.is_identical, verdict.lines()


@pytest.mark.parametrize(
    "span_s",
    [
        pytest.param(120.0, id="minutes"),
        pytest.param(3_600.0, id="hour", marks=[pytest.mark.long, pytest.mark.timeout(1_800)]),
    ],
)
@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.fault("S1")
def test_on_the_virtual_loop_an_hour_is_lived_with_faults_a_kill_and_a_restart(
    tmp_path: Path, name: str, span_s: float, record_property: Callable[[str, object], None]
) -> None:
    where = EVERYWHERE[name]

    async def main() -> tuple[Summary, int]:
        async with virtual_house(tmp_path, where.key, *faults_of(where, span_s)) as house:
            asyncio.get_running_loop().call_later(0.7 * span_s, relist, house, where)
            summary, limited = await lived(house, where, span_s)
            check_funding(house, where, summary)
            return summary, limited

    begin_ns = next_funding_ns(START_NS) - int(span_s * NS_PER_S / 2)
    chance = Random(name) if span_s < 3_600.0 else None  # what is ready at one instant runs in any order
    figures = told(*virtual_loop.run(main(), ManualClock(begin_ns), chance), span_s)
    if span_s == 3_600.0:
        record_property(name, figures)
    verdict = replay_daemon(journal_of(tmp_path))
    assert verdict.is_identical, verdict.lines()


def relist(house: BitgetHouse, where: Where) -> None:
    """The venue lists the market with ten times the tick."""
    house.venue.market(where.listing).filters = where.listing.filters(price_digits=where.listing.price_digits - 1)


def check_funding(house: BitgetHouse, where: Where, summary: Summary) -> None:
    """A perpetual's position paid once, half-way, and the strategies' books have every payment."""
    bills = house.venue.members[house.key.uid].bills
    assert [bill.ts_ms for bill in bills] == [next_funding_ns(START_NS) // 1_000_000] * where.is_perpetual
    assert summary.funding == sum(bill.amount for bill in bills)
    assert bool(summary.funding) is where.is_perpetual
