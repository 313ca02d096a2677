"""A fill as a strategy sees it: floats to reckon with, the exact one beside them."""

from __future__ import annotations

from decimal import Decimal

from framework.model import events
from framework.strategy.fill import Fill
from tests.wired import MS, Bench, Scripted, quote, spot


def test_points_become_floats_of_the_instrument() -> None:
    exact = events.Fill("t1", 6_180_050, 5_000, Decimal("0.00000001"), "BTC", is_maker=True)
    fill = Fill(spot(), exact)
    assert (fill.price, fill.size, fill.notional) == (61800.5, 0.5, 30900.25)
    assert (fill.fee, fill.fee_asset, fill.is_maker, fill.trade_id) == (1e-8, "BTC", True, "t1")
    assert {type(value) for value in (fill.price, fill.size, fill.notional, fill.fee)} == {float}
    assert fill.exact is exact


def test_on_fill_gets_it_with_the_orders_instrument() -> None:
    there = spot()
    bench = Bench({"a": Scripted()}, instruments=(there,))
    bench.play(quote(there, bench.now_ns + MS))
    order = bench.act("a", lambda s: s.buy(there, "1", price=100))
    bench.wait(20 * MS)
    bench.fill(order, 4_000)
    strategy = bench.seats["a"].strategy
    assert isinstance(strategy, Scripted)
    (fill,) = strategy.got("fill")
    assert (fill.price, fill.size, fill.instrument) == (100.0, 0.4, there)
