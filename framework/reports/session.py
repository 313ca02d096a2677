"""`Session`: what is told of a run while it goes on. It listens and counts; it changes nothing."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.kernel.records import KillStepped, SweepStepped
from framework.model.batch import Batch, BatchKind, Cleared
from framework.model.events import FeedState, FeedStatus, OrderReport, Quote, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.money import ZERO, plain
from framework.model.orders import Order
from framework.model.reasons import GATE_CLOSED
from framework.ports import Ledgers
from framework.reports.facts import RunFacts
from framework.reports.happenings import (
    VERBS,
    WITHDRAWN,
    DustSeen,
    FeedSeen,
    FillHappened,
    Happening,
    NoSeen,
    QuarantineSeen,
)
from framework.reports.kill_seen import KillSeen, SweepSeen
from framework.reports.last_orders import LastOrders
from framework.reports.series import Thinned
from framework.reports.tally import Reasons, Requests, Tally
from framework.reports.words import digits_for, zone

FILLS_MAX: Final = 50_000
"""Fills kept; beyond, every second, fourth ... one, and the report says so. Counts and money are always of all."""

PLOT_NAME_MAX: Final = 40
"""Letters of a series' name."""

PLOTS_MAX: Final = 64
"""Different (strategy, name) of `self.plot` kept."""

HANDED_OVER_MAX: Final = 1_000
"""A request that waits longer than so many others for a connection is too old to leave, and was told of."""

HAPPENINGS_MAX: Final = 50
"""Last things that happened, for the live view."""


class Sample(Struct, frozen=True):
    """The run at one instant; money in the report currency."""

    ts_ns: int
    equity: float | None
    """None while something in the account has no price yet."""
    net: float
    drawdown: float
    """Net profit below its best so far: 0 or negative."""
    nets: tuple[float, ...]
    """By strategy, in the order of config."""
    mids: tuple[float | None, ...]
    """By instrument, in the order of the facts."""


class Plot(Struct, frozen=True):
    """One `self.plot` series."""

    strategy: str
    name: str
    points: Thinned[tuple[int, float]]


class Session:
    """Counts, curves and the last happenings of one run.

    The driver adds to `events` in bulk and calls `sample(now_ns)` about once a second of the run's clock; everything
    else comes through the `Listener` calls. Memory is bounded, however long the run.

    Args:
        quote: last quote of an instrument, None before the first.
        since_start_s: seconds since the process started, asked once, at the first fill. None: it is not known.

    Raises:
        ConfigError: the facts name an unknown time zone.
    """

    def __init__(
        self,
        facts: RunFacts,
        ledgers: Ledgers,
        quote: Callable[[Instrument], Quote | None],
        since_start_s: Callable[[], float] | None = None,
    ) -> None:
        self.facts = facts
        self.ledgers = ledgers
        self.quote = quote
        self.zone = zone(facts.display_tz)
        self.events = 0
        self.handled: dict[str, int] = {}
        """Strategy -> handlers called; told by the driver, like `events`."""
        self.slow: dict[str, int] = {}
        """Strategy -> handlers that took too long; told by the driver."""
        self.unpriced_fees = 0
        """Fees in an asset without a price: they are in the ledger, and missing in the profit; told by the driver."""
        self.total = Tally()
        self.tallies = {strategy: Tally() for strategy in ledgers.strategies}
        self.requests = Requests()
        self.reasons = Reasons()
        self.ended: dict[str, Counter[str]] = {strategy: Counter() for strategy in ledgers.strategies}
        """Strategy -> last state of its orders (`withdrawn`: taken back by the strategy before they left) -> count."""
        self.last_orders = LastOrders()
        self.fills: Thinned[FillHappened] = Thinned(FILLS_MAX)
        self.samples: Thinned[Sample] = Thinned()
        self.plots: dict[tuple[str, str], Plot] = {}
        self.plots_left_out = 0
        """Points of series beyond the bound."""
        self.plots_not_numbers = 0
        """Points that were NaN or infinite, and are left out."""
        self.dust: dict[tuple[str, Instrument], DustSeen] = {}
        """What targets left at last that no order can carry."""
        self._dusty: set[tuple[str, Instrument]] = set()
        self.feed_states: dict[Instrument, FeedState] = {}
        self.feed_events: Counter[FeedState] = Counter()
        self.seams: Counter[Instrument] = Counter()
        """How often a looped tape started again."""
        self.quarantines: dict[str, QuarantineSeen] = {}
        self.trips: deque[KillSeen] = deque(maxlen=HAPPENINGS_MAX)
        """The last trips of the kill switch."""
        self.happenings: deque[Happening] = deque(maxlen=HAPPENINGS_MAX)
        self.ts_now_ns = facts.ts_start_ns
        """The latest instant this session was told of."""
        self.drawdown_max = 0.0
        self._peak = 0.0
        self._barred: set[tuple[str, str]] = set()
        """(strategy, why) that the kill switch held back since its last step."""
        self._live: dict[str, Order] = {}
        self._handed_over: dict[int, Batch] = {}
        """The last requests: of each the gateway may say yet that it never left."""
        self._hearers: list[Callable[[Happening], None]] = []
        self._since_start_s = since_start_s
        self._waiting = [asset for asset, owned in facts.balances.items() if owned]

    @property
    def without_price(self) -> Sequence[str]:
        """What the account held at the start and whose market has had no price yet: `3 ETH`. No figure holds it."""
        return [f"{plain(self.facts.balances[asset])} {asset}" for asset in self._unpriced()]

    @property
    def money_digits(self) -> int:
        """Decimals that money in the report currency is shown with."""
        return digits_for(self.ledgers.account(self.facts.currency).equity_start)

    @property
    def live_orders(self) -> list[Order]:
        """Orders that left and are not done, oldest first."""
        return [order for order in self._live.values() if not order.is_done]

    @property
    def orders_total(self) -> int:
        """Orders made, those that never left included."""
        return len(self.live_orders) + sum(ended.total() for ended in self.ended.values())

    def hear(self, hearer: Callable[[Happening], None]) -> None:
        """Call back for everything that happens from now on. The hearer only keeps it: no I/O in the engine's turn."""
        self._hearers.append(hearer)

    def tally(self, strategy: str) -> Tally:
        """The counters of a strategy."""
        return self.tallies.setdefault(strategy, Tally())

    # Listener

    def reported(self, order: Order, report: OrderReport) -> None:
        """Count what became of an order."""
        if report.source is Source.GATEWAY and report.kind is not ReportKind.UNKNOWN:
            self._uncount(report.request_id)
        if report.kind is ReportKind.FILLED:
            self._fill(order, report)
        elif report.kind in VERBS:
            self._no(NoSeen.of(order, report))
            if report.kind is ReportKind.AMEND_REJECTED and report.source is Source.VENUE:
                # One by one it would not have been worth a request either: what did nothing saved nothing.
                self.tally(order.strategy).requests_one_by_one -= 1
                self.total.requests_one_by_one -= 1
        if not order.is_done:
            self._live.setdefault(order.client_order_id, order)
            return
        is_withdrawn = report.reason == WITHDRAWN
        is_first = self._live.pop(order.client_order_id, None) is not None
        if not is_first and (is_withdrawn or report.kind is ReportKind.REFUSED):  # it never left
            self.last_orders.hear(order)
        if is_first or is_withdrawn or report.kind is ReportKind.REFUSED:
            end = WITHDRAWN if is_withdrawn else order.state.value
            self.ended.setdefault(order.strategy, Counter())[end] += 1

    def sent(self, cleared: Cleared) -> None:
        """Count a request and whose orders it carried."""
        batch = cleared.batch
        self._count(batch, 1)
        self._handed_over[batch.request_id] = batch
        if len(self._handed_over) > HANDED_OVER_MAX:
            del self._handed_over[next(iter(self._handed_over))]
        if batch.kind is BatchKind.PLACE:
            self._live.update((order.client_order_id, order) for order in batch.orders)
            for order in batch.orders:
                self.last_orders.hear(order)

    def went_as(self, request_id: int, requests: int) -> None:
        """Count the requests that one planned request went as."""
        batch = self._handed_over.get(request_id)
        if batch is None:
            return
        self.requests.split(batch, requests)
        self.total.requests += requests - 1
        for strategy, orders in Counter(order.strategy for order in batch.orders).items():
            self.tally(strategy).requests += min(requests, orders) - 1

    def _uncount(self, request_id: int) -> None:
        """No byte of a request left, the gateway says: it cost nothing, and saved nothing."""
        batch = self._handed_over.pop(request_id, None)
        if batch is not None:  # the first of its orders tells
            self._count(batch, -1)

    def _count(self, batch: Batch, times: int) -> None:
        self.requests.count(batch, times)
        for strategy, orders in Counter(order.strategy for order in batch.orders).items():
            tally = self.tally(strategy)
            tally.requests += times
            tally.requests_one_by_one += times * orders
            if batch.kind is BatchKind.PLACE:
                tally.orders += times * orders
                self.total.orders += times * orders
        self.total.requests += times
        self.total.requests_one_by_one += times * len(batch.orders)

    def left_dust(self, strategy: str, instrument: Instrument, ts_ns: int, points: int) -> None:
        """Keep a target's rest. It is shown the first time, and not again: the last one stands in the summary."""
        key = (strategy, instrument)
        if not points:
            self.dust.pop(key, None)
            return
        seen = self.dust[key] = DustSeen(ts_ns, strategy, instrument, points)
        if key not in self._dusty:
            self._dusty.add(key)
            self._happened(seen)

    def fed(self, status: FeedStatus) -> None:
        """Keep a feed's state."""
        is_first_life = status.state is FeedState.LIVE and status.instrument not in self.feed_states
        if status.state is not FeedState.DEFECT and status.state is not FeedState.SEAM:
            self.feed_states[status.instrument] = status.state
        self.feed_events[status.state] += 1
        self.seams[status.instrument] += status.state is FeedState.SEAM
        if not is_first_life:
            self._happened(FeedSeen(status))

    def plotted(self, strategy: str, name: str, ts_ns: int, value: float) -> None:
        """Keep a point of a series. What is no number cannot be drawn, and is counted."""
        if not math.isfinite(value):
            self.plots_not_numbers += 1
            return
        name = series_name(name)
        plot = self.plots.get((strategy, name))
        if plot is None:
            if len(self.plots) >= PLOTS_MAX:
                self.plots_left_out += 1
                return
            plot = self.plots[strategy, name] = Plot(strategy, name, Thinned())
        plot.points.offer((ts_ns, value))

    def quarantined(self, strategy: str, ts_ns: int, reason: str) -> None:
        """Keep why a strategy was put aside."""
        seen = QuarantineSeen(ts_ns, strategy, reason)
        self.quarantines.setdefault(strategy, seen)
        self._happened(seen)

    def killed(self, ts_ns: int, step: KillStepped) -> None:
        """The kill switch stepped."""
        self._barred.clear()
        seen = KillSeen(ts_ns, step)
        if step.trip_id:
            self.trips.append(seen)
        self._happened(seen)

    def swept(self, ts_ns: int, step: SweepStepped) -> None:
        """A sweep came to a phase."""
        self._happened(SweepSeen(ts_ns, step))

    # The driver

    def sample(self, ts_ns: int) -> None:
        """Take a point of every curve. Cheap when it would not be kept."""
        self.ts_now_ns = ts_ns
        if self.samples.is_due():
            self.samples.add(self._sampled(ts_ns))

    def close(self, ts_ns: int) -> None:
        """The run ends: the last point of every curve is always kept."""
        self.ts_now_ns = ts_ns
        if not self.samples.items or self.samples.items[-1].ts_ns < ts_ns:
            self.samples.items.append(self._sampled(ts_ns))

    def _sampled(self, ts_ns: int) -> Sample:
        account = self.ledgers.account(self.facts.currency)
        net = float(account.net)
        self._peak = max(self._peak, net)
        self.drawdown_max = min(self.drawdown_max, net - self._peak)
        quotes = [self.quote(instrument) for instrument in self.facts.instruments]
        return Sample(
            ts_ns=ts_ns,
            equity=None if self._unpriced() else float(account.equity),
            net=net,
            drawdown=net - self._peak,
            nets=tuple(float(self._figures_net(strategy)) for strategy in self.ledgers.strategies),
            mids=tuple(None if quote is None else quote.mid for quote in quotes),
        )

    def _figures_net(self, strategy: str) -> Decimal:
        return self.ledgers.figures(strategy, self.facts.currency).net

    def _unpriced(self) -> Sequence[str]:
        """Assets held at the start whose markets wait for their first price: the equity seems to jump when it comes."""
        if self._waiting:
            instruments = self.facts.instruments
            priced = {instrument.base for instrument in instruments if self.quote(instrument) is not None}
            traded = {instrument.base for instrument in instruments} - priced
            self._waiting = [asset for asset in self._waiting if asset in traded]
        return self._waiting

    def _fill(self, order: Order, report: OrderReport) -> None:
        assert report.fill is not None, report
        is_inside = report.source is Source.ROUTER
        seen = FillHappened.of(order, report.fill, report.ts_recv_ns, is_inside=is_inside)
        quote = seen.instrument.quote
        for tally in (self.total, self.tally(order.strategy)):
            if not tally.fills and self._since_start_s is not None:
                tally.first_fill_s = self._since_start_s()
            tally.fills += 1
            tally.maker_fills += seen.is_maker and not is_inside
            if is_inside:
                tally.inside_fills += 1
                tally.fees_saved[quote] = tally.fees_saved.get(quote, ZERO) + seen.fee_saved
            tally.turnover[quote] = tally.turnover.get(quote, ZERO) + seen.value
            tally.fees[quote] = tally.fees.get(quote, ZERO) + seen.fee_quote
        self.fills.offer(seen)
        self._happened(seen)

    def _no(self, seen: NoSeen) -> None:
        self.reasons.count(seen)
        if seen.is_refusal:
            self.total.refusals += 1
            self.tally(seen.strategy).refusals += 1
            if not self._is_said(seen):
                self._happened(seen)

    def _is_said(self, seen: NoSeen) -> bool:
        """Whether the kill switch's no was told already, of this strategy and in this state: a ladder asks all the time."""
        if seen.reason != GATE_CLOSED:
            return False
        is_said = (seen.strategy, seen.detail) in self._barred
        self._barred.add((seen.strategy, seen.detail))
        return is_said

    def _happened(self, happening: Happening) -> None:
        self.happenings.append(happening)
        for hearer in self._hearers:
            hearer(happening)


def series_name(name: object) -> str:
    """The name of a series as text of bounded length: a plugin may hand over anything."""
    return str(name)[:PLOT_NAME_MAX]
