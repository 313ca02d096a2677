"""Orders as the venue keeps them."""

from __future__ import annotations

from framework.model.batch import BatchKind
from framework.model.latency import Fixed
from framework.model.orders import write
from framework.venues.sim.orders import VenueOrder
from tests.venues.sim.stage import MS, Stage, pair


def test_what_happens_to_our_record_on_the_way_does_not_reach_the_venue() -> None:
    stage = Stage(latency=Fixed(20 * MS))
    order = stage.order("a", "buy", 5, 99)
    stage.send(BatchKind.PLACE, [order])
    write(order, price_points=98, size_points=1)
    stage.wait(20)
    assert [(held.price_points, held.left_points) for held in stage.venue.open_orders()] == [(99, 5)]


def test_an_order_may_trade_at_its_limit_and_better() -> None:
    buy, sell = (VenueOrder("a", pair(), is_buy=is_buy, size_points=1, left_points=1) for is_buy in (True, False))
    assert all(order.is_market and order.allows(1) and order.allows(10**9) for order in (buy, sell))
    buy.price_points = sell.price_points = 100
    assert [buy.allows(price) for price in (99, 100, 101)] == [True, True, False]
    assert [sell.allows(price) for price in (99, 100, 101)] == [False, True, True]
