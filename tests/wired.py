"""A core wired to a venue that answers as a test says: for the tests of engine, router and core."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace

from framework.config.limits import LimitsTable
from framework.core import Core
from framework.kernel.records import Record
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import Batch, BatchKind, Change, Cleared, RequestKind
from framework.model.events import (
    Bar,
    FeedState,
    Fill,
    MarketEvent,
    OrderReport,
    Pulse,
    Quote,
    ReportKind,
    Source,
    Trade,
)
from framework.model.instrument import Instrument
from framework.model.money import Amount
from framework.model.orders import Order, Pending, TimeInForce, write
from framework.model.rules import Bucket, Cost, CountedBy, MarketRules, SelfTrade, VenueRules
from framework.strategy.base import Strategy

MS = 1_000_000
SECOND = 1000 * MS
MINUTE = 60 * SECOND
NOON = 1_723_118_400 * SECOND  # 2024-08-08 12:00 UTC
LATENCY = 5 * MS


def spot(symbol: str = "BTC/USDT", venue: str = "bitget", **rules: Any) -> Instrument:
    """A spot pair: prices to 0.01, sizes to 0.0001, at least 1 of quote."""
    rules = {"price_digits": 2, "size_digits": 4, "notional_min": Decimal(1), **rules}
    return Instrument(symbol, venue, **rules)


def rules_of(venue: str = "bitget", *, batch: int = 50, limit: int = 10) -> VenueRules:
    """Bitget's shape with round numbers: batches of `batch`, ten orders a unit, `limit` units a second and bucket."""
    kinds = ("place", "place_batch", "cancel", "cancel_batch", "amend", "amend_batch")
    return VenueRules(
        name=f"{venue}-test",
        title=venue,
        venue=venue,
        as_of="2024-08-08",
        buckets=tuple(Bucket(kind, limit, SECOND, CountedBy.UID, "made up") for kind in kinds),
        costs={RequestKind(kind): (Cost(kind, orders_per_unit=10 if "batch" in kind else 0),) for kind in kinds},
        batch_max=dict.fromkeys(BatchKind, batch),
        markets=(MarketRules("BTC/USDT", *[Decimal(1)] * 7, 10, "made up"),),
        self_trade=SelfTrade.NONE,
        source="made up",
    )


def quote(there: Instrument, ts_ns: int, bid: int = 10_000, ask: int = 10_100) -> Quote:
    """A quote of 100.00 to 101.00 by default, in points of two decimals."""
    return Quote(there, ts_ns, bid, 10_000, ask, 10_000)


def trade(there: Instrument, ts_ns: int, price: int = 10_050, size: int = 10_000) -> Trade:
    """A public trade."""
    return Trade(there, ts_ns, price, size, True)


def bringing(bar: Bar, seen: Quote) -> Bar:
    """A bar with a quote at its close."""
    return replace(
        bar,
        bid_points=seen.bid_points,
        bid_size_points=seen.bid_size_points,
        ask_points=seen.ask_points,
        ask_size_points=seen.ask_size_points,
    )


class Scripted(Strategy):
    """Keeps what it sees, as (handler, what came, instant), and does what it is told.

    Args:
        handlers: name without `on_` -> function of the strategy and the handler's arguments.
    """

    def __init__(self, **handlers: Callable[..., Any]) -> None:
        super().__init__()
        self.handlers = handlers
        self.seen: list[tuple[str, Any, int]] = []
        self.depth = 0

    def run(self, name: str, *args: Any) -> None:
        assert self.depth == 0, f"{name} was called within another handler"
        self.seen.append((name, args[-1] if args else None, self.now_ns))
        self.depth += 1
        try:
            if name in self.handlers:
                self.handlers[name](self, *args)
        finally:
            self.depth -= 1

    def names(self) -> list[str]:
        return [name for name, _, _ in self.seen]

    def got(self, name: str) -> list[Any]:
        return [what for found, what, _ in self.seen if found == name]

    def told(self) -> list[tuple[ReportKind, str]]:
        """Kind and reason of each report."""
        return [(report.kind, report.reason) for report in self.got("order")]


def _passed_on(name: str) -> Callable[..., None]:
    def handler(self: Scripted, *args: Any) -> None:
        self.run(name, *args)

    return handler


HANDLERS = (
    "start",
    "ready",
    "stop",
    "halt",
    "quote",
    "trade",
    "bar",
    "book",
    "mark",
    "funding",
    "feed",
    "order",
    "fill",
)
for _name in HANDLERS:
    setattr(Scripted, f"on_{_name}", _passed_on(_name))


class Port:
    """A venue that keeps every request, and answers after `latency_ns` unless it is silent."""

    def __init__(self, latency_ns: int = LATENCY) -> None:
        self.sent: list[Cleared] = []
        self.is_silent = False
        self.rejects: list[str] = []
        """Reasons to reject the next requests, place or cancel, whole; empty text lets one pass."""
        self.latency_ns = latency_ns
        self.bench: Bench

    def send(self, cleared: Cleared) -> None:
        self.sent.append(cleared)
        if not self.is_silent:
            reason = self.rejects.pop(0) if self.rejects else ""
            core = self.bench.core
            core.loop.at(core.clock.now_ns + self.latency_ns, VENUE_PRIORITY, partial(self.answer, cleared, reason))

    def answer(self, cleared: Cleared, reason: str = "") -> None:
        batch = cleared.batch
        kinds = {
            BatchKind.PLACE: (ReportKind.ACCEPTED, ReportKind.REJECTED),
            BatchKind.CANCEL: (ReportKind.CANCELLED, ReportKind.CANCEL_REJECTED),
            BatchKind.AMEND: (ReportKind.AMENDED, ReportKind.AMEND_REJECTED),
        }[batch.kind]
        for index, order in enumerate(batch.orders):
            change = batch.changes[index] if batch.changes else None
            points = {"price_points": change.price_points, "size_points": change.size_points} if change else {}
            self.bench.say(order, kinds[bool(reason)], reason=reason, **points)

    def requests(self) -> list[tuple[str, str, int]]:
        """Kind, symbol and number of orders of each request."""
        batches = [cleared.batch for cleared in self.sent]
        return [(batch.kind.value, batch.instrument.symbol, len(batch.orders)) for batch in batches]


class Bench:
    """A core, its strategies and their venue. `records` is the journal, `feed` a clock that is moved by hand."""

    def __init__(
        self,
        strategies: Mapping[str, Strategy],
        *,
        instruments: tuple[Instrument, ...],
        capital: Mapping[str, str] | None = None,
        rules: VenueRules | None = None,
        latency_ns: int = LATENCY,
        history: Callable[..., Any] = lambda instrument, timeframe, count: (),
        limits: Mapping[str, Any] | None = None,
        feeds_are_live: bool = False,
    ) -> None:
        venue = instruments[0].venue
        texts = dict.fromkeys(strategies, "1000000 USDT") if capital is None else capital
        amounts = {name: [Amount.parse(part) for part in text.split(",")] for name, text in texts.items()}
        balances: dict[str, Decimal] = {}
        for value, asset in (amount for parts in amounts.values() for amount in parts):
            balances[asset] = balances.get(asset, Decimal(0)) + value
        self.records: list[Record] = []
        self.is_journaled = True
        self.port = Port(latency_ns)
        self.port.bench = self
        self.trades = 0
        self.core = Core(
            instruments=instruments,
            balances=balances,
            capital=amounts,
            bot="bench",
            run_id="000001",
            seed=1,
            write=lambda record: self.records.append(record) if self.is_journaled else None,
            now_ns=NOON,
        )
        self.core.connect(
            {venue: self.port},
            {venue: rules or rules_of(venue)},
            limits=LimitsTable.model_validate(limits or {}),
            feeds_are_live=feeds_are_live,
        )
        self.seats = {name: self.core.engine.seat(name, strategy) for name, strategy in strategies.items()}
        self.core.start(history)

    @property
    def now_ns(self) -> int:
        return self.core.clock.now_ns

    def play(self, *events: MarketEvent) -> None:
        """Play events, and end the instant of the last."""
        for _ in self.core.play(events):
            pass

    def wait(self, span_ns: int) -> None:
        """Let time pass."""
        until_ns = self.now_ns + span_ns
        for _ in self.core.loop.drain(until_ns):
            pass
        self.core.clock.now_ns = until_ns

    def subscribe(self, event: type, *there: Instrument) -> None:
        """Let every strategy hear of an event, as if `on_start` had asked for it."""
        for seat, instrument in itertools.product(self.seats.values(), there):
            handler = getattr(seat.strategy, f"on_{event.__name__.lower()}")
            self.core.engine.markets.subscribe(instrument, event, self.core.engine.host.subscription(seat, handler))

    def act(self, name: str, verb: Callable[[Strategy], Any]) -> Any:
        """Let a strategy do something, as a handler of its own at this instant."""
        done: list[Any] = []
        seat = self.seats[name]
        self.core.engine.host.call(seat, lambda: done.append(verb(seat.strategy)))
        for _ in self.core.loop.drain(self.now_ns):
            pass
        return done[0] if done else None

    def say(self, order: Order, kind: ReportKind, **more: Any) -> None:
        """The venue says something of an order, now."""
        self.core.report(OrderReport(order.client_order_id, self.now_ns, kind, Source.VENUE, **more))

    def fill(self, order: Order, size: int | None = None, price: int | None = None, **more: Any) -> None:
        """The venue fills an order, now; without a fee unless one is given."""
        self.trades += 1
        points = price or order.price_points or 10_050
        fill = {"fee": Decimal(0), "fee_asset": order.instrument.quote, "is_maker": True, **more}
        self.say(
            order,
            ReportKind.FILLED,
            fill=Fill(f"t{self.trades}", points, order.left_points if size is None else size, **fill),
        )
        for _ in self.core.loop.drain(self.now_ns):
            pass


class FakeDesk:
    """Market, orders and holdings as a test sets them."""

    def __init__(self, *quotes: Quote, free: Mapping[str, str] | None = None) -> None:
        self.quotes = {quote.instrument: quote for quote in quotes}
        self.orders: list[Order] = []
        self.positions: dict[Instrument, int] = {}
        self.owned = {asset: Decimal(text) for asset, text in (free or {}).items()}
        self.in_flight: list[Batch] = []
        self.looks = 0
        self.reservations: dict[str, Decimal] = {}
        self.rates: dict[tuple[str, str], Decimal] = {}
        self.nets: dict[tuple[str, Instrument | None], Decimal] = {}
        self.pulses: dict[Instrument, Pulse] = {}
        self.freeing: set[tuple[str, str]] = set()

    def admit(self, order: Order, *, is_refused: bool = False, is_held: bool = False) -> None:
        if not is_refused:
            self.orders.append(order)

    def release(self, order: Order) -> None:
        """Nothing is counted here."""

    def change(self, order: Order, change: Change) -> None:
        write(order, price_points=change.price_points, size_points=change.size_points)

    def bound(self, order: Order, price_points: int) -> None:
        write(order, price_points=price_points, tif=TimeInForce.IOC)

    def change_asked(self, order: Order, change: Change) -> None:
        """Nothing is counted here."""

    def cancel_asked(self, order: Order) -> None:
        write(order, pending=Pending.CANCEL)

    def order(self, client_order_id: str) -> Order | None:
        return next((order for order in self.orders if order.client_order_id == client_order_id), None)

    def handed_over(self, batch: Batch) -> None:
        self.in_flight.append(batch)

    def quote(self, instrument: Instrument) -> Quote | None:
        return self.quotes.get(instrument)

    def open_orders(self, instrument: Instrument) -> list[Order]:
        return [order for order in self.orders if order.instrument is instrument and not order.is_done]

    def count_open(self, instrument: Instrument) -> int:
        return len(self.open_orders(instrument))

    def open_of(self, strategy: str) -> list[Order]:
        return [order for order in self.orders if order.strategy == strategy and not order.is_done]

    def position_points(self, strategy: str, instrument: Instrument) -> int:
        return self.positions.get(instrument, 0)

    def account_points(self, instrument: Instrument) -> int:
        return self.positions.get(instrument, 0)

    def net_out(self, instrument: Instrument, buyer: str, seller: str, price_points: int, size_points: int) -> None:
        raise AssertionError("nobody has a ledger here")

    def moves(self) -> int:
        """Positions are set as a test likes: each look is another."""
        self.looks += 1
        return self.looks

    def free(self, strategy: str, asset: str) -> Decimal:
        return self.owned.get(asset, Decimal(0))

    def left_points(self, order: Order) -> int:
        return order.left_points

    def changes(self, order: Order) -> Sequence[Change]:
        return ()

    def lacks_fills(self, order: Order) -> bool:
        return False

    def is_freeing(self, strategy: str, asset: str) -> bool:
        return (strategy, asset) in self.freeing

    def settle(self, order: Order) -> None:
        """Nothing is counted here."""

    def is_changing(self, order: Order) -> bool:
        return False

    def rate(self, owned: str, asset: str) -> Decimal:
        return Decimal(1) if owned == asset else self.rates.get((owned, asset), Decimal(0))

    def is_priced(self, strategy: str, asset: str, instrument: Instrument | None = None) -> bool:
        return True

    def net(self, strategy: str, asset: str, instrument: Instrument | None = None) -> Decimal:
        return self.nets.get((strategy, instrument), Decimal(0))

    def pulse(self, instrument: Instrument) -> Pulse:
        return self.pulses.get(instrument, Pulse(FeedState.LIVE, NOON))

    def reserved(self, order: Order) -> Decimal:
        return self.reservations.get(order.client_order_id, Decimal(0))

    def has_booked(self, order: Order, fill: Fill) -> bool:
        return False

    def is_halted(self, strategy: str) -> bool:
        return False


def order_of(there: Instrument, id_: str = "o1", **facts: Any) -> Order:
    """A buy of 1.0000 at 100.00 of strategy `a`, made at noon."""
    facts = {"is_buy": True, "size_points": 10_000, "price_points": 10_000, **facts}
    return Order(**{"client_order_id": id_, "strategy": "a", "instrument": there, "ts_created_ns": NOON, **facts})


class NaiveVenue:
    """Counts every arrival there ever was, over every window that could be meant."""

    def __init__(self, rules: VenueRules) -> None:
        self.rules = rules
        self.arrivals: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def arrive(self, kind: RequestKind, orders: int, ts_ns: int) -> None:
        for cost in self.rules.costs[kind]:
            self.arrivals[cost.bucket].append((ts_ns, cost.of(orders)))

    def excesses(self) -> Iterator[tuple[str, int]]:
        for name, arrivals in self.arrivals.items():
            bucket = self.rules.bucket(name)
            for end_ns, _ in arrivals:
                since_ns = end_ns - bucket.window_ns
                if sum(units for ts_ns, units in arrivals if since_ns < ts_ns <= end_ns) > bucket.limit:
                    yield name, end_ns
