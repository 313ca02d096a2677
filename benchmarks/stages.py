"""Where the steps of one event go: made, carried by the loop, handed to a strategy, and what that one does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from benchmarks import market
from benchmarks.crossing import EmaCross
from benchmarks.drive import NO_QUOTES, Tape, trade_tape
from benchmarks.house import House
from benchmarks.measures import MICROSECONDS, Measure, Scope
from framework import Strategy, Trade
from framework.app.drive import FULL_SPEED_STRIDE
from framework.kernel.clock import ManualClock
from framework.kernel.tape_loop import TapeLoop
from framework.kernel.topic import topics_for
from framework.model.events import MarketEvent

EVENTS: Final = 200_000
LOOKS: Final = 10_000
"""At the clock, to know what one takes."""


class Idle(Strategy):
    """Listens to trades and does nothing."""

    def on_start(self) -> None:
        self.trades("BTC/USDT@bitget")

    def on_trade(self, trade: Trade) -> None:
        pass


class Sums:
    """CPU seconds by stage, summed over many short spans, less what looking at the clock takes."""

    def __init__(self) -> None:
        self._cpu_s: dict[str, float] = {}
        self._times: dict[str, int] = {}
        self._looking_s = 0.0
        for _ in range(LOOKS):
            self.each("", _nothing, ())
        self._looking_s = self._cpu_s.pop("") / LOOKS

    def each(self, stage: str, work: Callable[[Any], object], things: Sequence[Any]) -> None:
        """Do some work with each of some things."""
        started_s = time.process_time()
        for thing in things:
            work(thing)
        self._add(stage, time.process_time() - started_s, len(things))

    def once(self, stage: str, work: Callable[[], object], times: int) -> None:
        """Do some work that is about so many things."""
        started_s = time.process_time()
        work()
        self._add(stage, time.process_time() - started_s, times)

    def measures(self, prefix: str, step_s: float) -> list[Measure]:
        """The mean of each stage."""
        means_s = {stage: cpu_s / max(1, self._times[stage]) for stage, cpu_s in self._cpu_s.items()}
        return [Measure(f"{prefix}_{stage}", one * 1e6, MICROSECONDS, one / step_s) for stage, one in means_s.items()]

    def _add(self, stage: str, cpu_s: float, times: int) -> None:
        self._cpu_s[stage] = self._cpu_s.get(stage, 0.0) + cpu_s - self._looking_s
        self._times[stage] = self._times.get(stage, 0) + times


def event_stages(scope: Scope) -> Sequence[Measure]:
    """Each stage alone, with what it would find in a run; together they are an event of `ticks_idle`."""
    tape = trade_tape(scope, "stages", EVENTS, NO_QUOTES)
    events = list(tape.events())
    idle, cross = _started(Idle(), tape), _started(EmaCross(is_trading=False), tape)
    sums = Sums()

    def work() -> None:
        sums.once("made", lambda: _exhaust(tape.events()), len(events))
        sums.once("loop", lambda: _loop(events), len(events))
        sums.each("engine", idle.core.topics[Trade][tape.instrument].tell, events)
        sums.each("cross", cross.strategies["it"].on_trade, events)
        sums.once("whole", lambda: _exhaust(cross.core.play(events)), len(events))

    span = scope.timer().span(work)
    return sums.measures("event", span.step_s)


def _started(strategy: Strategy, tape: Tape) -> House:
    house = House({"it": strategy}, (tape.instrument,), market.START_NS, _nothing)
    house.core.loop.stride = FULL_SPEED_STRIDE
    house.start()
    return house


def _loop(events: Sequence[MarketEvent]) -> None:
    loop = TapeLoop(ManualClock(market.START_NS), topics_for([events[0].instrument]), [], _nothing)
    loop.stride = FULL_SPEED_STRIDE
    _exhaust(loop.instants(events))


def _exhaust(things: Any) -> None:
    for _ in things:
        pass


def _nothing(*_: object) -> None:
    pass
