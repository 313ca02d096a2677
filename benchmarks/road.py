"""Where the steps of one market order go, from the strategy's verb to its fill."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks import market
from benchmarks.crossing import SIZE
from benchmarks.house import BALANCES, LATENCY_NS, House, bitcoin, unlimited
from benchmarks.measures import COUNT, Measure, Scope
from benchmarks.stages import Idle, Sums
from framework.core import Core
from framework.kernel.clock import NS_PER_S, ManualClock
from framework.kernel.journal import JournalWriter
from framework.kernel.records import Record
from framework.kernel.tape_loop import TapeLoop
from framework.model.batch import Cleared
from framework.model.events import OrderReport, Quote, ReportKind
from framework.model.instrument import Instrument
from framework.model.intents import Place
from framework.model.latency import Fixed
from framework.model.request_answer import RequestAnswer
from framework.router.checks import check
from framework.venues.bitget.rules import SPOT
from framework.venues.sim.venue import SimVenue

ORDERS: Final = 4_000
WITHIN: Final = "_within"
"""Marks a stage that is part of another one."""


def order_stages(scope: Scope) -> Sequence[Measure]:
    """Stage after stage, order after order: none is warmer than in a run.

    What is missing of `ticks_order`: the journal's records, and the loop's work at the four instants of an order.
    """
    records: list[Record] = []
    road = Road(records.append)
    orders = scope.of(ORDERS, 10)

    def work() -> None:
        for number in range(orders):
            road.travel(is_buy=number % 2 == 0)
        with JournalWriter(scope.folder / "stages.journal", "stages") as journal:
            road.sums.each("journal_a_record", journal.write, records)

    (scope.folder / "stages.journal").unlink(missing_ok=True)
    span = scope.timer().span(work)
    found = road.sums.measures("order", span.step_s)
    return [*found, Measure("order_journal_records", len(records) / orders, COUNT)]


class Shelf:
    """An order port and a report sink that keep what they get."""

    def __init__(self) -> None:
        self.cleared: list[Cleared] = []
        self.reports: list[OrderReport] = []

    def send(self, cleared: Cleared) -> None:
        """Keep a request."""
        self.cleared.append(cleared)

    def report(self, report: OrderReport) -> None:
        """Keep an answer."""
        self.reports.append(report)

    def answered(self, answer: RequestAnswer) -> None:
        """What it says of limits is not measured here."""


class Away:
    """A simulated venue with a clock of its own."""

    def __init__(self, instrument: Instrument, sink: Shelf) -> None:
        self.clock = ManualClock(market.START_NS)
        self.loop = TapeLoop(self.clock, {}, [], _never)
        rules, latency, rng = unlimited(SPOT), Fixed(LATENCY_NS), random.Random(1)
        self.venue = SimVenue(rules, [instrument], BALANCES, self.clock, self.loop, sink, latency, rng)

    def observe(self, quote: Quote) -> None:
        """See the market, at its time."""
        self.clock.now_ns = quote.ts_recv_ns
        self.venue.observe(quote)

    def answer(self) -> None:
        """Match what is on its way, and answer."""
        for _ in self.loop.drain(self.clock.now_ns + NS_PER_S // 2):
            pass


class Road:
    """An order's way, stage by stage: engine and router of one house, and a venue away from it."""

    def __init__(self, write: Callable[[Record], None], before: Callable[[Core], None] = lambda core: None) -> None:  # noqa: ARG005
        self.sums = Sums()
        self.router_s: list[float] = []
        """What the router took, order after order; CPU seconds."""
        self._before = before
        self._instrument = bitcoin()
        self._shelf = Shelf()
        self._strategy = Idle()
        house = House({"it": self._strategy}, (self._instrument,), market.START_NS, write, unlimited(SPOT), self._shelf)
        house.start()
        self._core = house.core
        self._away = Away(self._instrument, self._shelf)

    def travel(self, *, is_buy: bool) -> None:
        """Take an order through every stage, a second after the last one."""
        core, each, shelf = self._core, self.sums.each, self._shelf
        self._quote()
        places = self._ask(is_buy=is_buy)
        each("checks" + WITHIN, lambda place: check(place.order, core.engine.desk), places)
        self._before(core)
        each("router", self._accept, places)
        each("gate" + WITHIN, lambda cleared: core.gate.clear(cleared.batch, core.clock.now_ns), shelf.cleared)
        each("venue_send", self._away.venue.send, shelf.cleared)
        shelf.cleared.clear()
        self.sums.once("venue_match", self._away.answer, 1)
        self._hear()

    def _accept(self, place: Place) -> None:
        started_s = time.process_time()
        self._core.router.accept((("it", place),))
        self.router_s.append(time.process_time() - started_s)

    def _quote(self) -> None:
        core = self._core
        core.clock.now_ns += NS_PER_S
        size = market.QUOTED_POINTS
        quote = Quote(self._instrument, core.clock.now_ns, 3_000_000, size, 3_000_002, size)
        core.engine.process(quote)
        self._away.observe(quote)

    def _ask(self, *, is_buy: bool) -> list[Place]:
        """The strategy's verb, and the intents that it leaves."""
        verb = self._strategy.buy if is_buy else self._strategy.sell
        self.sums.each("verb", lambda instrument: verb(instrument, SIZE), ["BTC/USDT@bitget"])
        outbox = self._core.engine.seats["it"].outbox
        places = [intent for intent in outbox if isinstance(intent, Place)]
        outbox.clear()
        return places

    def _hear(self) -> None:
        """Take what the venue said: the fill, which acknowledges the order as well."""
        core, reports = self._core, self._shelf.reports
        assert [report.kind for report in reports] == [ReportKind.FILLED], reports
        self.sums.each("engine_filled", core.engine.process, reports)
        self.sums.each("router_filled", core.router.on_report, reports)
        reports.clear()


def _never(*_: object) -> None:
    raise AssertionError("a venue away plays no tape")
