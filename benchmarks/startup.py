"""From the start of the process to the first market event that a strategy handles.

CPU time of the whole process, so interpreter and imports are in it and other work on the machine is not. The loop is
timed after it only: there is no before. What a figure does not need is not imported here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO

from benchmarks.calibration import Span
from benchmarks.measures import SECONDS, Measure, Scope, in_loops


def first_event(scope: Scope) -> Sequence[Measure]:
    """A core, a simulated venue, the bundled tape and one small strategy, as a script puts them together."""
    from benchmarks.house import House
    from framework import Quote, Strategy
    from framework.data.catalogue import open_tape
    from framework.venues.bitget.rules import SPOT

    class First(Strategy):
        def on_start(self) -> None:
            self.quotes("BTC/USDT@bitget")
            self.seen: Moment | None = None

        def on_quote(self, quote: Quote) -> None:  # noqa: ARG002
            self.seen = self.seen or Moment()

    tape = open_tape("binance-2024-08-08", SPOT)
    strategy = First()
    house = House({"first": strategy}, tuple(tape.instruments), tape.start_ns, lambda record: None)  # noqa: ARG005
    house.start()
    for _ in house.core.play(tape):
        if strategy.seen:
            break
    assert strategy.seen
    return strategy.seen.measures("first_event", scope)


def first_event_paper(scope: Scope) -> Sequence[Measure]:
    """`run.py paper`: settings, plugins, journal, report's session and view, too."""
    from framework.cli import main
    from framework.engine.host import Subscription

    take = Subscription.take

    def watched(*_: object) -> None:
        raise Seen(Moment())

    try:
        Subscription.take = watched  # type: ignore[method-assign, assignment]  # a look from outside
        with redirect_stdout(StringIO()):
            main(["paper", "--speed", "max", "--json", "--folder", str(scope.folder)])
    except Seen as seen:
        return seen.moment.measures("first_event_paper", scope)
    finally:
        Subscription.take = take  # type: ignore[method-assign]
    raise RuntimeError("run.py paper ended before a strategy saw an event")


class Moment:
    """How far the process is."""

    def __init__(self) -> None:
        from framework.kernel.clock import process_started_s

        self.cpu_s = time.process_time()
        self.wall_s = time.monotonic() - process_started_s()

    def measures(self, name: str, scope: Scope) -> Sequence[Measure]:
        """CPU in loops, and what somebody waited."""
        span = Span(self.cpu_s, scope.timer().step_s())
        return in_loops(name, span), Measure(f"{name}_wall", self.wall_s, SECONDS)


class Seen(Exception):
    """The first event is about to be handled. Not an error: the way out."""

    def __init__(self, moment: Moment) -> None:
        super().__init__("seen")
        self.moment = moment
