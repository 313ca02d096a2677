"""A daemon with the strategies of its settings beside a test, against a venue on loopback whose market the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from framework.app.drive import Stop
from framework.app.live.run import LiveRun
from framework.app.live.session import LiveSession
from framework.kernel.clock import Stopwatch
from framework.kernel.latch import LatchPage
from framework.kernel.records import OperatorAsked
from framework.model.orders import Pending
from framework.model.scopes import EVERYTHING
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState, Phase
from framework.router.kill.trips import Trip
from framework.sandbox.faults import Fault, FaultKind
from tests.app.crash_child import RULES as QUICK_RULES
from tests.app.live_house import ASK, BID, Blind, LiveHouse

MAKER: Final = {"mm": {"params": {"spread_bps": 2.0, "step_bps": 2.0, "keep_within_bps": 1.0, "notional": 20.0}}}
FAULTS: Final = [
    Fault(FaultKind.DROP_AFTER, "/orders", skip=1),
    Fault(FaultKind.HOLD_AFTER, "/cancels", skip=1),
    Fault(FaultKind.DROP_REPORTS, skip=4),
    Fault(FaultKind.GARBAGE, skip=6),
    Fault(FaultKind.STATUS, status=429, skip=8),
]
WAIT_S: Final = 20.0


class FullLatch:
    """A latch on a disk that is full."""

    def read(self) -> LatchPage | None:
        """Nothing."""
        return None

    def keep_trip(self, page: LatchPage) -> str:
        """Not."""
        return self.fault

    def keep_arm(self, page: LatchPage) -> str:
        """Not."""
        return self.fault

    @property
    def fault(self) -> str:
        """Always."""
        return "latch: no space"


class Player:
    """One session, and who moves its market."""

    def __init__(self, house: LiveHouse, runs: list[LiveRun], task: asyncio.Task[Any]) -> None:
        self.house = house
        self.task = task
        self._runs = runs
        self._moves = 0

    @property
    def run(self) -> LiveRun:
        """The session."""
        return self._runs[0]

    @property
    def state(self) -> KillState:
        """Of everything."""
        return self.run.core.kill.state(EVERYTHING)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(WAIT_S):
            while not is_so():
                assert not self.task.done(), self.task.result()
                await asyncio.sleep(0.005)

    def ask(self, verb: str, **facts: Any) -> None:
        """As a person does, in a turn of its own."""
        asked: OperatorAsked = msgspec.structs.replace(asked_of(verb, reason="test"), **facts)
        self.run.drive.arrivals.put(lambda: self.run.core.operate(asked))

    async def move(self, times: int, step: int = 700) -> None:
        """The market goes up and comes down, and somebody sells into it."""
        for _ in range(times):
            self._moves = (self._moves + 1) % 4
            self.house.move(BID + step * self._moves, ASK + step * self._moves)
            self.house.sell_into(BID - 2_000, 3_000)
            await asyncio.sleep(0.03)

    async def trade(self) -> None:
        """The market moves until an order stands that this session made."""
        named = f"-{self.run.id[:6]}-"
        async with asyncio.timeout(WAIT_S):
            while not any(named in order.client_order_id for order in self.run.core.engine.blotter.open_of("mm")):
                await self.move(4)

    def rests(self) -> bool:
        """Orders stand, and nothing is asked of any of them."""
        orders = self.run.core.engine.blotter.open_of("mm")
        return bool(orders) and all(order.is_open and order.pending is Pending.NOTHING for order in orders)

    async def stall(self) -> None:
        """The watchdog closes the gate from its own thread, and says so when the loop goes on."""
        await asyncio.to_thread(self.run.core.kill.word.close, EVERYTHING, "the loop stands still")
        await self.move(2)
        self.ask("stall")
        await self.until(lambda: self.state is KillState.ARMED and not self.run.core.kill.word.closed)

    async def arm_in_vain(self) -> None:
        """The disk does not take the arming."""
        kill = self.run.core.kill
        latch, done = kill.latched._port, list[str]()
        kill.latched.keep_in(FullLatch())
        self.run.drive.arrivals.put(lambda: done.append(self.run.core.operate(asked_of("arm", reason="test")).text))
        await self.until(lambda: done)
        assert done == ["latch: no space; nothing is armed without a record on the disk"]
        assert latch is not None
        kill.latched.keep_in(latch)

    async def kill(self) -> Trip:
        """Trip, and wait for the sweep's end."""
        core = self.run.core
        self.ask("kill")
        await self.until(lambda: self.state is KillState.TRIPPED)
        trip = core.kill.trips[-1]
        await self.until(lambda: core.effects.sweeps[trip.scope].phase is Phase.SWEPT)
        return trip

    async def arm(self, trip: Trip | None = None) -> None:
        """In one step, or after a trip in two."""
        if trip is not None:
            await self.until(lambda: not self.run.core.kill.obstacles(EVERYTHING))
        for _ in range(1 if trip is None else 2):
            self.ask("arm", trip_id="" if trip is None else trip.id)
        await self.until(lambda: self.state is KillState.ARMED)


@asynccontextmanager
async def player(house: LiveHouse, *, is_killed: bool = False, **changes: Any) -> AsyncIterator[Player]:
    """A session that has begun; ended at the end of the block, or broken off in the middle of whatever it does."""
    runs: list[LiveRun] = []
    stop = Stop()
    with house.opened(made=runs.append, rules=QUICK_RULES, strategy=MAKER, **changes) as (opened, _):
        session = LiveSession(opened, lambda session, run: Blind(), stop, Stopwatch())
        task = asyncio.create_task(session.run())
        found = Player(house, runs, task)
        try:
            await found.until(lambda: runs and runs[0].is_started)
            yield found
        finally:
            if is_killed:
                task.cancel()
            stop.ask("test is over")
            with suppress(asyncio.CancelledError):
                await task


async def killed_and_cut_off(house: LiveHouse) -> None:
    """Two sessions: one that stalls and is killed, and one whose venue has faults, broken off in the middle of something."""
    async with player(house) as first:
        await first.arm_in_vain()
        await first.arm()
        await first.move(6)
        await first.stall()
        await first.move(2)
        trip = await first.kill()
    house.server.faults.add(FAULTS)
    async with player(house, is_killed=True) as second:
        await second.arm(trip)
        await second.move(40)


def journal_of(folder: Path) -> Path:
    """Of the daemon whose house is there."""
    return folder / "var" / "live" / "plain-main" / "journal"
