"""The engine: ONE synchronous function, `process(event)`, takes whatever comes from outside. No I/O, no waiting.

What the engine arranges for itself comes back through the schedule: bars that the clock ends, timers, and results of
offloaded work. There is no third way into state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

import msgspec

from framework.engine.blotter import Blotter
from framework.engine.books import OrderBook
from framework.engine.context import SeatContext
from framework.engine.desk import TradingDesk
from framework.engine.funding import FundingBook
from framework.engine.host import REASON_CHARACTERS_MAX, Host, refuse_all, shortened
from framework.engine.markets import Markets
from framework.engine.portfolio import Portfolio
from framework.engine.refusals import REFUSALS, TOO_MANY
from framework.engine.seat import Seat
from framework.engine.states import encode_state
from framework.engine.warmup import History, bars_before
from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import FeedNoted, ReportTaken, StateSaved, StrategyQuarantined
from framework.kernel.tape_loop import TIMER_PRIORITY
from framework.kernel.topic import Rank, Topics
from framework.model.errors import PluginError
from framework.model.events import Bar, Event, FeedStatus, OrderReport, Quote, TimerFired
from framework.model.instrument import Instrument
from framework.model.intents import Cancel, Intent, Place
from framework.model.money import Amount
from framework.model.orders import UNASSIGNED, Order
from framework.model.scopes import Scope, ScopeKind
from framework.ports import Journal, Listener, Schedule
from framework.strategy.base import Strategy
from framework.strategy.fill import Fill

MISSED_MAX: Final = 10_000
"""Instants of a timer that are counted as missed."""
OFFLOAD_LATENCY_NS: Final = 100_000_000
"""On a tape an offloaded function runs at once and answers after this much tape time (stated in the report)."""
OFFLOADS_MAX: Final = 100
"""Of one strategy, without their results: one that asks for ever more is put aside."""

log = get_logger()


class Engine:
    """Markets, orders, ledgers and strategies, and the one way to change them.

    Args:
        clock: the run's Clock.
        schedule: hands bars and timers back at their time.
        topics: where market events go; the engine joins them.
        instruments: everything this run knows.
        balances: the account at the start.
        capital: strategy -> amounts of its own, in the order in which strategies are called.
        ids: names for orders.
        journal: takes inputs and decisions.
        outbox: takes the intents of a turn, in the order of the handlers that emitted them, with their strategies.
        seed: for the strategies' random numbers.
        listeners: views and reports; told, never asked. The list may grow later.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        schedule: Schedule,
        topics: Topics,
        instruments: Iterable[Instrument],
        balances: Mapping[str, Decimal],
        capital: Mapping[str, Sequence[Amount]],
        ids: OrderIds,
        journal: Journal,
        outbox: list[tuple[str, Intent]],
        seed: int,
        listeners: list[Listener],
    ) -> None:
        instruments = tuple(instruments)
        self.outbox = outbox
        self.aside: dict[str, str] = {}
        """Strategy -> why it was put aside."""
        self.is_recovering = False
        """Reports change the books and call no strategy: none has been started yet."""
        self.host = Host(outbox, self._quarantine)
        self.blotter = Blotter()
        self.markets = Markets(instruments, topics, self.host, clock, schedule)
        self.portfolio = Portfolio(balances, capital, instruments, self.markets.mid)
        self.desk = TradingDesk(
            self.blotter, self.portfolio, self.markets, FundingBook(self.portfolio, self.instruments)
        )
        self.markets.priced = self.desk.price_came
        self.seats: dict[str, Seat] = {}
        self.listeners = listeners
        self.halted: Callable[[str, str], object] = lambda strategy, reason: None  # noqa: ARG005
        """Told when a strategy stops its own trading, with its reason."""
        self._clock = clock
        self._schedule = schedule
        self._ids = ids
        self._journal = journal
        self._seed = seed
        self._topics = topics
        for topic in topics[FeedStatus].values():
            topic.join(Rank.BOOKS, self._on_feed)
        self._takes: Mapping[type, Callable[[Any], None]] = {OrderReport: self.take_report, TimerFired: self._on_timer}

    def process(self, event: Event) -> None:
        """Take one event: change state, then call the strategies that asked for it."""
        take = self._takes.get(type(event))
        if take is None:
            take = self._topics[type(event)][event.instrument].tell  # type: ignore[union-attr]  # what has none is taken above
        take(event)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Everything this run knows, by id."""
        return self.markets.instruments

    def quote(self, instrument: Instrument) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it."""
        return self.markets.quote(instrument)

    def book(self, instrument: Instrument) -> OrderBook | None:
        """The order book, where a strategy asked for one."""
        return self.markets.book(instrument)

    # Strategies: seats, start and end.

    def seat(self, name: str, strategy: Strategy) -> Seat:
        """Give a strategy its place."""
        seat = self.seats[name] = Seat(name, strategy)
        SeatContext(
            seat,
            self._seed,
            clock=self._clock,
            ids=self._ids,
            host=self.host,
            markets=self.markets,
            blotter=self.blotter,
            portfolio=self.portfolio,
            plot=self._plot,
            offload=self._offload,
            halt=lambda reason: self.halted(name, shortened(str(reason), REASON_CHARACTERS_MAX)),
        )
        return seat

    def start(self, history: History, *, resumed: bool = False, down_since_ns: int = 0) -> None:
        """Call every strategy's `on_start`, give it its history, and let its verbs work from `on_ready` on.

        Args:
            down_since_ns: when the session before was last alive; 0: there was none.
        """
        self.is_recovering = False
        for seat in self.seats.values():
            self.begin(seat)
        for seat in self.seats.values():
            for bar in self._warmup(seat, history):
                self.host.call(seat, seat.strategy.on_bar, bar)
        for seat in self.seats.values():
            if not seat.is_quarantined:
                seat.is_muted = False
                with self.host.shield(seat):
                    self._start_timers(seat)
                self.host.call(seat, seat.strategy.on_ready, resumed)
                if down_since_ns:
                    self._make_up(seat, down_since_ns)

    def _warmup(self, seat: Seat, history: History) -> Sequence[Bar]:
        """A strategy's bars before the start; none where it asked for something that cannot be."""
        bars: Sequence[Bar] = ()
        if not seat.is_quarantined:
            with self.host.shield(seat):
                bars = list(bars_before(seat, history))
        return bars

    def begin(self, seat: Seat) -> None:
        """`on_start`, and the feed's states of all that it subscribed to."""
        seat.is_starting = True
        self.host.call(seat, seat.strategy.on_start)
        seat.is_starting = False
        seat.listen()  # it may have given itself a handler there
        for instrument in seat.instruments:
            self.markets.subscribe(instrument, FeedStatus, self.host.subscription(seat, seat.strategy.on_feed))

    def stop(self, keeps: Callable[[Order], bool] = lambda order: False) -> None:  # noqa: ARG005
        """Mute every strategy, call `on_stop`, and ask for all open orders back, but those that are to stay."""
        for seat in self.seats.values():
            seat.is_muted = True
            self.host.drop_waiting(seat, "stopped")
            self.host.call(seat, seat.strategy.on_stop)
            seat.has_ended = True
            self._take_back(seat, keeps)

    def announce_halt(self, scope: Scope, reason: str) -> None:
        """Tell the strategies of a scope that trading was stopped there; they go on seeing events."""
        for seat in self.seats.values():
            if _stands_in(seat, scope):
                self.host.call(seat, seat.strategy.on_halt, reason)

    def save_states(self) -> None:
        """Journal what strategies want to survive a restart, where it changed; who wants what cannot be is put aside."""
        for seat in [each for each in self.seats.values() if not each.is_quarantined]:
            try:
                state = encode_state(seat.strategy.state)
            except PluginError as error:
                self.host.put_aside(seat, error)
                continue
            if state != seat.saved_state:
                seat.saved_state = state
                self._journal.write(StateSaved(seat.name, state))

    @property
    def saved_states(self) -> dict[str, bytes]:
        """Strategy -> its `State` as it was journaled last."""
        return {name: seat.saved_state for name, seat in self.seats.items()}

    def restore_state(self, strategy: str, state: bytes) -> None:
        """Give a strategy what it saved in an earlier session.

        Raises:
            PluginError: its `State` is another one now.
        """
        seat = self.seats[strategy]
        try:
            seat.strategy.state = msgspec.msgpack.decode(state, type=type(seat.strategy).State)
        except msgspec.MsgspecError as error:
            raise PluginError(
                f"strategy {strategy}: expected a State that the saved one fits, found another: {error}; give new "
                "attributes defaults and keep the types of old ones"
            ) from error
        seat.saved_state = state

    def put_aside(self, strategy: str, error: Exception, lost: Sequence[Intent]) -> None:
        """End a strategy over an intent that the router could not take; its orders that are not known yet are refused."""
        refuse_all((one for one in lost if isinstance(one, Place) and not self._knows(one)), "handler_raised")
        self.host.put_aside(self.seats[strategy], error)

    def _knows(self, place: Place) -> bool:
        return self.blotter.order(place.order.client_order_id) is not None

    # Orders and feeds.

    def take_report(self, report: OrderReport) -> None:
        """Take a report; `process` comes here."""
        self._journal.write(ReportTaken(report))
        order = self.desk.apply(report)
        if order is None:
            return
        for listener in self.listeners:
            listener.reported(order, report)
        if self.is_recovering:
            return
        seat = self.seats.get(order.strategy)
        if seat is None:
            assert order.strategy == UNASSIGNED, order
            return
        if report.fill is not None and seat.hears_fills:
            self.host.call(seat, seat.strategy.on_fill, order, Fill(order.instrument, report.fill))
        asked = len(self.outbox)
        if seat.hears_orders:
            self.host.call(seat, seat.strategy.on_order, order, report)
        if report.kind not in REFUSALS:
            seat.refusals.end()
            return
        is_answered = len(self.outbox) > asked and not isinstance(self.outbox[-1][1], Cancel)
        if is_answered and seat.refusals.are_too_many(self._clock.now_ns):
            self.host.put_aside(seat, PluginError(f"{TOO_MANY}; the last: {report.reason}"))

    def _on_feed(self, status: FeedStatus) -> None:
        self._journal.write(FeedNoted(status.instrument.id, status.state.value, status.detail))
        for listener in self.listeners:
            listener.fed(status)
        self.markets[status.instrument].feed_changed(status)

    # Timers, offloaded work, plots, quarantine.

    def _start_timers(self, seat: Seat) -> None:
        for name, timer in type(seat.strategy).timers.items():
            self._arm_timer(seat, name, timer.next_after(self._clock.now_ns))

    def _make_up(self, seat: Seat, down_since_ns: int) -> None:
        """One late call of each timer with `missed="once"` that was due while nothing ran."""
        now_ns = self._clock.now_ns
        for name, timer in type(seat.strategy).timers.items():
            missed, due_ns = 0, timer.next_after(down_since_ns)
            while due_ns <= now_ns and missed < MISSED_MAX:
                missed, due_ns = missed + 1, timer.next_after(due_ns)
            if missed and timer.missed == "once":
                late = TimerFired(now_ns, seat.name, name, missed)
                self._schedule.at(now_ns, TIMER_PRIORITY, partial(self.process, late))

    def _arm_timer(self, seat: Seat, name: str, ts_ns: int) -> None:
        self._schedule.at(ts_ns, TIMER_PRIORITY, partial(self._fire_timer, seat, name))

    def _fire_timer(self, seat: Seat, name: str) -> None:
        if seat.is_muted:
            return
        now_ns = self._clock.now_ns
        self.process(TimerFired(now_ns, seat.name, name))
        with self.host.shield(seat):
            self._arm_timer(seat, name, type(seat.strategy).timers[name].next_after(now_ns))

    def _on_timer(self, timer: TimerFired) -> None:
        seat = self.seats[timer.strategy]
        self.host.call(seat, getattr(seat.strategy, timer.timer))

    def _offload(
        self, seat: Seat, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]
    ) -> None:
        """Run a function now; its result comes back in a turn of its own, a declared latency later."""
        if seat.offloads >= OFFLOADS_MAX:
            raise PluginError(
                f"strategy {seat.name}: expected at most {OFFLOADS_MAX} offloaded functions at once, found one more; "
                "wait for results before you ask for others"
            )
        seat.offloads += 1
        result = function(*args)
        ts_ns = self._clock.now_ns + OFFLOAD_LATENCY_NS
        self._schedule.at(ts_ns, TIMER_PRIORITY, partial(self._offloaded, seat, then, result))

    def _offloaded(self, seat: Seat, then: Callable[[Any], None], result: object) -> None:
        seat.offloads -= 1
        self.host.call(seat, then, result)

    def _plot(self, strategy: str, name: str, value: float) -> None:
        for listener in self.listeners:
            listener.plotted(strategy, name, self._clock.now_ns, value)

    def _quarantine(self, seat: Seat, reason: str, trace: str) -> None:
        log.error("strategy.quarantined", strategy=seat.name, reason=reason, trace=trace)
        self.aside[seat.name] = reason
        self._journal.write(StrategyQuarantined(seat.name, reason))
        for listener in self.listeners:
            listener.quarantined(seat.name, self._clock.now_ns, reason)
        self._take_back(seat)
        self.host.halt(seat, reason)

    def _take_back(self, seat: Seat, keeps: Callable[[Order], bool] = lambda order: False) -> None:  # noqa: ARG005
        """Nothing new is made for a strategy, and its orders are cancelled, but those that are to stay."""
        self.desk.halt(seat.name)
        orders = self.blotter.open_of(seat.name)
        self.outbox.extend((seat.name, Cancel(order)) for order in orders if not keeps(order))


def _stands_in(seat: Seat, scope: Scope) -> bool:
    """Whether a strategy trades in a scope: an account counts as its whole venue."""
    match scope.kind:
        case ScopeKind.GLOBAL:
            return True
        case ScopeKind.STRATEGY:
            return seat.name == scope.name
        case ScopeKind.INSTRUMENT:
            return any(there.id == scope.name for there in seat.instruments)
        case ScopeKind.VENUE | ScopeKind.ACCOUNT:
            return any(there.venue == scope.name.rpartition("@")[2] for there in seat.instruments)
