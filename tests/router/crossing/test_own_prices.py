"""The best of our own prices: against a scan of every order there is."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from framework.model.orders import Order
from framework.router.crossing.own_prices import MARKET_KEY, OwnPrices, reach_of
from tests.wired import order_of, spot

BTC = spot()


def made(id_: str, price: int, *, is_buy: bool, post_only: bool = False) -> Order:
    return order_of(BTC, id_, price_points=price, is_buy=is_buy, post_only=post_only)


def key(order: Order) -> int:
    return reach_of(order.price_points, is_buy=order.is_buy)


def can_trade(one: Order, other: Order) -> bool:
    """What any venue does, said slowly."""
    if one.is_buy == other.is_buy or (one.post_only and other.post_only):
        return False
    buy, sell = (one, other) if one.is_buy else (other, one)
    return not buy.price_points or not sell.price_points or buy.price_points >= sell.price_points


ORDERS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 6), st.integers(0, 7)), max_size=40)


@given(ORDERS, st.tuples(st.booleans(), st.booleans(), st.integers(0, 6)))
def test_an_order_is_found_against_exactly_when_one_could_trade_with_it(
    steps: list[tuple[bool, bool, int, int]], asked: tuple[bool, bool, int]
) -> None:
    prices, standing, ids = OwnPrices(), [], count()
    for is_buy, post_only, price, drops in steps:
        order = made(str(next(ids)), price, is_buy=is_buy, post_only=post_only and price > 0)
        prices.put(order, key(order))
        standing.append(order)
        if drops < len(standing):
            prices.drop(standing.pop(drops))
    one = made("asked", asked[2], is_buy=asked[0], post_only=asked[1] and asked[2] > 0)
    meets = [order for order in standing if can_trade(one, order)]
    best = prices.against(one, key(one))
    assert (best is not None) == bool(meets)
    if best is not None:
        assert best.key == min(map(key, meets))
        assert best.client_order_id in {order.client_order_id for order in meets}


def test_an_order_at_the_market_reaches_everything() -> None:
    assert reach_of(0, is_buy=True) == reach_of(0, is_buy=False) == MARKET_KEY
    assert MARKET_KEY + reach_of(10**15, is_buy=False) < 0


def test_only_the_going_of_a_best_price_may_free_somebody() -> None:
    prices = OwnPrices()
    near, far, same = (made(id_, price, is_buy=False) for id_, price in (("a", 101), ("b", 105), ("c", 101)))
    for order in (near, far, same):
        prices.put(order, key(order))
    assert not prices.drop(far)
    assert not prices.drop(near)
    assert prices.drop(same)
    assert not prices.drop(same)


def test_an_order_that_moves_stands_once() -> None:
    prices, mover, sell = OwnPrices(), made("mover", 100, is_buy=True), made("sell", 101, is_buy=False)
    for price in (100, 105, 99):
        prices.put(mover, -price)
    assert prices.against(sell, 99) == (-99, "mover")
    assert prices.against(sell, 100) is None
    assert prices.drop(mover)
    assert prices.against(sell, 1) is None
