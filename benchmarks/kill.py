"""The kill switch: from `trip` to a closed gate, over the control socket, past a loop that stands still, and the sweep.

Wall-clock times in milliseconds, for a person waits for them; the sweep in milliseconds of the venue's clock.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from msgspec.structs import replace

from benchmarks.house import House, bitcoin
from benchmarks.measures import Measure, Scope, count
from framework.kernel.clock import Stopwatch
from framework.kernel.latch import Latch
from framework.kernel.logging import configure
from framework.model.events import Quote
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.scopes import EVERYTHING, ScopeKind
from framework.model.scopes import Scope as KillScope
from framework.router.kill.states import Cause
from framework.strategy.base import Strategy
from framework.venues.bitget.rules import SPOT

ROOT: Final = Path(__file__).resolve().parents[1]
MILLISECONDS: Final = "ms"
TRIPS: Final = 1_000
ASKS: Final = 200
STALLS: Final = 20
SYMBOLS: Final = 20
ORDERS: Final = 10
START_NS: Final = 1_723_118_400 * NS_PER_S


def kill_switch(scope: Scope) -> Sequence[Measure]:
    """Every figure."""
    configure(lambda: 0, level="critical")
    closed, returned = trips(scope)
    return (
        *spread("kill_gate_closed", closed),
        *spread("kill_trip_returned", returned),
        *spread("kill_confirmed", asks(scope)),
        *spread("kill_stalled_loop_closed", stalls(scope)),
        *sweep(),
    )


def trips(scope: Scope) -> tuple[list[float], list[float]]:
    """From the call of `trip` to the closed word, and to its return with the latch on the disk: each of a fresh scope."""
    house = House({"idle": Strategy()}, (bitcoin(),), START_NS, lambda record: None)  # noqa: ARG005
    kill = house.core.kill
    kill.latched.keep_in(Latch(scope.folder / "latch"))
    house.start()
    closed, returned, watches = [], [], [Stopwatch()]
    kill.word.watch(lambda _: closed.append(watches[0].elapsed_s * 1000))
    for number in range(scope.of(TRIPS, 5)):
        watches[0] = Stopwatch()
        kill.trip(KillScope(ScopeKind.STRATEGY, f"s{number}"), Cause.OPERATOR, "measured", "bench")
        returned.append(watches[0].elapsed_s * 1000)
    return closed, returned


def asks(scope: Scope) -> list[float]:
    """A kill as the command sends it, to its confirmation: a paper run in a process of its own, trips of fresh scopes."""
    from framework.ops.control_client import ask, find

    command = [sys.executable, "run.py", "paper", "--speed", "10", "--loop", "--json", "--folder", str(scope.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment()) as run:
        try:
            assert run.stdout is not None
            while '"order.filled"' not in run.stdout.readline():
                pass
            threading.Thread(target=run.stdout.read, daemon=True).start()
            path, found = find(scope.folder), []
            for number in range(scope.of(ASKS, 3)):
                watch = Stopwatch()
                ask(path, {"verb": "kill", "scope": f"instrument:X{number}@bitget", "reason": "measured"})
                found.append(watch.elapsed_s * 1000)
            return found
        finally:
            run.kill()


def stalls(scope: Scope) -> list[float]:
    """From a kill on the socket's thread to the closed word, where the loop does not move at all."""
    from framework.app.control import commands
    from framework.app.control.killing import Killing
    from framework.app.inbox import Inbox
    from framework.kernel.kill_requests import KillRequests

    found = []
    for _ in range(scope.of(STALLS, 1)):
        house = House({"idle": Strategy()}, (bitcoin(),), START_NS, lambda record: None)  # noqa: ARG005
        house.start()
        closed, inbox = threading.Event(), Inbox()
        house.core.kill.word.watch(lambda _, closed=closed: closed.set())
        run: Any = SimpleNamespace(core=house.core)
        facts = SimpleNamespace(display_tz="UTC", currency="USDT")
        session: Any = SimpleNamespace(hear=lambda hearer: None, facts=facts)  # noqa: ARG005
        killing = Killing(house.core, inbox, KillRequests(scope.folder / str(len(found))))
        stuck = commands.Commands(run, session, SimpleNamespace(), inbox, scope.folder, (), killing)  # type: ignore[arg-type]
        watch = Stopwatch()
        asking = threading.Thread(target=stuck.answer, args=({"verb": "kill", "reason": "measured"}, "bench"))
        asking.start()
        assert closed.wait(10)
        found.append(watch.elapsed_s * 1000)
        inbox.close()
        asking.join()
    return found


def sweep() -> Sequence[Measure]:
    """Twenty symbols with ten resting orders each, at ten requests a second: from the trip to the last acknowledgement."""
    per_second = [replace(bucket, limit=10) if bucket.window_ns == NS_PER_S else bucket for bucket in SPOT.buckets]
    rules = replace(SPOT, buckets=tuple(per_second))
    there = tuple(
        Instrument(f"S{number}/USDT", "bitget", price_digits=2, size_digits=4, notional_min=Decimal(1))
        for number in range(SYMBOLS)
    )
    house = House({"rests": Resting(there)}, there, START_NS, lambda record: None, rules)  # type: ignore[arg-type]  # noqa: ARG005
    house.start()
    apart_ns = 2 * NS_PER_S  # so that every symbol's orders find room
    quotes = [Quote(one, START_NS + apart_ns * n, 10_000, 10_000, 10_100, 10_000) for n, one in enumerate(there, 1)]
    _let(house.core.play(quotes))
    _let(house.core.loop.drain(quotes[-1].ts_recv_ns + 10 * NS_PER_S))
    resting = len(house.venue.open_orders())
    trip = house.core.kill.trip(EVERYTHING, Cause.OPERATOR, "measured", "bench")
    _let(house.core.loop.drain(trip.ts_ns + 30 * NS_PER_S))
    assert not house.venue.open_orders()
    swept_ms = house.core.effects.sweeps[EVERYTHING].swept_ns / 1_000_000
    return (Measure("kill_swept", swept_ms, MILLISECONDS), count("kill_swept_orders", resting))


class Resting(Strategy):
    """Rests ten bids on every symbol."""

    def __init__(self, there: Sequence[Instrument]) -> None:
        super().__init__()
        self.there = there

    def on_start(self) -> None:
        for one in self.there:
            self.quotes(one)

    def on_quote(self, quote: Quote) -> None:
        for number in range(ORDERS):
            self.buy(quote.instrument, 1, price=80 + number)


def spread(name: str, found: Sequence[float]) -> Sequence[Measure]:
    """The median and the 99th percentile."""
    ordered = sorted(found)
    worst = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return (
        Measure(f"{name}_p50", ordered[len(ordered) // 2], MILLISECONDS),
        Measure(f"{name}_p99", worst, MILLISECONDS),
    )


def _let(instants: Iterable[int]) -> None:
    for _ in instants:
        pass


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "BOT_NO_BOOTSTRAP": "1"}
