"""A simulated venue alone on a stage: time that stands until told, a heap, and a list of what it answered."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from framework.kernel.topic import topics_for
from framework.model.batch import Batch, BatchKind, Change, Cleared, RequestKind, request_kind
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Level, OrderReport, Quote, ReportKind, Trade
from framework.model.instrument import Instrument
from framework.model.latency import Fixed, Latency
from framework.model.orders import Order, TimeInForce
from framework.model.request_answer import RequestAnswer
from framework.model.rules import Bucket, Cost, CountedBy, SelfTrade, VenueRules
from framework.venues.sim.venue import SimVenue

MS = 1_000_000
SECOND = 1000 * MS
START = 1_700_000_000 * SECOND


def rules(
    *,
    limit: int = 10**9,
    window_ns: int = SECOND,
    is_fixed: bool = False,
    orders_per_unit: int = 0,
    batch_max: int = 50,
) -> VenueRules:
    """A venue that counts every request in one bucket."""
    cost = (Cost("all", orders_per_unit=orders_per_unit),)
    return VenueRules(
        name="stage",
        title="A stage",
        venue="stage",
        as_of="2026-11-21",
        buckets=(Bucket("all", limit, window_ns, CountedBy.UID, "made up", is_fixed),),
        costs=dict.fromkeys(RequestKind, cost),
        batch_max=dict.fromkeys(BatchKind, batch_max),
        markets=(),
        self_trade=SelfTrade.NONE,
        source="made up",
    )


def pair(symbol: str = "BTC/USDT", **facts: Any) -> Instrument:
    """A pair whose points are whole units, so that tests read as they calculate: price 100, size 5."""
    return Instrument(symbol, "stage", price_digits=0, size_digits=0, **facts)


class Stage:
    """Commands in, reports out."""

    def __init__(
        self,
        instrument: Instrument | None = None,
        *,
        venue_rules: VenueRules | None = None,
        balances: dict[str, Any] | None = None,
        latency: Latency | None = None,
        seed: int = 1,
        **options: Any,
    ) -> None:
        self.instrument = instrument or pair()
        self.now_ns = START
        self.reports: list[OrderReport] = []
        self.answers: list[RequestAnswer] = []
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._count = 0
        self.topics = topics_for([self.instrument])
        funds: dict[str, Any] = {"BTC": 1000, "USDT": 1_000_000} if balances is None else balances
        self.venue = SimVenue(
            venue_rules or rules(),
            [self.instrument],
            {asset: Decimal(amount) for asset, amount in funds.items()},
            self,
            self,
            self,
            latency or Fixed(0),
            random.Random(seed),
            topics=self.topics,
            **options,
        )

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        """A schedule."""
        assert ts_ns >= self.now_ns
        self._count += 1
        heapq.heappush(self._heap, (ts_ns, priority, self._count, action))

    def report(self, report: OrderReport) -> None:
        """A sink."""
        assert report.ts_recv_ns == self.now_ns
        self.reports.append(report)

    def answered(self, answer: RequestAnswer) -> None:
        """A sink."""
        self.answers.append(answer)

    def wait(self, ms: float = 0) -> None:
        """Let time pass and do what is due."""
        until = self.now_ns + int(ms * MS)
        while self._heap and self._heap[0][0] <= until:
            self.now_ns, _, _, action = heapq.heappop(self._heap)
            action()
        self.now_ns = until

    def quote(self, bid: int, bid_size: int, ask: int, ask_size: int) -> None:
        """Best prices."""
        self.venue.observe(Quote(self.instrument, self.now_ns, bid, bid_size, ask, ask_size))

    def depth(self, bids: list[Level], asks: list[Level], *, is_snapshot: bool = True) -> None:
        """A book."""
        self.venue.observe(Depth(self.instrument, self.now_ns, tuple(bids), tuple(asks), is_snapshot))

    def trade(self, side: str, price: int, size: int) -> None:
        """A public trade; the side is the aggressor's."""
        self.venue.observe(Trade(self.instrument, self.now_ns, price, size, side == "buy"))

    def bar(self, low: int, high: int, volume: int) -> None:
        """A closed minute."""
        open_ns = self.now_ns - 60 * SECOND
        self.venue.observe(Bar(self.instrument, self.now_ns, open_ns, "1m", low, high, low, high, volume))

    def seam(self) -> None:
        """A looped tape begins again."""
        self.venue.observe(FeedStatus(self.instrument, self.now_ns, FeedState.SEAM))

    def order(self, name: str, side: str, size: int, price: int = 0, **flags: Any) -> Order:
        """An order that is not sent yet."""
        return Order(
            client_order_id=name,
            strategy="test",
            instrument=self.instrument,
            is_buy=side == "buy",
            size_points=size,
            price_points=price,
            tif=TimeInForce(flags.pop("tif", "gtc")),
            **flags,
        )

    def send(
        self,
        kind: BatchKind,
        orders: list[Order],
        changes: tuple[Change, ...] = (),
        form: RequestKind | None = None,
    ) -> None:
        """Send a request without waiting for its arrival."""
        request = form or request_kind(kind, len(orders))
        batch = Batch(1, "stage", "main", self.instrument, request, tuple(orders), changes)
        self.venue.send(Cleared(batch, self.now_ns))

    def place(self, name: str, side: str, size: int, price: int = 0, **flags: Any) -> Order:
        """Place one order, at once."""
        order = self.order(name, side, size, price, **flags)
        self.send(BatchKind.PLACE, [order])
        self.wait()
        return order

    def cancel(self, name: str) -> None:
        """Cancel one order, at once."""
        self.send(BatchKind.CANCEL, [self.order(name, "buy", 1)])
        self.wait()

    def amend(self, name: str, price: int, size: int) -> None:
        """Amend one order, at once."""
        self.send(BatchKind.AMEND, [self.order(name, "buy", 1)], (Change(price, size),))
        self.wait()

    def told(self, name: str | None = None) -> list[str]:
        """What was answered (of one order), in short words: `filled 5 at 100 maker`, `expired no_liquidity`."""
        return [words(report) for report in self.reports if name in (None, report.client_order_id)]

    def filled(self, name: str) -> int:
        """How much of an order filled."""
        return sum(r.fill.size_points for r in self.reports if r.client_order_id == name and r.fill is not None)

    def free(self, asset: str) -> Decimal:
        """Free balance."""
        return self.venue.balances()[asset][0]

    def locked(self, asset: str) -> Decimal:
        """Locked balance."""
        return self.venue.balances()[asset][1]


def words(report: OrderReport) -> str:
    """A report in short words."""
    if report.fill is not None:
        role = "maker" if report.fill.is_maker else "taker"
        return f"filled {report.fill.size_points} at {report.fill.price_points} {role}"
    if report.kind is ReportKind.AMENDED:
        return f"amended {report.size_points} at {report.price_points}"
    return f"{report.kind.value} {report.reason}".strip()


FINE = Instrument(
    "BTC/USDT",
    "stage",
    price_digits=2,
    size_digits=4,
    tick_points=10,
    lot_points=5,
    size_min_points=10,
    size_max_points=1_000_000,
    notional_min=Decimal(5),
    price_band=Decimal("0.05"),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.002"),
    open_orders_max=2,
)


def fine(**options: Any) -> Stage:
    """A pair with every filter: tick 0.10, lot 0.0005, quote 99.90 to 100.10."""
    stage = Stage(FINE, **options)
    stage.quote(9990, 100_000, 10010, 100_000)
    return stage
