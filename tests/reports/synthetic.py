"""A made-up run, the same every time: fake ledgers, quotes that wander, fills, refusals, plots."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from framework.model.batch import Batch, BatchKind, Cleared, request_kind
from framework.model.events import FeedState, FeedStatus, Fill, OrderReport, Quote, ReportKind, Source
from framework.model.figures import Figures, Holding
from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.orders import Order, OrderState, write
from framework.reports.facts import RunFacts
from framework.reports.session import Session
from framework.reports.summary import Summary, summarise

SECOND_NS = 1_000_000_000
START_NS = 1_723_161_253_000_000_000  # 2024-08-08 23:54:13 UTC
BTC = Instrument("BTC/USDT", "bitget", 2, 6)
ETH = Instrument("ETH/USDT", "bitget", 2, 4)


class FakeLedgers:
    """Figures as set by the test."""

    def __init__(self, strategies: Sequence[str], equity_start: Mapping[str, Decimal] | None = None) -> None:
        self.strategies = tuple(strategies)
        self.start = dict(equity_start or dict.fromkeys(strategies, Decimal(3000)))
        self.price = dict.fromkeys(strategies, ZERO)
        self.spread = dict.fromkeys(strategies, ZERO)
        self.fees = dict.fromkeys(strategies, ZERO)
        self.funding = dict.fromkeys(strategies, ZERO)
        self.holdings: dict[str, list[Holding]] = {strategy: [] for strategy in strategies}
        self.idle = ZERO
        self.unassigned: list[Holding] = []

    def nobodys(self) -> Sequence[Holding]:
        return self.unassigned

    def figures(self, strategy: str, asset: str) -> Figures:
        price, spread, fees = self.price[strategy], self.spread[strategy], self.fees[strategy]
        funding = self.funding[strategy]
        net = price + spread - fees + funding
        start = self.start[strategy]
        return Figures(
            asset, start + net, start, net, price, spread, fees, net + fees - funding, ZERO,
            tuple(self.holdings[strategy]), funding,
        )  # fmt: skip

    def account(self, asset: str) -> Figures:
        parts = [self.figures(strategy, asset) for strategy in self.strategies]

        def total(name: str) -> Decimal:
            return sum((getattr(part, name) for part in parts), ZERO)

        holdings = tuple(holding for part in parts for holding in part.holdings)
        names = ("net", "price", "spread", "fees", "realised", "unrealised", "funding")
        sums = {name: total(name) for name in names}
        return Figures(
            asset=asset,
            equity=total("equity") + self.idle,
            equity_start=total("equity_start") + self.idle,
            holdings=holdings,
            **sums,
        )


def facts(**changes: object) -> RunFacts:
    """Facts of the made-up run."""
    values: dict[str, object] = {
        "run_id": "1f3a9c02",
        "tape": "Binance tape 2024-08-08",
        "rules": "Bitget spot rules",
        "rules_as_of": "2026-07-01",
        "fill_model": "queue fills",
        "latency": "20-60 ms",
        "fees": "maker 0.1 %, taker 0.1 %",
        "speed": "10",
        "seed": 7,
        "ts_start_ns": START_NS,
        "ts_end_ns": START_NS + 651 * SECOND_NS,
        "instruments": (BTC, ETH),
        "balances": {"USDT": Decimal(10000), "BTC": Decimal("0.02"), "ETH": Decimal("0.4")},
        "currency": "USDT",
        "journal": "var/runs/1f3a9c02/journal.bin",
        "strategies": {"mm": "market_maker, capital 6,000 USDT", "sma": "sma_cross, capital 3,000 USDT"},
        "has_samples_only": True,
        "assumptions": ("Our own orders do not move the tape's market.",),
        "versions": {"framework": "0.1.0", "python": "3.11.7"},
        "command": "python3 run.py replay var/runs/1f3a9c02",
    }
    return RunFacts(**{**values, **changes})


class Run:
    """A session with a hand on everything that feeds it."""

    def __init__(self, names: Sequence[str] = ("mm", "sma", "grid", "rebalance"), **changes: object) -> None:
        self.facts = facts(**changes)
        self.ledgers = FakeLedgers(names)
        self.quotes: dict[Instrument, Quote] = {}
        self.session = Session(self.facts, self.ledgers, self.quotes.get, since_start_s=lambda: 1.25)
        self.now_ns = self.facts.ts_start_ns
        self._count = 0

    def quote(self, instrument: Instrument, mid: float, spread: float = 0.02) -> None:
        scale = instrument.price_scale
        bid, ask = round((mid - spread / 2) * scale), round((mid + spread / 2) * scale)
        self.quotes[instrument] = Quote(instrument, self.now_ns, bid, 100_000, ask, 100_000)
        self.session.events += 1

    def order(self, strategy: str, instrument: Instrument = BTC, **values: object) -> Order:
        self._count += 1
        defaults: dict[str, object] = {"is_buy": True, "size_points": 1600, "price_points": 6_164_820}
        return Order(
            client_order_id=f"{strategy}-{self._count}",
            strategy=strategy,
            instrument=instrument,
            ts_created_ns=self.now_ns,
            **{**defaults, **values},
        )

    def send(self, *orders: Order, kind: BatchKind = BatchKind.PLACE) -> None:
        self._count += 1
        batch = Batch(self._count, "bitget", "paper", orders[0].instrument, request_kind(kind, len(orders)), orders)
        if kind is BatchKind.PLACE:
            for order in orders:
                write(order, state=OrderState.OPEN)
        self.session.sent(Cleared(batch, self.now_ns))

    def fill(
        self,
        order: Order,
        size_points: int | None = None,
        *,
        is_maker: bool = True,
        price_points: int | None = None,
        is_inside: bool = False,
    ) -> None:
        size = order.left_points if size_points is None else size_points
        price = price_points or order.price_points
        notional = order.notional + order.instrument.notional(price, size)
        write(order, filled_points=order.filled_points + size, notional=notional, fills=order.fills + 1)
        if order.filled_points >= order.size_points:
            write(order, state=OrderState.FILLED)
        fee = Decimal(0) if is_inside else order.instrument.notional(price, size) / 1000
        self._count += 1
        fill = Fill(f"t{self._count}", price, size, fee, "USDT", is_maker)
        source = Source.ROUTER if is_inside else Source.VENUE
        self.session.reported(order, self.report(order, ReportKind.FILLED, source, fill=fill))
        self.ledgers.fees[order.strategy] += fee

    def report(self, order: Order, kind: ReportKind, source: Source = Source.VENUE, **values: object) -> OrderReport:
        source = Source.ROUTER if kind is ReportKind.REFUSED else source
        return OrderReport(order.client_order_id, self.now_ns, kind, source, **values)

    def end(self, order: Order, kind: ReportKind, reason: str = "", detail: str = "") -> None:
        write(order, state=OrderState(kind.value), reason=reason, detail=detail)
        self.session.reported(order, self.report(order, kind, reason=reason, detail=detail))

    def feed(self, state: FeedState, detail: str = "", instrument: Instrument = BTC) -> None:
        self.session.fed(FeedStatus(instrument, self.now_ns, state, detail))


def full_run(seconds: int = 651) -> Run:
    """The made-up run of a tape of 651 s, from the first quote until so many seconds later."""
    run = Run()
    chance = random.Random(7)
    run.feed(FeedState.LIVE)
    resting: list[Order] = []
    btc = 61_600.0
    for second in range(seconds + 1):
        run.now_ns = START_NS + second * SECOND_NS
        btc += chance.gauss(0, 2.2) + 14 * math.cos(second / 47) / 12
        eth = 2_650 + (btc - 61_600) / 21 + chance.gauss(0, 0.2)
        run.quote(BTC, btc)
        run.quote(ETH, eth)
        run.session.events += 37
        step(run, chance, resting, second, btc, eth)
        run.session.sample(run.now_ns)
    run.session.close(run.now_ns)
    return run


def step(run: Run, chance: random.Random, resting: list[Order], second: int, btc: float, eth: float) -> None:
    """One second of the made-up run."""
    if second % 5 == 0:
        requote(run, resting, btc, eth)
        run.session.plotted("sma", "fast mean", run.now_ns, btc - 3 * math.sin(second / 20))
        run.session.plotted("sma", "slow mean", run.now_ns, btc - 9 * math.sin(second / 20))
        run.session.plotted("mm", "skew, bps", run.now_ns, 2 * math.sin(second / 31))
    if resting and chance.random() < 0.1:
        run.fill(resting.pop(chance.randrange(len(resting))))
        run.ledgers.spread["mm"] += Decimal("0.05")
    if second % 97 == 96:
        order = run.order("sma", is_buy=second % 2 == 0, price_points=0)
        run.send(order)
        run.fill(order, is_maker=False, price_points=round(btc * 100) + (1 if order.is_buy else -1))
        run.ledgers.spread["sma"] -= Decimal("0.00002")
    trouble(run, second, eth)
    run.ledgers.price["mm"] = Decimal(str(round(math.sin(second / 70) * 4, 4)))
    run.ledgers.price["sma"] = Decimal(str(round((btc - 61_600) * 0.02, 4)))
    run.ledgers.price["rebalance"] = Decimal(str(round((btc - 61_600) * 0.005, 4)))
    run.ledgers.holdings["mm"] = [
        Holding(BTC, 1200, Decimal(61600), ZERO, ZERO),
        Holding(ETH, -3500, Decimal(2650), ZERO, ZERO),
    ]
    run.ledgers.holdings["sma"] = [Holding(BTC, 3200, Decimal(61600), ZERO, ZERO)]


def requote(run: Run, resting: list[Order], btc: float, eth: float) -> None:
    """Take the market maker's orders back and send new ones, four to a request."""
    if resting:
        run.send(*resting, kind=BatchKind.CANCEL)
        for order in resting:
            run.end(order, ReportKind.CANCELLED)
        resting.clear()
    for instrument, mid in ((BTC, btc), (ETH, eth)):
        points = round(mid * 100)
        bids = [run.order("mm", instrument, price_points=points - 300 * (n + 1)) for n in range(2)]
        asks = [run.order("mm", instrument, is_buy=False, price_points=points + 300 * (n + 1)) for n in range(2)]
        run.send(*bids, *asks)
        resting.extend((*bids, *asks))


def trouble(run: Run, second: int, eth: float) -> None:
    """What goes wrong, and when."""
    if second in (120, 340):
        order = run.order("mm", size_points=7)
        run.end(order, ReportKind.REFUSED, "min_notional", "min notional 1 USDT, order 0.42")
    if second == 200:
        order = run.order("grid", ETH, price_points=round(eth * 100))
        run.send(order)
        run.end(order, ReportKind.EXPIRED, "post_only_would_take", "buy at 2,650.00, best ask 2,649.99")
    if second == 355:
        run.session.quarantined("grid", run.now_ns, "on_quote raised ZeroDivisionError: division by zero")
    if second == 300:
        run.feed(FeedState.GAP, "3 updates are missing")
        run.feed(FeedState.LIVE)


def summary_of(run: Run, **changes: Any) -> Summary:
    """The summary of a run that ends now."""
    run.session.close(max(run.now_ns, run.session.ts_now_ns))
    values: dict[str, Any] = {"duration_s": 66.0, "stopped_by": "end of tape", "ledger_difference": {}}
    values |= {"journal_sha256": "ab" * 32, "report": "var/runs/1f3a9c02/report.html"}
    return summarise(run.session, **{**values, **changes})
