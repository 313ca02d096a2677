"""A strategy on a seat without an engine, for the tests of the base class and of what its verbs leave."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from framework.engine.blotter import refuse
from framework.kernel.logging import get_logger
from framework.model.events import Level, Quote
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.orders import Order
from framework.strategy.base import Strategy

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6, lot_points=10)
ETH = Instrument(symbol="ETH/USDT", venue="bitget", price_digits=2, size_digits=4)
FINE = Instrument(symbol="A/USDT", venue="bitget", price_digits=8, size_digits=8)
NOW_NS = 1_723_161_600_123_456_789


class Book:
    instrument = BTC
    is_valid = True

    def bids(self, levels: int = 20) -> list[tuple[float, float]]:
        return [(0.01, 0.000001)][:levels]

    def asks(self, levels: int = 20) -> list[tuple[float, float]]:
        return [(0.02, 0.000001)][:levels]

    def bid_points(self, levels: int = 20) -> list[Level]:
        return [(1, 1)][:levels]

    def ask_points(self, levels: int = 20) -> list[Level]:
        return [(2, 1)][:levels]


class FakeContext:
    """A seat without an engine."""

    def __init__(self, strategy: Strategy) -> None:
        self.name = "mm"
        self.random = random.Random(1)
        self.log: Any = get_logger(strategy="mm")
        self.is_muted = False
        self.now_ns = NOW_NS
        self.known = {there.id: there for there in (BTC, ETH, FINE)}
        self.quotes: dict[Instrument, Quote] = {}
        self.open: list[Order] = []
        self.outbox: list[Intent] = []
        self.asked: list[Any] = []
        self.made = 0
        strategy._context = self

    def instrument(self, id_or_instrument: str | Instrument) -> Instrument:
        return id_or_instrument if isinstance(id_or_instrument, Instrument) else self.known[id_or_instrument]

    def subscribe(self, kind: str, instrument: Instrument) -> None:
        self.asked.append((kind, instrument))

    def subscribe_bars(self, instrument: Instrument, timeframe: str, warmup: int | None) -> None:
        self.asked.append((instrument, timeframe, warmup))

    def new_order(self, instrument: Instrument, *, is_buy: bool) -> Order:
        self.made += 1
        order = Order(
            client_order_id=f"id-{self.made}",
            strategy=self.name,
            instrument=instrument,
            is_buy=is_buy,
            size_points=0,
            ts_created_ns=self.now_ns,
        )
        if self.is_muted:
            refuse(order, "muted")
        return order

    def emit(self, intent: Intent) -> None:
        self.outbox.append(intent)

    def position_points(self, instrument: Instrument) -> int:
        return 1_500_000

    def cash(self, asset: str) -> Decimal:
        return Decimal(7)

    def free(self, asset: str) -> Decimal:
        return Decimal("12.5")

    def equity(self, asset: str) -> float:
        return 100.0

    def quote(self, instrument: Instrument) -> Quote | None:
        return self.quotes.get(instrument)

    def book(self, instrument: Instrument) -> Book | None:
        return Book() if instrument is BTC else None

    def orders(self, instrument: Instrument | None, tag: str | None) -> list[Order]:
        return [
            order
            for order in self.open
            if (instrument is None or order.instrument is instrument) and (tag is None or order.tag == tag)
        ]

    def plot(self, name: str, value: float) -> None:
        self.asked.append((name, value))

    def offload(self, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]) -> None:
        then(function(*args))

    def halt(self, reason: str) -> None:
        self.asked.append(("halt", reason))


class Bot(Strategy):
    """Does what a test tells it."""


def outbox(bot: Strategy) -> list[Intent]:
    assert isinstance(bot._context, FakeContext)
    return bot._context.outbox


def fake(bot: Strategy) -> FakeContext:
    assert isinstance(bot._context, FakeContext)
    return bot._context
