"""One strategy, or two, before a wired router: quotes of BTC at 100 to 101."""

from __future__ import annotations

from typing import Any

from framework.model.events import ReportKind
from framework.model.orders import Order
from tests.wired import LATENCY, NOON, Bench, Scripted, quote, spot

BTC, ETH = spot(lot_points=10), spot("ETH/USDT")
REFUSED, ACCEPTED = ReportKind.REFUSED, ReportKind.ACCEPTED
CASH = "0 USDT,2 BTC"


def bench(strategy: Scripted | None = None, capital: str = "1000000 USDT,100 BTC", **more: Any) -> Bench:
    """One strategy `a`, quotes of BTC at 100 to 101."""
    made = Bench({"a": strategy or Scripted()}, instruments=(BTC, ETH), capital={"a": capital}, **more)
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 1))
    return made


def seen(made: Bench) -> Scripted:
    strategy = made.seats["a"].strategy
    assert isinstance(strategy, Scripted)
    return strategy


def rest(made: Bench, price: str = "100", size: str = "1", **more: Any) -> Order:
    """An order that rests at the venue."""
    order: Order = made.act("a", lambda strategy: strategy.buy(BTC, size, price=price, **more))
    made.wait(2 * LATENCY)
    assert order.is_open
    return order


def duo() -> Bench:
    """Strategies `a` and `b`, and a quote."""
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,))
    made.play(quote(BTC, NOON + 1))
    return made
