"""What a target leaves is told once to those who look, and sent by nobody."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from tests.router.scene import BTC, bench
from tests.wired import Bench

Told = list[tuple[str, Any, int]]


def told(made: Bench) -> Told:
    heard: Told = []
    nothing = SimpleNamespace(
        reported=lambda *_: None,
        sent=lambda *_: None,
        fed=lambda *_: None,
        plotted=lambda *_: None,
        quarantined=lambda *_: None,
        left_dust=lambda strategy, instrument, ts_ns, points: heard.append((strategy, instrument, points)),
    )
    made.core.listeners.append(nothing)  # type: ignore[arg-type]  # only some of a listener is asked here
    return heard


def test_what_no_order_can_carry_is_told_when_the_order_is_done_and_not_again() -> None:
    made = bench(capital="1000 USDT,1.0005 BTC")
    heard = told(made)
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    (order,) = made.core.engine.desk.open_of("a")
    made.fill(order, 5_000)
    assert heard == [], "an order of it is still open"
    made.fill(order)
    assert heard == [("a", BTC, -5)], "five points too many, and a lot is ten"
    for _ in range(3):
        made.act("a", lambda strategy: strategy.target(BTC, 0))
    assert len(heard) == 1
    assert len(made.port.sent) == 1


def test_a_rest_that_grows_to_what_an_order_carries_is_dust_no_longer() -> None:
    made = bench(capital="1000000 USDT")
    heard = told(made)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    made.fill(made.core.engine.desk.open_of("a")[0], fee=Decimal("0.0005"), fee_asset="BTC")
    assert heard == [("a", BTC, 5)], "the fee was taken in BTC"
    made.act("a", lambda strategy: strategy.target(BTC, "2"))
    made.fill(made.core.engine.desk.open_of("a")[0], fee=Decimal("0.06"), fee_asset="BTC")
    assert heard == [("a", BTC, 5), ("a", BTC, 0)]


def test_a_target_that_is_reached_leaves_nothing() -> None:
    made = bench(capital="1000000 USDT")
    heard = told(made)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    made.fill(made.core.engine.desk.open_of("a")[0])
    made.act("a", lambda strategy: strategy.buy(BTC, "1"))
    made.fill(made.core.engine.desk.open_of("a")[0])
    assert heard == []
