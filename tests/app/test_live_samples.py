"""The sample strategies live on Bitget's sandbox, its market moved by a tape, with faults: a few seconds here, minutes in `make long`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from framework.app.drive import Stop
from framework.app.live.run import LiveRun
from framework.app.live.session import LiveSession
from framework.app.sandbox import Player
from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.kernel.clock import Stopwatch
from framework.kernel.journal import read_folder
from framework.kernel.records import AnswerTaken
from framework.reports.summary import Summary
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.named import rules_named
from tests.app.live_house import Blind
from tests.app.test_live_bitget import BitgetHouse, bitget_house

BATCH = "/api/v2/spot/trade/batch-orders"
SAMPLES = {
    "mm": {"params": {"spread_bps": 2.0, "step_bps": 2.0, "keep_within_bps": 1.0}},
    "sma": {
        "use": "sma_cross",
        "capital": "300 USDT",
        "params": {"instrument": "BTC/USDT@bitget", "timeframe": "1s", "fast": 2, "slow": 4, "notional": "50 USDT"},
    },
}
FAULTS = (
    Fault(FaultKind.CUT, path="ws:private", skip=40),
    Fault(FaultKind.DROP_AFTER, path=BATCH, skip=4),
    Fault(FaultKind.DELAY_AFTER, path=BATCH, skip=6, delay_ms=300),
)
LONG_FAULTS = (*FAULTS, Fault(FaultKind.DROP_BEFORE, path=BATCH, skip=9), Fault(FaultKind.HTML, path=BATCH, skip=20))


async def play(house: BitgetHouse) -> None:
    player = Player(
        LoopedTape(open_tape("binance-2024-08-08", rules_named("bitget-spot"))), house.venue, house.venue.clock
    )
    player.prime()
    while player.step():  # noqa: ASYNC110  # the tape says when
        await asyncio.sleep(0.02)


async def traded(house: BitgetHouse, span_s: float) -> Summary:
    stop = Stop()

    def made(run: LiveRun) -> None:
        asyncio.get_running_loop().call_later(span_s, stop.ask, "the test's time is over")

    with house.opened(strategy=SAMPLES, made=made) as (opened, _):
        return await LiveSession(opened, lambda session, run: Blind(), stop, Stopwatch()).run()


@pytest.mark.parametrize(
    ("span_s", "faults"),
    [(6.0, FAULTS), pytest.param(300.0, LONG_FAULTS, marks=[pytest.mark.long, pytest.mark.timeout(400)])],
    ids=["seconds", "minutes"],
)
async def test_market_maker_and_trend_follower_trade_with_faults_and_the_ledger_is_the_venues(
    tmp_path: Path, span_s: float, faults: tuple[Fault, ...]
) -> None:
    async with bitget_house(tmp_path, "classic-spot", *faults) as house:
        playing = asyncio.create_task(play(house))
        try:
            async with house.session() as first:
                await first.arm()
            summary = await traded(house, span_s)
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing
        assert (summary.faults, summary.ledger_difference, summary.quarantined) == ([], {}, {})
        assert summary.orders > span_s / 3  # however busy the machine is
        assert summary.requests <= summary.requests_one_by_one
        assert house.open == []
        answers = [
            record.answer
            for record in read_folder(tmp_path / "var" / "live" / "bitget-main" / "journal")
            if isinstance(record, AnswerTaken)
        ]
        assert answers
        assert not any(answer.is_limited for answer in answers)  # no 429
