"""The engine: ONE synchronous function, `process(event)`, is the only door into state. No I/O, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from framework.engine.bars import BarBuilder
from framework.engine.blotter import Blotter
from framework.engine.books import OrderBook
from framework.engine.host import Host, Listener
from framework.engine.market import BarStream, Market
from framework.engine.portfolio import Portfolio
from framework.engine.seat import Seat
from framework.indicators import Indicator
from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import FeedNoted, ReportTaken, StrategyQuarantined
from framework.kernel.tape_loop import BAR_PRIORITY, TIMER_PRIORITY
from framework.model.batch import Batch
from framework.model.events import (
    Bar,
    Depth,
    Event,
    FeedState,
    FeedStatus,
    Funding,
    Mark,
    OrderReport,
    Quote,
    TimerFired,
    Trade,
)
from framework.model.instrument import Instrument
from framework.model.intents import Cancel, Intent
from framework.model.money import Amount
from framework.model.orders import Order
from framework.ports import Journal, Schedule
from framework.ports import Listener as RunListener
from framework.strategy.base import Strategy

OFFLOAD_LATENCY_NS: Final = 100_000_000
"""On a tape an offloaded function runs at once and answers after this much tape time (stated in the report)."""

DISTRUSTED: Final = frozenset({FeedState.GAP, FeedState.STALE})
"""A feed in one of these states may have lost changes of the book."""

History = Callable[[Instrument, str, int], Sequence[Bar]]
"""Up to so many closed bars of a timeframe before the start, oldest first."""

log = get_logger()


class Engine:
    """Markets, orders, ledgers and strategies, and the one way to change them.

    Args:
        clock: the run's Clock.
        schedule: hands bars and timers back at their time.
        instruments: everything this run knows.
        balances: the account at the start.
        capital: strategy -> amounts of its own, in the order in which strategies are called.
        ids: names for orders.
        journal: takes inputs and decisions.
        outbox: takes the intents of a turn, in the order of the handlers that emitted them, with their strategies.
        seed: for the strategies' random numbers.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        schedule: Schedule,
        instruments: Iterable[Instrument],
        balances: Mapping[str, Decimal],
        capital: Mapping[str, Sequence[Amount]],
        ids: OrderIds,
        journal: Journal,
        outbox: list[tuple[str, Intent]],
        seed: int,
    ) -> None:
        self.clock = clock
        self.ids = ids
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.blotter = Blotter()
        self.portfolio = Portfolio(balances, capital, tuple(self.instruments.values()), self._mid)
        self.outbox = outbox
        self.host = Host(self.outbox, self._quarantine)
        self.seats: dict[str, Seat] = {}
        self.listeners: list[RunListener] = []
        """Views and reports; told, never asked."""
        self._schedule = schedule
        self._journal = journal
        self._seed = seed
        self._markets = {instrument: Market(instrument) for instrument in self.instruments.values()}
        self._expected_points: dict[str, int] = {}
        self._doors: dict[type, Callable[[Any], None]] = {
            Trade: self._on_trade,
            Quote: self._on_quote,
            Depth: self._on_depth,
            Bar: self._on_bar,
            OrderReport: self._on_report,
            TimerFired: self._on_timer,
            FeedStatus: self._on_feed,
            Mark: self._on_mark,
            Funding: self._on_funding,
        }

    def process(self, event: Event) -> None:
        """Take one event: change state, then call the strategies that asked for it."""
        self._doors[type(event)](event)

    # Strategies: seats, subscriptions, start and end.

    def seat(self, name: str, strategy: Strategy) -> Seat:
        """Give a strategy its place."""
        seat = self.seats[name] = Seat(self, name, strategy, self._seed)
        return seat

    def start(self, history: History, *, resumed: bool = False) -> None:
        """Call every strategy's `on_start`, give it its history, and let its verbs work from `on_ready` on."""
        for seat in self.seats.values():
            self.host.call(seat, seat.strategy.on_start)
            for instrument in seat.instruments:
                self._markets[instrument].feed_listeners.append(Listener(seat, seat.strategy.on_feed))
        for seat in self.seats.values():
            for instrument, timeframe, warmup in seat.bar_requests:
                wanted = indicators_warmup(seat.strategy) if warmup is None else warmup
                for bar in history(instrument, timeframe, wanted) if wanted else ():
                    self.host.call(seat, seat.strategy.on_bar, bar)
        for seat in self.seats.values():
            if not seat.is_quarantined:
                seat.is_muted = False
                self._start_timers(seat)
                self.host.call(seat, seat.strategy.on_ready, resumed)

    def stop(self) -> None:
        """Mute every strategy, call `on_stop`, and ask for all open orders back."""
        for seat in self.seats.values():
            seat.is_muted = True
            self.host.drop_waiting(seat, "stopped")
            self.host.call(seat, seat.strategy.on_stop)
            self._take_back(seat)

    def subscribe(self, seat: Seat, kind: str, instrument: Instrument) -> None:
        """Call the seat's `on_<kind>` for an instrument."""
        market = self._markets[instrument]
        if kind == "book" and market.book is None:
            market.book = OrderBook(instrument)
        listeners: list[Listener] = getattr(market, f"{kind}_listeners")
        listeners.append(Listener(seat, getattr(seat.strategy, f"on_{kind}")))

    def subscribe_bars(self, seat: Seat, instrument: Instrument, timeframe: str) -> None:
        """Call the seat's `on_bar` for an instrument and timeframe."""
        market = self._markets[instrument]
        stream = market.bars.get(timeframe)
        if stream is None:
            stream = market.bars[timeframe] = BarStream(BarBuilder(instrument, timeframe))
            market.streams.append(stream)
        stream.listeners.append(Listener(seat, seat.strategy.on_bar))

    # Market data.

    def _on_trade(self, trade: Trade) -> None:
        market = self._markets[trade.instrument]
        is_first = market.last_trade is None
        market.last_trade = trade
        if is_first:
            self._open_capital(market)
        for stream in market.streams:
            if trade.ts_recv_ns >= stream.builder.closes_at_ns:
                self._begin_bar(stream, trade)
            else:
                stream.builder.push(trade)
        if market.trade_listeners:
            self.host.deliver(market.trade_listeners, trade)

    def _on_quote(self, quote: Quote) -> None:
        market = self._markets[quote.instrument]
        is_first = market.quote is None
        market.quote = quote
        if is_first:
            self._open_capital(market)
        if market.quote_listeners:
            self.host.deliver(market.quote_listeners, quote)

    def _open_capital(self, market: Market) -> None:
        """The first price of an instrument (told again by the first quote, which changes nothing)."""
        mid = market.mid
        assert mid is not None, market.instrument
        self.portfolio.price_came(market.instrument, mid)

    def _on_depth(self, depth: Depth) -> None:
        market = self._markets[depth.instrument]
        book = market.book
        if book is not None and book.apply(depth) and market.book_listeners:
            self.host.deliver(market.book_listeners, book)

    def _on_bar(self, bar: Bar) -> None:
        """A closed bar from a candle tape; larger timeframes are built from it."""
        for stream in self._markets[bar.instrument].streams:
            builder = stream.builder
            closes_ns = builder.closes_at_ns
            closed = builder.push_bar(bar)
            if builder.closes_at_ns > closes_ns:
                self._schedule.at(builder.closes_at_ns, BAR_PRIORITY, partial(self._close_bar, stream))
            if closed is not None:
                self.host.deliver(stream.listeners, closed)

    def _begin_bar(self, stream: BarStream, trade: Trade) -> None:
        left = stream.builder.push(trade)
        if left is not None:
            self.host.deliver(stream.listeners, left)
        self._schedule.at(stream.builder.closes_at_ns, BAR_PRIORITY, partial(self._close_bar, stream))

    def _close_bar(self, stream: BarStream) -> None:
        bar = stream.builder.close(self.clock.now_ns)
        if bar is not None:
            self.host.deliver(stream.listeners, bar)

    def _on_mark(self, mark: Mark) -> None:
        self.host.deliver(self._markets[mark.instrument].mark_listeners, mark)

    def _on_funding(self, funding: Funding) -> None:
        self.host.deliver(self._markets[funding.instrument].funding_listeners, funding)

    def _on_feed(self, status: FeedStatus) -> None:
        market = self._markets[status.instrument]
        market.feed_state = status.state
        if market.book is not None and status.state in DISTRUSTED:
            market.book.invalidate()
        self._journal.write(FeedNoted(status.instrument.id, status.state.value, status.detail))
        for listener in self.listeners:
            listener.fed(status)
        self.host.deliver(market.feed_listeners, status)

    # Orders.

    def _on_report(self, report: OrderReport) -> None:
        self._journal.write(ReportTaken(report))
        order = self.blotter.apply(report)
        if order is None:
            return
        if report.fill is not None:
            self.portfolio.fill(order, report.fill)
        self._reserve(order)
        for listener in self.listeners:
            listener.reported(order, report)
        seat = self.seats[order.strategy]
        if report.fill is not None:
            self.host.call(seat, seat.strategy.on_fill, order, report.fill)
        self.host.call(seat, seat.strategy.on_order, order, report)

    def admit(self, order: Order, *, is_refused: bool) -> None:
        """The router knows a new order (`ports.Desk`)."""
        self.blotter.admit(order, is_refused=is_refused)
        if is_refused:
            return
        quote = self.quote(order.instrument)
        touch = 0 if quote is None else quote.ask_points if order.is_buy else quote.bid_points
        self._expected_points[order.client_order_id] = order.price_points or touch
        self._reserve(order)

    def _reserve(self, order: Order) -> None:
        expected = order.price_points or self._expected_points.get(order.client_order_id, 0)
        self.portfolio.reserve(order, expected)
        if order.is_done:
            self._expected_points.pop(order.client_order_id, None)

    def handed_over(self, batch: Batch) -> None:
        """A request went to the transport (`ports.Desk`)."""
        self.blotter.handed_over(batch)

    def order(self, client_order_id: str) -> Order | None:
        """An order by its id (`ports.Desk`)."""
        return self.blotter.order(client_order_id)

    def open_orders(self, instrument: Instrument) -> Sequence[Order]:
        """Orders that are not done, every strategy's (`ports.Desk`)."""
        return self.blotter.open_orders(instrument)

    def open_of(self, strategy: str) -> Sequence[Order]:
        """A strategy's orders that are not done (`ports.Desk`)."""
        return self.blotter.open_of(strategy)

    def position_points(self, strategy: str, instrument: Instrument) -> int:
        """A strategy's position (`ports.Desk`)."""
        return self.portfolio.position_points(strategy, instrument)

    def free(self, strategy: str, asset: str) -> Decimal:
        """What a strategy may still use (`ports.Desk`)."""
        return self.portfolio.free(strategy, asset)

    def quote(self, instrument: Instrument) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it."""
        return self._markets[instrument].touch

    def book(self, instrument: Instrument) -> OrderBook | None:
        """The order book, where a strategy asked for one."""
        return self._markets[instrument].book

    def market(self, instrument: Instrument) -> Market:
        """All that is known of an instrument."""
        return self._markets[instrument]

    def _mid(self, instrument: Instrument) -> Decimal | None:
        return self._markets[instrument].mid

    # Timers, offloaded work, plots, quarantine.

    def _start_timers(self, seat: Seat) -> None:
        for name, timer in type(seat.strategy).timers.items():
            self._arm_timer(seat, name, timer.next_after(self.clock.now_ns))

    def _arm_timer(self, seat: Seat, name: str, ts_ns: int) -> None:
        self._schedule.at(ts_ns, TIMER_PRIORITY, partial(self._fire_timer, seat, name))

    def _fire_timer(self, seat: Seat, name: str) -> None:
        if seat.is_muted:
            return
        now_ns = self.clock.now_ns
        self.process(TimerFired(now_ns, seat.name, name))
        self._arm_timer(seat, name, type(seat.strategy).timers[name].next_after(now_ns))

    def _on_timer(self, timer: TimerFired) -> None:
        seat = self.seats[timer.strategy]
        self.host.call(seat, getattr(seat.strategy, timer.timer))

    def offload(
        self, seat: Seat, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]
    ) -> None:
        """Run a function now; its result comes back as an event of its own, a declared latency later."""
        result = function(*args)
        ts_ns = self.clock.now_ns + OFFLOAD_LATENCY_NS
        self._schedule.at(ts_ns, TIMER_PRIORITY, lambda: self.host.call(seat, then, result))

    def plotted(self, strategy: str, name: str, value: float) -> None:
        """A strategy plots a point."""
        for listener in self.listeners:
            listener.plotted(strategy, name, self.clock.now_ns, value)

    def _quarantine(self, seat: Seat, reason: str, trace: str) -> None:
        log.error("strategy.quarantined", strategy=seat.name, reason=reason, trace=trace)
        self._journal.write(StrategyQuarantined(seat.name, reason))
        for listener in self.listeners:
            listener.quarantined(seat.name, self.clock.now_ns, reason)
        self._take_back(seat)
        self.host.halt(seat, reason)

    def _take_back(self, seat: Seat) -> None:
        self.outbox.extend((seat.name, Cancel(order)) for order in self.blotter.open_of(seat.name))


def indicators_warmup(strategy: Strategy) -> int:
    """How many bars a strategy's indicators need before they all have a value."""
    return max((indicator.warmup for indicator in _indicators(vars(strategy).values())), default=0)


def _indicators(values: Iterable[Any]) -> Iterator[Indicator[Any]]:
    for value in values:
        if isinstance(value, Indicator):
            yield value
        elif isinstance(value, dict):
            yield from _indicators(value.values())
        elif isinstance(value, list | tuple):
            yield from _indicators(value)
