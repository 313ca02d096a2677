"""The simulated exchange: a named venue's limits, filters and fees over a tape's book. This is its door.

Requests come in by `send`, travel for a latency, are counted, checked and matched on arrival; answers travel back and
reach the sink as order reports. Market data comes by the core's topics, to us before strategies, or by `observe`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from framework.kernel.clock import Clock
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.kernel.topic import Topics, quotes_of, topics_for, topics_of
from framework.model.batch import AMEND, CANCEL, KINDS, PLACE, REQUESTS, BatchKind, Change, Cleared, RequestKind
from framework.model.errors import ConfigError
from framework.model.events import MarketEvent, ReportKind
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.latency import Latency
from framework.model.reasons import BANNED, RATE_LIMITED
from framework.model.rules import SelfTrade, VenueRules
from framework.ports import ReportSink, Schedule
from framework.venues.sim.account import Account
from framework.venues.sim.eye import Eye
from framework.venues.sim.faults import Faults
from framework.venues.sim.filters import Rejection
from framework.venues.sim.limits import RateLimits
from framework.venues.sim.matcher import Matcher
from framework.venues.sim.memory import Memory
from framework.venues.sim.order_entry import OrderEntry
from framework.venues.sim.orders import VenueOrder, copied
from framework.venues.sim.report_stream import ReportStream
from framework.venues.sim.settlement import Settlement

REJECTIONS: Final[Mapping[BatchKind, ReportKind]] = {
    PLACE: ReportKind.REJECTED,
    CANCEL: ReportKind.CANCEL_REJECTED,
    AMEND: ReportKind.AMEND_REJECTED,
}

CANCEL_SYMBOL: Final = RequestKind.CANCEL_SYMBOL
"""By a name of its own, as `framework.model.batch.PLACE`."""


class SentRequest(Struct, frozen=True):
    """What is on its way: copies, since our own records change while it travels."""

    request_id: int
    request: RequestKind
    kind: BatchKind
    instrument: Instrument
    ids: tuple[str, ...]
    """The orders that a CANCEL or an AMEND is about."""
    orders: tuple[VenueOrder, ...]
    """PLACE only."""
    changes: tuple[Change, ...]
    """AMEND only."""


class SimVenue:
    """An order port without a venue behind it.

    Requests of one kind share a connection and keep their order; a cancel may overtake the place that it is about, as
    at real venues, and finds the order unknown then. All answers come back over one connection, in order.

    Args:
        balances: asset -> what the account holds at the start, all of it free.
        latency: one way; an answer comes after two of them.
        rng: all chance comes from it.
        self_trade: instead of the rules' own mode.
        amend_keeps_place: an ordinary amend that only shrinks an order keeps its place in the queue (Binance's keep-priority
            amend); otherwise every amend is a cancel-replace and goes to the end of its queue.
        faults: what goes wrong on the way there and back; None: nothing.
        topics: where the core tells of market events; None: `observe` is told of them.
        tells_limits: every request has an answer beside the reports of its orders, which says how the venue counts.
            Else they begin with what cannot be told without: a request is refused, somebody else draws on the same limits,
            or a whole symbol was cancelled (the end of an order answers no cancel of its own any more).

    Raises:
        ConfigError: an instrument that is not spot, or a negative balance.
    """

    def __init__(
        self,
        rules: VenueRules,
        instruments: Sequence[Instrument],
        balances: Mapping[str, Decimal],
        clock: Clock,
        schedule: Schedule,
        sink: ReportSink,
        latency: Latency,
        rng: random.Random,
        account: str = "main",
        *,
        self_trade: SelfTrade | None = None,
        amend_keeps_place: bool = False,
        faults: Faults | None = None,
        topics: Topics | None = None,
        tells_limits: bool = False,
    ) -> None:
        _check(instruments, balances)
        self.rules = rules
        self.account = account
        self._clock = clock
        self._schedule = schedule
        self._latency = latency
        self._rng = rng
        self._limits = RateLimits(rules)
        self._tells_limits = tells_limits or faults is not None  # a report may be lost, the answer comes in any case
        self._stream = ReportStream(clock, schedule, sink, latency, rng)
        self._stream.faults = self._faults = faults
        self._settlement = Settlement(Account(balances), self._stream, clock)
        mode = rules.self_trade if self_trade is None else self_trade
        self._topics = topics_for(instruments) if topics is None else topics
        self._matchers = {
            there: Matcher(there, mode, self._settlement, quotes_of(topics_of(self._topics, there)))
            for there in instruments
        }
        self._entry = OrderEntry(self._settlement, self._matchers, amend_keeps_place=amend_keeps_place)
        self._arrivals_ns = dict.fromkeys(BatchKind, 0)
        self._eyes = {there: Eye(matcher, topics_of(self._topics, there)) for there, matcher in self._matchers.items()}

    def observe(self, event: MarketEvent) -> None:
        """Take a market event, where no core tells of it."""
        topic = self._topics[type(event)].get(event.instrument)
        if topic is not None:
            topic.tell(event)

    def send(self, cleared: Cleared) -> None:
        """Put a request on its way; it is judged when it arrives."""
        batch = cleared.batch
        assert batch.venue == self.rules.venue and batch.account == self.account, (batch.venue, batch.account)
        kind, orders = KINDS[batch.request], batch.orders
        request = SentRequest(
            batch.request_id,
            batch.request,
            kind,
            batch.instrument,
            () if kind is PLACE else tuple([order.client_order_id for order in orders]),
            tuple([copied(order) for order in orders]) if kind is PLACE else (),
            batch.changes,
        )
        due_ns = max(self._arrivals_ns[kind], self._clock.now_ns + self._latency.draw_ns(self._rng))
        self._arrivals_ns[kind] = due_ns
        if self._faults is None:
            self._schedule.at(due_ns, VENUE_PRIORITY, partial(self.arrive, request))
            return
        until_ns = self._clock.now_ns + self.rules.acceptance_bound_ns
        for delay_ns in self._faults.of_request(batch):
            arrive = self.arrive if due_ns + delay_ns <= until_ns else self._arrive_late
            self._schedule.at(due_ns + delay_ns, VENUE_PRIORITY, partial(arrive, copied_request(request)))

    def _arrive_late(self, request: SentRequest) -> None:
        """Beyond the venue's bound of acceptance, by which proofs of absence hold: nothing of it is looked at."""
        bound_s = self.rules.acceptance_bound_ns / NS_PER_S
        self._refuse(request, Rejection("too_old", f"more than {bound_s:g} s under way"))

    def _refuse(self, request: SentRequest, rejection: Rejection) -> None:
        ids = request.ids or [order.client_order_id for order in request.orders]
        for client_order_id in ids:
            self._settlement.reject(client_order_id, REJECTIONS[request.kind], rejection)

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> (free, locked)."""
        return self._settlement.balances()

    @property
    def memory(self) -> Memory:
        """What it can be asked for later. To be read only."""
        return self._settlement.memory

    def resting(self, client_order_id: str) -> VenueOrder | None:
        """An order that rests, by its id. To be read only."""
        return self._settlement.open.get(client_order_id)

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Orders that rest, in the order of their acceptance. To be read only."""
        return tuple(self._settlement.open.values())

    def filled_points(self, instrument: Instrument) -> int:
        """How much of the tape's volume there our resting orders got."""
        return self._matchers[instrument].filled_points

    def crowd(self, request: RequestKind, requests: int) -> None:
        """Requests that somebody else makes behind the same account and address: they count, and nothing more."""
        self._tells_limits = True
        self._limits.crowd(request, requests, self._clock.now_ns)

    def arrive(self, request: SentRequest) -> None:
        """Judge a request that is here. For a venue behind a network of its own (the sandbox); others use `send`."""
        rejection = self._rejection_of(request)
        if rejection is None:
            self._execute(request)
        else:
            self._refuse(request, rejection)
        self._stream.end()

    def _execute(self, request: SentRequest) -> None:
        now_ns = self._clock.now_ns
        eye = self._eyes.get(request.instrument)
        if eye is not None:
            eye.open()
        if request.kind is PLACE:
            for order in request.orders:
                self._entry.place(order, now_ns)
        elif request.kind is CANCEL:
            for client_order_id in self._cancelled(request):
                self._entry.cancel(client_order_id)
        else:
            for client_order_id, change in zip(request.ids, request.changes, strict=True):
                self._entry.amend(client_order_id, change, now_ns, request.request)

    def _cancelled(self, request: SentRequest) -> Iterable[str]:
        """Orders that a cancel is about: of a whole symbol, those that it did not name as well."""
        if request.request is not CANCEL_SYMBOL:
            return request.ids
        there = [order.client_order_id for order in self.open_orders() if order.instrument is request.instrument]
        return dict.fromkeys((*request.ids, *there))

    def _rejection_of(self, request: SentRequest) -> Rejection | None:
        """Why the whole request is refused, if it is: too long, or over a rate limit."""
        count = len(request.orders or request.ids)
        if count > 1 and request.request is not CANCEL_SYMBOL:
            is_batch = request.request is REQUESTS[request.kind][1]
            most = self.rules.batch_max[request.kind] if is_batch else 1
            if count > most:
                return Rejection("batch_too_long", f"{count} orders, most {most}")
        now_ns, limits = self._clock.now_ns, self._limits
        if now_ns < limits.banned_until_ns:
            self._stream.begin(limits.answer(request.request_id, request.request, None, now_ns))
            return Rejection(BANNED, f"for {(limits.banned_until_ns - now_ns) / NS_PER_S:g} s more")
        bucket = limits.admit(request.request, count, now_ns)
        if bucket is not None or request.request is CANCEL_SYMBOL:
            self._tells_limits = True
        if self._tells_limits:
            self._stream.begin(limits.answer(request.request_id, request.request, bucket, now_ns))
        if bucket is None:
            return None
        return Rejection(RATE_LIMITED, f"bucket {bucket.name}: {bucket.limit} in {bucket.window_ns / NS_PER_S:g} s")


def copied_request(request: SentRequest) -> SentRequest:
    """A copy with orders of its own: the venue works on those."""
    return replace(request, orders=tuple([replace(order) for order in request.orders]))


def _check(instruments: Sequence[Instrument], balances: Mapping[str, Decimal]) -> None:
    for instrument in instruments:
        if not instrument.is_spot:
            raise ConfigError(
                f"{instrument.id}: expected a spot pair, found a perpetual; the simulated venue trades spot"
            )
    for asset, amount in balances.items():
        if amount < 0:
            raise ConfigError(f"balances.{asset}: expected 0 or more, found {amount}")
