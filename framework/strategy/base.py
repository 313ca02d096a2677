"""`Strategy`: subclass it, declare parameters, react to events with verbs."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from framework.model.errors import GridError, PluginError
from framework.model.events import Bar, FeedStatus, Fill, Funding, Mark, OrderReport, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Rung, Style, Target
from framework.model.money import MONEY, Amount, Number, exact, shorten
from framework.model.orders import Order, OrderState, TimeInForce
from framework.strategy.context import BookView, Context
from framework.strategy.parameters import checked, own_defaults, parameters_of, state_of
from framework.strategy.timers import Timer, timers_of

Price = Number
Size = Number
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        """The order book changed. After `self.books(instrument)`."""

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
        """Trading of this strategy was stopped by the kill switch or quarantine; nothing it asks for will leave."""

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
        size: Size | None = None,
        *,
        notional: Number | None = None,
        price: Price | None = None,
        tif: str = "gtc",
        post_only: bool = False,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Order:
        """Buy `size` (base) or `notional` (quote: a number or `"200 USDT"`); a market order without `price`.

        Numbers that do not fit come back as an order in state `refused`, with the reason, not as an exception.
        """
        return self._place(instrument, True, size, notional, price, TimeInForce(tif), post_only, reduce_only, tag)

    def sell(
        self,
        instrument: str | Instrument,
        size: Size | None = None,
        *,
        notional: Number | None = None,
        price: Price | None = None,
        tif: str = "gtc",
        post_only: bool = False,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Order:
        """Sell; as `buy`. On spot never more than this strategy holds free."""
        return self._place(instrument, False, size, notional, price, TimeInForce(tif), post_only, reduce_only, tag)

    def cancel(self, order: Order) -> None:
        """Take an order back. Harmless when it is already done."""
        if not order.is_done:
            self._emit(Cancel(order))

    def cancel_all(self, instrument: str | Instrument | None = None, *, tag: str | None = None) -> None:
        """Take back this strategy's own open orders, of one instrument or tag or all."""
        for order in self.orders(instrument, tag=tag):
            self.cancel(order)

    def amend(self, order: Order, *, price: Price | None = None, size: Size | None = None) -> None:
        """Change an order's price or total size; the handle stays the same.

        Raises:
            GridError: a number that does not fit the instrument.
        """
        instrument = order.instrument
        price_points = order.price_points if price is None else instrument.order_price(price, is_buy=order.is_buy)
        size_points = order.size_points if size is None else instrument.order_size(size)
        if not order.is_done:
            self._emit(Amend(order, price_points, size_points))

    def target(
        self,
        instrument: str | Instrument,
        size: Size | None = None,
        *,
        notional: Number | None = None,
        style: str = "market",
        within: float | None = None,
        tag: str = "",
    ) -> None:
        """Hold a position of `size` (base, signed) or worth `notional` (quote); the router works out the orders.

        A rest below the smallest order is left alone as dust. Asking again for the same target is free.

        Args:
            style: `"market"`, or `"passive"` for post-only orders at the best price of our side.
            within: leave the position alone while it is closer than this fraction of the target.

        Raises:
            GridError: a number that does not fit.
        """
        traded = self._context.instrument(instrument)
        if (size is None) == (notional is None):
            raise GridError(f"target of {traded.id}: expected either size= or notional=")
        points = None if size is None else int(exact(size, "target").scaleb(traded.size_digits, MONEY))
        value = None if notional is None else _quote_value(notional, traded)
        self._emit(Target(self._context.name, traded, points, value, Style(style), within, _tag(tag)))

    def ladder(
        self,
        instrument: str | Instrument,
        *,
        bids: Iterable[tuple[Price, Size]] = (),
        asks: Iterable[tuple[Price, Size]] = (),
        keep_within_bps: float = 0.0,
        tag: str = "ladder",
    ) -> None:
        """Rest exactly these post-only orders, as (price, size) pairs; the router sends what changes.

        Args:
            keep_within_bps: an order this close to its rung stays and keeps its place in the queue.

        Raises:
            GridError: a number that does not fit.
        """
        traded = self._context.instrument(instrument)
        rungs = [Rung(True, traded.order_price(price, is_buy=True), traded.order_size(size)) for price, size in bids]
        rungs += [Rung(False, traded.order_price(price, is_buy=False), traded.order_size(size)) for price, size in asks]
        self._emit(Ladder(self._context.name, traded, tuple(rungs), keep_within_bps, _tag(tag)))

    # Reading: always this strategy's own.

    def position(self, instrument: str | Instrument) -> float:
        """Position in base, signed; on spot net of fees taken in base."""
        traded = self._context.instrument(instrument)
        return traded.size(self._context.position_points(traded))

    def inventory(self, instrument: str | Instrument, asset: str | None = None) -> float:
        """Value of the position at the middle of the quote, in the quote asset; 0.0 before the first quote.

        Raises:
            PluginError: another asset than the instrument's quote asset.
        """
        traded = self._context.instrument(instrument)
        if asset not in (None, traded.quote):
            raise PluginError(f"inventory of {traded.id}: expected its quote asset {traded.quote}, found {asset!r}")
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
        """The instrument with its grid, filters and fees."""
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
        return EPOCH + timedelta(microseconds=self._context.now_ns // 1000)

    @property
    def random(self) -> random.Random:
        """Randomness seeded by the run and this strategy's name: the same run draws the same numbers."""
        return self._context.random

    @property
    def log(self) -> Any:
        """A structlog logger that carries this strategy's name."""
        return self._context.log

    def plot(self, name: str, value: float) -> None:
        """Keep a point of a series; the report and the dashboard draw it."""
        self._context.plot(name, value)

    def offload(self, function: Callable[..., Any], *args: Any, then: Callable[[Any], None]) -> None:
        """Run a slow plain function away from the loop; `then(result)` comes back as an event of its own."""
        self._context.offload(function, args, then)

    def _emit(self, intent: Intent) -> None:
        self._context.emit(intent)

    def _place(
        self,
        instrument: str | Instrument,
        is_buy: bool,
        size: Size | None,
        notional: Number | None,
        price: Price | None,
        tif: TimeInForce,
        post_only: bool,
        reduce_only: bool,
        tag: str,
    ) -> Order:
        context = self._context
        traded = context.instrument(instrument)
        price_points = size_points = 0
        refusal = ""
        try:
            price_points = 0 if price is None else traded.order_price(price, is_buy=is_buy)
            size_points = self._size_points(traded, is_buy, size, notional, price_points)
        except GridError as error:
            refusal = str(error)
        order = Order(
            client_order_id=context.next_order_id(),
            strategy=context.name,
            instrument=traded,
            is_buy=is_buy,
            size_points=size_points,
            price_points=price_points,
            tif=tif,
            post_only=bool(post_only),  # the journal knows True and False, not numpy's
            reduce_only=bool(reduce_only),
            tag=_tag(tag),
            ts_created_ns=context.now_ns,
        )
        if context.is_muted:
            order.state, order.reason = OrderState.REFUSED, "muted"
        context.emit(Place(order, refusal))
        return order

    def _size_points(
        self, traded: Instrument, is_buy: bool, size: Size | None, notional: Number | None, price_points: int
    ) -> int:
        if (size is None) == (notional is None):
            raise GridError(f"order of {traded.id}: expected either a size or notional=")
        if size is not None:
            return traded.order_size(size)
        assert notional is not None
        value = _quote_value(notional, traded)
        if value <= 0:
            raise GridError(f"notional of {traded.id}: expected above 0, found {shorten(notional)}")
        quote = self._context.quote(traded)
        if not price_points and quote is not None:
            price_points = quote.ask_points if is_buy else quote.bid_points
        if not price_points:
            raise GridError(f"order of {traded.id}: notional= needs a price, and no quote of that side has come yet")
        return traded.size_for(value, price_points)


def _tag(tag: str) -> str:
    """The tag, if it is a text as the journal wants it."""
    if not isinstance(tag, str):
        raise PluginError(f"tag: expected a text, found {shorten(tag)}; write str(...)")
    return tag


def _quote_value(notional: Number, traded: Instrument) -> Decimal:
    """A notional in the quote asset: a number, or text with that asset."""
    if isinstance(notional, str) and " " in notional.strip():
        amount = Amount.parse(notional.strip(), f"notional of {traded.id}")
        if amount.asset != traded.quote:
            raise GridError(f"notional of {traded.id}: expected {traded.quote}, found {amount.asset}")
        return amount.value
    return exact(notional, f"notional of {traded.id}")
