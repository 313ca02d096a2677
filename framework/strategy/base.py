"""`Strategy`: subclass it, declare parameters, react to events with verbs."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from framework.model.events import Bar, FeedStatus, Funding, Mark, OrderReport, Quote, Trade
from framework.model.instants import utc
from framework.model.instrument import Instrument
from framework.model.intents import Cancel
from framework.model.money import Number
from framework.model.orders import Order
from framework.strategy import placing
from framework.strategy.context import BookView, Context
from framework.strategy.fill import Fill
from framework.strategy.parameters import checked, own_defaults, parameters_of, state_of
from framework.strategy.placing import Pair, StyleName, Tif
from framework.strategy.timers import Timer, timers_of


class Strategy:
    """Base of every strategy plugin.

    Annotated class attributes with defaults are parameters (`fast: int = 20`); give others as keywords
    (`SmaCross(fast=3)`). What must survive a restart stands in a nested `class State` and is read as `self.state`.
    Handlers are plain functions; what they ask for leaves when they return, and is dropped whole if they raise.
    """

    parameters: ClassVar[dict[str, Any]] = {}
    """Name -> type of this class's parameters."""
    timers: ClassVar[dict[str, Timer]] = {}
    """Method name -> timer of this class's `@every` and `@cron` methods."""

    _context: Context

    @dataclasses.dataclass
    class State:
        """What survives a restart: annotated attributes with defaults. Override it in a strategy."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.parameters = parameters_of(cls, Strategy)
        cls.timers = timers_of(cls)
        if "State" in vars(cls):
            cls.State = state_of(cls, cls.State)  # type: ignore[misc]  # the nested class becomes its dataclass

    def __init__(self, **parameters: Any) -> None:
        """Take parameters by name.

        Raises:
            PluginError: an unknown name, or a value of another type than declared.
        """
        given = checked(type(self), self.parameters, parameters, type(self).__name__)
        for name, value in (own_defaults(self, self.parameters) | given).items():
            setattr(self, name, value)
        self.state: Any = self.State()

    # Events. Override those you need; each is called with this strategy's own subscriptions and orders only.

    def on_start(self) -> None:
        """Subscribe and build indicators; called once, first. Verbs do nothing yet."""

    def on_ready(self, resumed: bool) -> None:
        """History has passed, state is loaded, verbs work. `resumed`: after a restart, with orders perhaps open."""

    def on_quote(self, quote: Quote) -> None:
        """Best bid or ask changed. After `self.quotes(instrument)`."""

    def on_trade(self, trade: Trade) -> None:
        """A public trade. After `self.trades(instrument)`."""

    def on_bar(self, bar: Bar) -> None:
        """A bar closed. After `self.bars(instrument, timeframe)`; bars without a trade do not exist."""

    def on_book(self, book: BookView) -> None:
        """The order book changed and can be trusted. After `self.books(instrument)`."""

    def on_mark(self, mark: Mark) -> None:
        """A perpetual's mark price. After `self.marks(instrument)`."""

    def on_funding(self, funding: Funding) -> None:
        """A perpetual's funding rate. After `self.fundings(instrument)`."""

    def on_order(self, order: Order, report: OrderReport) -> None:
        """Something became of one of this strategy's orders; `order` is already up to date."""

    def on_fill(self, order: Order, fill: Fill) -> None:
        """One of this strategy's orders filled, partly or wholly. Comes before `on_order` of the same report."""

    def on_feed(self, status: FeedStatus) -> None:
        """A feed of a subscribed instrument went stale, came back, had a gap or a seam."""

    def on_halt(self, reason: str) -> None:
        """Trading was stopped: a handler raised, a kill reached it, or it called `halt`. Nothing it asks for leaves."""

    def on_stop(self) -> None:
        """The run ends. Verbs do nothing any more."""

    # Subscriptions, for on_start.

    def quotes(self, instrument: str | Instrument) -> None:
        """Call `on_quote` for an instrument."""
        self._context.subscribe("quote", self._context.instrument(instrument))

    def trades(self, instrument: str | Instrument) -> None:
        """Call `on_trade` for an instrument."""
        self._context.subscribe("trade", self._context.instrument(instrument))

    def books(self, instrument: str | Instrument) -> None:
        """Keep an order book of an instrument and call `on_book` when it changes."""
        self._context.subscribe("book", self._context.instrument(instrument))

    def marks(self, instrument: str | Instrument) -> None:
        """Call `on_mark` for a perpetual."""
        self._context.subscribe("mark", self._context.instrument(instrument))

    def fundings(self, instrument: str | Instrument) -> None:
        """Call `on_funding` for a perpetual."""
        self._context.subscribe("funding", self._context.instrument(instrument))

    def bars(self, instrument: str | Instrument, timeframe: str, *, warmup: int | None = None) -> None:
        """Call `on_bar` for an instrument and timeframe (`"5s"`, `"1m"`, `"4h"`).

        Args:
            warmup: closed bars wanted before the start; by default what this strategy's indicators need.
        """
        self._context.subscribe_bars(self._context.instrument(instrument), timeframe, warmup)

    # Verbs. Each puts intents into the outbox, which goes to the router when the handler returns.

    def buy(
        self,
        instrument: str | Instrument,
        size: Number | None = None,
        *,
        notional: Number | None = None,
        price: Number | None = None,
        tif: Tif = "gtc",
        post_only: bool = False,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Order:
        """Buy `size` (base) or `notional` (quote: a number or `"200 USDT"`); a market order without `price`.

        What does not fit is refused, not raised: `on_order` tells the reason a moment later.
        """
        context = self._context
        place = placing.place(
            context,
            context.instrument(instrument),
            is_buy=True,
            size=size,
            notional=notional,
            price=price,
            tif=tif,
            post_only=post_only,
            reduce_only=reduce_only,
            tag=tag,
        )
        context.emit(place)
        return place.order

    def sell(
        self,
        instrument: str | Instrument,
        size: Number | None = None,
        *,
        notional: Number | None = None,
        price: Number | None = None,
        tif: Tif = "gtc",
        post_only: bool = False,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Order:
        """Sell; as `buy`. On spot never more than this strategy holds free."""
        context = self._context
        place = placing.place(
            context,
            context.instrument(instrument),
            is_buy=False,
            size=size,
            notional=notional,
            price=price,
            tif=tif,
            post_only=post_only,
            reduce_only=reduce_only,
            tag=tag,
        )
        context.emit(place)
        return place.order

    def cancel(self, order: Order) -> None:
        """Take an order back. Harmless when it is already done; another strategy's order is left alone."""
        if self._may_change(order):
            self._context.emit(Cancel(order))

    def cancel_all(self, instrument: str | Instrument | None = None, *, tag: str | None = None) -> None:
        """Take back this strategy's own open orders, of one instrument or tag or all."""
        for order in self.orders(instrument, tag=tag):
            self.cancel(order)

    def amend(self, order: Order, *, price: Number | None = None, size: Number | None = None) -> None:
        """Change an order's price or total size; the handle stays the same.

        A number that does not fit leaves the order as it is; `on_order` tells, with an `amend_rejected` report.
        """
        if self._may_change(order):
            self._context.emit(placing.amend(order, price, size))

    def target(
        self,
        instrument: str | Instrument,
        size: Number | None = None,
        *,
        notional: Number | None = None,
        style: StyleName = "market",
        within: float | None = None,
        tag: str = "",
    ) -> None:
        """Hold a position of `size` (base, signed) or worth `notional` (quote); the router works out the orders.

        A rest below the smallest order is left alone as dust. Asking again for the same target is free. A target that
        does not fit changes nothing: `on_order` hears of a refused order with the target's tag.

        Args:
            size: a float is cut to the lot, anything else must be a multiple of it.
            style: `"market"`, or `"passive"` for post-only orders at the best price of our side.
            within: leave the position alone while it is closer than this fraction of the target.
        """
        context, traded = self._context, self._context.instrument(instrument)
        context.emit(placing.target(context, traded, size=size, notional=notional, style=style, within=within, tag=tag))

    def ladder(
        self,
        instrument: str | Instrument,
        *,
        bids: Iterable[Pair] = (),
        asks: Iterable[Pair] = (),
        keep_within_bps: float = 0.0,
        tag: str = "ladder",
    ) -> None:
        """Rest exactly these post-only orders, as (price, size) pairs; the router sends what changes.

        A rung that does not fit is refused, as an order that `on_order` hears of; the other rungs stand.

        Args:
            keep_within_bps: an order this close to its rung stays and keeps its place in the queue.
        """
        context, traded = self._context, self._context.instrument(instrument)
        wanted = placing.ladder(context, traded, bids=bids, asks=asks, keep_within_bps=keep_within_bps, tag=tag)
        for intent in wanted:
            context.emit(intent)

    def halt(self, reason: str) -> None:
        """Stop this strategy's own trading at once: its orders are cancelled, protective ones kept.

        It goes on seeing events; `on_halt` is called a moment later. Only a person arms it again (`run.py arm`).
        """
        self._context.halt(reason or "no reason given")

    # Reading: always this strategy's own.

    def position(self, instrument: str | Instrument) -> float:
        """Position in base, signed; on spot net of fees taken in base."""
        traded = self._context.instrument(instrument)
        return traded.size(self._context.position_points(traded))

    def inventory(self, instrument: str | Instrument) -> float:
        """Value of the position at the middle of the quote, in the quote asset; 0.0 before the first quote."""
        traded = self._context.instrument(instrument)
        quote = self._context.quote(traded)
        return 0.0 if quote is None else self.position(traded) * quote.mid

    def equity(self, asset: str) -> float:
        """All this strategy owns, valued in an asset at the last quotes."""
        return self._context.equity(asset)

    def free(self, asset: str) -> float:
        """What it may still use of an asset."""
        return float(self._context.free(asset))

    def quote(self, instrument: str | Instrument) -> Quote | None:
        """Last quote, None before the first."""
        return self._context.quote(self._context.instrument(instrument))

    def book(self, instrument: str | Instrument) -> BookView | None:
        """The order book, None unless `self.books(instrument)` was called and a snapshot came."""
        return self._context.book(self._context.instrument(instrument))

    def orders(self, instrument: str | Instrument | None = None, *, tag: str | None = None) -> Sequence[Order]:
        """Own orders that are not done, oldest first."""
        wanted = None if instrument is None else self._context.instrument(instrument)
        return self._context.orders(wanted, tag)

    def rules(self, instrument: str | Instrument) -> Instrument:
        """The instrument with its grid (`tick`, `lot`, `size_min` as floats), filters and fees (exact Decimals)."""
        return self._context.instrument(instrument)

    @property
    def name(self) -> str:
        """Its name in config and reports."""
        return self._context.name

    @property
    def now_ns(self) -> int:
        """The Clock, UTC nanoseconds. Never the wall clock."""
        return self._context.now_ns

    @property
    def now(self) -> datetime:
        """The Clock as a datetime in UTC, to the microsecond."""
        return utc(self._context.now_ns)

    @property
    def random(self) -> random.Random:
        """Randomness seeded by the run and this strategy's name: the same run draws the same numbers."""
        return self._context.random

    @property
    def log(self) -> Any:
        """A structlog logger that carries this strategy's name."""
        return self._context.log

    def plot(self, name: str, value: float | None) -> None:
        """Keep a point of a series for the report; None, as of an indicator that has no value yet, keeps none."""
        if value is not None:
            self._context.plot(name, value)

    def offload(self, function: Callable[..., Any], *args: Any, then: Callable[[Any], None]) -> None:
        """Run a slow plain function away from the loop; `then(result)` comes back as an event of its own."""
        self._context.offload(function, args, then)

    def _may_change(self, order: Order) -> bool:
        """Whether a cancel or amend of an order makes sense: it is this strategy's own and not done."""
        if order.strategy != self._context.name:
            self._context.log.warning("order.not_ours", order=order.client_order_id, owner=order.strategy)
            return False
        return not order.is_done
