"""A strategy that always wants more than a venue lets through: what gets there, and how long what matters waits.

Limits are the venue's, on the simulated venue and its clock: the figures do not depend on the machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from benchmarks import market
from benchmarks.house import House
from benchmarks.measures import Measure, Scope, count
from framework import Order, Quote, Strategy
from framework.model.batch import BatchKind, Cleared
from framework.model.events import MarketEvent, OrderReport
from framework.model.events import Quote as QuoteEvent
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.rules import VenueRules
from framework.ports import Listener
from framework.venues.bitget.rules import SPOT

BTC: Final = "BTC/USDT@bitget"
NS_PER_MS: Final = 1_000_000
TICK_NS: Final = 10 * NS_PER_MS
SECONDS: Final = 120
"""Of the clock, a run."""
WARM_S: Final = 2
"""Seconds left out: the first ones spend budgets that were full."""
MILLISECONDS: Final = "ms"
RATE: Final = "orders/s"


class Hungry(Strategy):
    """Keeps `depth` market buys on their way (sells beside them would wait, to not meet them), and takes back a resting order now and then.

    Args:
        cancel_every: quotes between two cancels; 0: none.
        each_quotes: an order at each so many quotes, whatever is on its way; 0: as many as there is room for.
        churns: 1: its orders rest instead, and each is taken back as soon as it does: cancels use up their own limits too.
        burst: so many orders that rest are taken back at once, again and again; 0: none.
    """

    instrument: str = BTC
    depth: int = 150
    cancel_every: int = 0
    each_quotes: int = 0
    churns: int = 0
    burst: int = 0

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self.on_their_way = self.seen = 0
        self.bid = 0.0
        self.asked: dict[str, int] = {}
        self.resting: deque[Order] = deque()

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1
        self.bid = quote.bid
        if self.each_quotes:
            if self.seen % self.each_quotes == 0:
                self.trade()
        else:
            while self.on_their_way < self.depth:
                self.trade()
        if self.cancel_every and self.seen % self.cancel_every == 0:
            self.take_back(quote)
        if self.burst:
            self.take_back_all(quote)

    def trade(self) -> None:
        self.on_their_way += 1
        if self.churns:
            self.buy(self.instrument, "0.001", price=self.bid - 100, post_only=True)
        else:
            self.buy(self.instrument, "0.001")

    def take_back(self, quote: Quote) -> None:
        self.resting.append(self.buy(self.instrument, "0.001", price=quote.bid - 100, post_only=True))
        while self.resting and self.resting[0].is_done:
            self.resting.popleft()
        if self.resting and self.resting[0].is_open:
            order = self.resting.popleft()
            self.asked[order.client_order_id] = self.now_ns
            self.cancel(order)

    def take_back_all(self, quote: Quote) -> None:
        if len(self.resting) < self.burst:
            self.resting.append(self.buy(self.instrument, "0.001", price=quote.bid - 100, post_only=True))
        elif all(order.is_open for order in self.resting):
            while self.resting:
                order = self.resting.popleft()
                self.asked[order.client_order_id] = self.now_ns
                self.cancel(order)

    def on_order(self, order: Order, report: OrderReport) -> None:  # noqa: ARG002
        if order.is_done and (order.is_market or self.churns):
            self.on_their_way -= 1
        elif self.churns and order.is_open and order.client_order_id not in self.asked:
            self.asked[order.client_order_id] = self.now_ns
            self.cancel(order)


class Watch(Listener):
    """Counts what left and came, and how long it waited."""

    def __init__(self, house: House, strategy: Hungry) -> None:
        self._strategy = strategy
        self._from_ns = house.core.clock.now_ns + WARM_S * NS_PER_S
        self.cancels = self.orders = self.in_batches = self.requests = self.limited = self.refused = 0
        self.waits_ns: list[int] = []
        self.cancel_waits_ns: list[int] = []
        house.core.listeners.append(self)

    def sent(self, cleared: Cleared) -> None:
        """A request left."""
        batch, now_ns = cleared.batch, cleared.cleared_ns
        if batch.kind is BatchKind.CANCEL:
            asked = self._strategy.asked
            waits_ns = [now_ns - asked[order.client_order_id] for order in batch.orders]
            self.cancel_waits_ns += waits_ns
            self.cancels += len(waits_ns) if now_ns >= self._from_ns else 0
        elif now_ns >= self._from_ns:
            self.requests += 1
            self.orders += len(batch.orders)
            self.in_batches += len(batch.orders) if len(batch.orders) > 1 else 0
            self.waits_ns += [now_ns - order.ts_created_ns for order in batch.orders]

    def reported(self, order: Order, report: OrderReport) -> None:  # noqa: ARG002
        """A report came."""
        self.limited += report.reason == "rate_limited"
        self.refused += report.reason in ("stale", "queue_full")


class Seen(NamedTuple):
    """What a run showed."""

    watch: Watch
    seconds: float

    @property
    def rate(self) -> float:
        """Orders a second."""
        return self.watch.orders / (self.seconds - WARM_S)


def one_by_one(rules: VenueRules) -> VenueRules:
    """The same venue to somebody who sends every order by itself."""
    return replace(rules, batch_max=dict.fromkeys(BatchKind, 1))


def run(seconds: int, round_trip_ms: int, rules: VenueRules = SPOT, **parameters: int) -> Seen:
    """A hungry strategy for so many seconds of the venue's clock."""
    roomy = replace(rules, markets=tuple([replace(there, open_orders_max=10**6) for there in rules.markets]))
    there = roomy.instrument("BTC/USDT")
    strategy = Hungry(instrument=there.id, **parameters)
    house = House(
        {"it": strategy}, (there,), market.START_NS, _forget, roomy, latency_ns=round_trip_ms * NS_PER_MS // 2
    )
    watch = Watch(house, strategy)
    house.start()
    for _ in house.core.play(_quotes(there, seconds)):
        pass
    return Seen(watch, seconds)


def sustained(scope: Scope) -> Sequence[Measure]:
    """Orders a second on one pair under Bitget's limits: one by one, in batches, in both forms."""
    seconds = scope.of(SECONDS, 4)
    slow, fast, single = run(seconds, 50), run(seconds, 20), run(seconds, 20, one_by_one(SPOT))
    batches = slow.watch.in_batches / (seconds - WARM_S)
    return [
        Measure("load_batches_at_50ms", batches, RATE),
        Measure("load_all_at_50ms", slow.rate, RATE),
        Measure("load_all_at_20ms", fast.rate, RATE),
        Measure("load_one_by_one_at_20ms", single.rate, RATE),
        count("load_limited", slow.watch.limited + fast.watch.limited + single.watch.limited),
        *_waits("load_full", run(seconds, 50, cancel_every=20)),
        *_waits("load_90", run(seconds, 50, each_quotes=2, cancel_every=100)),
        *_cancels("load_churn", run(seconds, 50, churns=1)),
        *_cancels("load_burst_60", run(seconds, 50, depth=30, burst=60)),
        *_cancels("load_burst_200", run(seconds, 50, depth=30, burst=200)),
    ]


def full_hour(scope: Scope) -> Sequence[Measure]:
    """An hour at full load: how often the venue says 429."""
    seen = run(scope.of(3600, 4), 50, cancel_every=20)
    return [
        count("load_hour_limited", seen.watch.limited),
        count("load_hour_orders", seen.watch.orders),
        count("load_hour_requests", seen.watch.requests),
        Measure("load_hour_cancel_wait_worst", max(seen.watch.cancel_waits_ns, default=0) / NS_PER_MS, MILLISECONDS),
    ]


def _waits(prefix: str, seen: Seen) -> list[Measure]:
    waits = sorted(seen.watch.waits_ns)
    return [
        Measure(f"{prefix}_wait_p50", waits[len(waits) // 2] / NS_PER_MS, MILLISECONDS),
        Measure(f"{prefix}_wait_p99", waits[len(waits) * 99 // 100] / NS_PER_MS, MILLISECONDS),
        Measure(f"{prefix}_cancel_wait_worst", max(seen.watch.cancel_waits_ns, default=0) / NS_PER_MS, MILLISECONDS),
    ]


def _cancels(prefix: str, seen: Seen) -> list[Measure]:
    return [
        Measure(f"{prefix}_cancels", seen.watch.cancels / (seen.seconds - WARM_S), RATE),
        Measure(f"{prefix}_cancel_wait_worst", max(seen.watch.cancel_waits_ns, default=0) / NS_PER_MS, MILLISECONDS),
    ]


def _quotes(there: Instrument, seconds: int) -> Iterator[MarketEvent]:
    size = market.QUOTED_POINTS
    for number in range(1, seconds * NS_PER_S // TICK_NS):
        yield QuoteEvent(there, market.START_NS + number * TICK_NS, 3_000_000, size, 3_000_002, size)


def _forget(record: object) -> None:
    """No journal here."""
