"""`trial`: a strategy on a market that a test moves by hand, before a venue that does what the test says.

    t = trial(MarketMaker(), balances={"USDT": "1000", "BTC": "0.02"})
    t.quote("BTC/USDT@bitget", 61800, 61801)
    t.fill(t.orders.bids[0], "0.0005")
    assert t.position("BTC/USDT@bitget") == 0.020499  # net of the fee, on the six decimals of the pair

The engine, the router, its checks and the ledger are the real ones. The venue accepts every order at once, fills market
orders at the quote, and fills limit orders only when you call `fill`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from framework.config.limits import LimitsTable, limits_of
from framework.core import Core
from framework.model.batch import Cleared
from framework.model.durations import duration_ns
from framework.model.events import Bar, Depth, FeedState, FeedStatus, MarketEvent, OrderReport, Quote, ReportKind, Trade
from framework.model.instants import ns_of
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.money import Amount, Number, exact
from framework.model.orders import Order
from framework.model.rules import VenueRules
from framework.strategy.base import Strategy
from framework.testing.notes import Notes
from framework.testing.venue import ObedientVenue
from framework.venues.named import rules_named

NAME: Final = "trial"
EVENT_GAP_NS: Final = 1_000_000
"""Each event comes a millisecond after the one before, so that each is a turn of its own."""


class OpenOrders(list[Order]):
    """Open orders, oldest first."""

    @property
    def bids(self) -> list[Order]:
        """Buys, best (highest) price first."""
        return sorted((order for order in self if order.is_buy), key=lambda order: -order.price_points)

    @property
    def asks(self) -> list[Order]:
        """Sells, best (lowest) price first."""
        return sorted((order for order in self if not order.is_buy), key=lambda order: order.price_points)


def trial(
    strategy: Strategy,
    *,
    balances: Mapping[str, Number] | None = None,
    rules: str = "bitget-spot",
    start: str = "2024-08-08 12:00",
    history: Mapping[str, Sequence[float]] | None = None,
    auto_accept: bool = True,
    seed: int = 1,
    limits: Mapping[str, object] | None = None,
) -> Trial:
    """Put a strategy on a market you move by hand; `on_start` and `on_ready` have run when this returns.

    Args:
        balances: asset -> what the strategy owns; 100,000 of USDT and USD where nothing is given.
        rules: whose grid, filters and fees hold.
        start: UTC, `"2024-08-08 12:00"`.
        history: instrument id -> closes of the bars before the start, oldest first, of whatever timeframe is asked for.
        auto_accept: the venue accepts orders by itself; otherwise call `accept`.
        limits: what `[limits]` of the settings may hold: `{"max_order_notional": "500 USDT"}`.

    Raises:
        ConfigError: limits that cannot be read.
        PluginError: a handler of the strategy raised; what it raised is shown above it.
    """
    owned = {"USDT": "100000", "USD": "100000"} if balances is None else balances
    amounts = [Amount(exact(value, f"balance of {asset}"), asset) for asset, value in owned.items()]
    venue = ObedientVenue(auto_accept)
    held = limits_of(limits or {})
    return Trial(strategy, amounts, rules_named(rules), _instant_ns(start), history or {}, venue, seed, held)


class Trial:
    """A strategy under test; made by `trial`. Every method that moves the market raises if a handler did.

    A test may call the strategy's verbs itself (`t.strategy.buy(...)`); they leave when time next moves.
    """

    def __init__(
        self,
        strategy: Strategy,
        amounts: list[Amount],
        rules: VenueRules,
        now_ns: int,
        history: Mapping[str, Sequence[float]],
        venue: ObedientVenue,
        seed: int,
        limits: LimitsTable,
    ) -> None:
        self.strategy = strategy
        """The strategy; another instance after `restart`."""
        self._notes = Notes()
        self._venue = venue
        self._restarts = 0
        self._rules = rules
        self._history = history
        self._seed = seed
        self._limits = limits
        self._trade_id = 0
        self._instruments = {
            instrument.id: instrument for instrument in (rules.instrument(market.symbol) for market in rules.markets)
        }
        self._build(strategy, amounts, now_ns)
        self._begin()

    # The market.

    def quote(self, instrument: str, bid: Number, ask: Number, *, bid_size: Number = 1, ask_size: Number = 1) -> None:
        """A new best bid and ask."""
        there = self._instrument(instrument)
        quote = Quote(
            there,
            self._next_ns(),
            there.data_price(str(bid)),
            there.data_size(str(bid_size)),
            there.data_price(str(ask)),
            there.data_size(str(ask_size)),
        )
        self._venue.quotes[there] = quote
        self._play(quote)

    def trade(self, instrument: str, price: Number, size: Number, *, is_buy: bool = True) -> None:
        """A public trade."""
        there = self._instrument(instrument)
        self._trade_id += 1
        points = there.data_price(str(price)), there.data_size(str(size))
        self._play(Trade(there, self._next_ns(), *points, is_buy, self._trade_id))

    def book(
        self, instrument: str, bids: Sequence[tuple[Number, Number]], asks: Sequence[tuple[Number, Number]]
    ) -> None:
        """A whole order book, as (price, size) pairs, best first."""
        there = self._instrument(instrument)
        levels = [
            tuple((there.data_price(str(price)), there.data_size(str(size))) for price, size in side)
            for side in (bids, asks)
        ]
        self._play(Depth(there, self._next_ns(), levels[0], levels[1], True))

    def bar(
        self,
        instrument: str,
        close: Number,
        *,
        open: Number | None = None,  # noqa: A002  # the bar's own word
        high: Number | None = None,
        low: Number | None = None,
        volume: Number = 1,
        timeframe: str = "1m",
    ) -> None:
        """The bar that runs now closes, with a quote one tick wide at its close; the clock goes to its end."""
        there = self._instrument(instrument)
        length_ns = duration_ns(timeframe)
        open_ns = self.now_ns // length_ns * length_ns
        self._advance_to(open_ns + length_ns - 1)
        points = [there.data_price(str(close if price is None else price)) for price in (open, high, low, close)]
        first, last = points[0], points[3]
        spread = there.tick_points
        size = there.data_size(str(volume))
        quote = Quote(there, open_ns + length_ns, last, size, last + spread, size)
        self._venue.quotes[there] = quote
        high_points, low_points = max(points), min(points)
        closes_ns = open_ns + length_ns
        touch = quote.bid_points, quote.bid_size_points, quote.ask_points, quote.ask_size_points
        self._play(Bar(there, closes_ns, open_ns, timeframe, first, high_points, low_points, last, size, 0, *touch))

    def feed(self, instrument: str, state: str, detail: str = "") -> None:
        """A feed's state: `"stale"`, `"live"`, `"gap"`, `"seam"`."""
        self._play(FeedStatus(self._instrument(instrument), self._next_ns(), FeedState(state), detail))

    # The clock.

    @property
    def now_ns(self) -> int:
        """The Clock, UTC nanoseconds."""
        return self._core.clock.now_ns

    def advance(self, span: str) -> None:
        """Let a span pass (`"15s"`); timers fire on the way."""
        self._advance_to(self.now_ns + duration_ns(span))

    def at(self, instant: str) -> None:
        """Let time pass until an instant, UTC (`"2024-08-09 00:00"`); timers fire on the way."""
        self._advance_to(_instant_ns(instant))

    # The venue.

    def accept(self, order: Order) -> None:
        """The venue accepts an order (with `auto_accept=False`)."""
        self._venue.accept(order)
        self._settle()

    def fill(self, order: Order, size: Number | None = None, *, price: Number | None = None) -> None:
        """Fill an order, wholly or partly, at its limit (a market order at the quote) or at a price."""
        there = order.instrument
        size_points = order.left_points if size is None else there.data_size(str(size))
        self._venue.fill(order, size_points, 0 if price is None else there.data_price(str(price)))
        self._settle()

    def cancelled(self, order: Order, reason: str = "") -> None:
        """The venue ends an order."""
        self._venue.say(order, ReportKind.CANCELLED, reason=reason)
        self._settle()

    def refuse_next(self, reason: str) -> None:
        """The venue rejects the next order it gets."""
        self._venue.refusals.append(reason)

    # What the strategy did.

    @property
    def orders(self) -> OpenOrders:
        """Its open orders."""
        return OpenOrders(self._core.engine.blotter.open_of(NAME))

    @property
    def intents(self) -> list[Intent]:
        """What the strategy asked for since the start or the last `clear`."""
        return self._notes.intents

    @property
    def reports(self) -> list[tuple[Order, OrderReport]]:
        """Everything that was said of its orders, in order."""
        return self._notes.reports

    @property
    def plots(self) -> dict[str, list[tuple[int, float]]]:
        """Series name -> (ts_ns, value) points."""
        return self._notes.plots

    @property
    def requests(self) -> list[Cleared]:
        """Every request that left."""
        return self._venue.requests

    def position(self, instrument: str) -> float:
        """Its position in base."""
        return self.strategy.position(instrument)

    def clear(self) -> None:
        """Forget the intents so far."""
        self._notes.intents.clear()

    def restart(self) -> None:
        """Stop the daemon and start it again: a new instance with the saved `State`, the same orders and holdings."""
        saved = msgspec.to_builtins(self.strategy.state)
        given = {name: getattr(self.strategy, name) for name in type(self.strategy).parameters}
        fresh = type(self.strategy)(**given)
        fresh.state = msgspec.convert(saved, type(self.strategy).State)
        orders = self.orders
        cash = self._core.engine.portfolio.ledger(NAME).cash
        self.strategy = fresh
        self._restarts += 1
        self._build(fresh, [Amount(value, asset) for asset, value in cash.items()], self.now_ns)
        for order in orders:
            self._core.engine.desk.admit(order)
        if self._core.risk is not None:
            self._core.risk.resume()
        self._begin()

    def _build(self, strategy: Strategy, amounts: Sequence[Amount], now_ns: int) -> None:
        self._core = Core(
            instruments=tuple(self._instruments.values()),
            balances={amount.asset: amount.value for amount in amounts},
            capital={NAME: amounts},
            bot="trial",
            run_id=f"{self._restarts:06d}",
            seed=self._seed,
            write=lambda record: None,  # noqa: ARG005
            now_ns=now_ns,
        )
        self._venue.core = self._core
        self._core.connect({self._rules.venue: self._venue}, {self._rules.venue: self._rules}, limits=self._limits)
        self._core.taken.append(lambda intents: self._notes.asked([intent for _, intent in intents]))
        self._core.listeners.append(self._notes)
        self._seat = self._core.engine.seat(NAME, strategy)

    def _begin(self) -> None:
        """Run `on_start` and `on_ready`; after a restart the market goes on where it was."""
        self._core.start(self._bars_before, resumed=self._restarts > 0)
        self._settle()
        for quote in list(self._venue.quotes.values()):
            self._core.engine.process(msgspec.structs.replace(quote, ts_recv_ns=self.now_ns))
        self._settle()

    def _instrument(self, id_: str) -> Instrument:
        return self.strategy.rules(id_)

    def _next_ns(self) -> int:
        return self.now_ns + EVENT_GAP_NS

    def _play(self, *events: MarketEvent) -> None:
        for _ in self._core.play(events):
            pass
        self._settle()

    def _advance_to(self, ts_ns: int) -> None:
        self._core.engine.host.call(self._seat, _nothing)  # verbs a test called itself leave like a handler's
        for _ in self._core.loop.drain(ts_ns):
            pass
        self._core.clock.now_ns = max(ts_ns, self.now_ns)

    def _settle(self) -> None:
        """Let the venue's answers and the router's refusals arrive."""
        self._advance_to(self.now_ns + 2 * EVENT_GAP_NS)

    def _bars_before(self, instrument: Instrument, timeframe: str, count: int) -> list[Bar]:
        length_ns = duration_ns(timeframe)
        closes = list(self._history.get(instrument.id, ()))[-count:]
        end_ns = self.now_ns - self.now_ns % length_ns
        bars = []
        for index, close in enumerate(closes):
            ts_ns = end_ns - (len(closes) - 1 - index) * length_ns
            points = instrument.data_price(str(close))
            bars.append(Bar(instrument, ts_ns, ts_ns - length_ns, timeframe, points, points, points, points, 1))
        return bars


def _nothing() -> None:
    """A handler that does nothing: what lies in the outbox goes to the router after it."""


def _instant_ns(text: str) -> int:
    """UTC nanoseconds of `2024-08-08 12:00:01.5`, exact to the microsecond."""
    instant = datetime.fromisoformat(text)
    return ns_of(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
