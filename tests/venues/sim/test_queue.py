"""Places in the queue: displayed size ahead, and when it may fall."""

from __future__ import annotations

import random

import pytest

from framework.venues.sim.orders import AHEAD_UNKNOWN, VenueOrder
from framework.venues.sim.queue import NO_ASK, NO_BID, SETTLED_NS, Queue
from tests.venues.sim.stage import pair


def order(name: str, price: int, *, is_buy: bool = True) -> VenueOrder:
    made = VenueOrder(name, pair(), is_buy=is_buy, size_points=1, left_points=1)
    made.price_points = price
    return made


def test_prices_come_best_first_and_the_best_is_known() -> None:
    buys, sells = Queue(is_buy=True), Queue(is_buy=False)
    assert (buys.best_points, sells.best_points) == (NO_BID, NO_ASK)
    for price in (98, 100, 99):
        buys.add(order("b", price), 0, 0)
        sells.add(order("s", price, is_buy=False), 0, 0)
    assert (buys.prices(), buys.best_points) == ([100, 99, 98], 100)
    assert (sells.prices(), sells.best_points) == ([98, 99, 100], 98)
    assert (buys.resting, sells.resting) == (3, 3)


@pytest.mark.parametrize("is_buy", [True, False])
def test_count_and_best_price_follow_every_order_that_comes_or_goes(is_buy: bool) -> None:
    queue, held, chance = Queue(is_buy=is_buy), [], random.Random(1)
    for number in range(300):
        if held and chance.random() < 0.5:
            queue.remove(held.pop(chance.randrange(len(held))))
        else:
            held.append(order(str(number), chance.randint(97, 103), is_buy=is_buy))
            queue.add(held[-1], 0, 0)
        prices = [each.price_points for each in held]
        best = max(prices, default=NO_BID) if is_buy else min(prices, default=NO_ASK)
        assert (queue.resting, queue.best_points) == (len(held), best)


def test_an_empty_line_is_gone() -> None:
    buys = Queue(is_buy=True)
    held = order("a", 99)
    buys.add(held, 0, 0)
    buys.remove(held)
    assert (buys.lines, buys.best_points) == ({}, NO_BID)


def test_a_trade_reaches_our_price_from_the_other_side() -> None:
    assert [Queue(is_buy=True).reaches(100, at) for at in (99, 100, 101)] == [True, True, False]
    assert [Queue(is_buy=False).reaches(100, at) for at in (99, 100, 101)] == [False, True, True]


def test_what_is_not_displayed_is_unknown_and_all_ahead() -> None:
    buys = Queue(is_buy=True)
    held = order("a", 99)
    buys.add(held, None, 0)
    assert held.ahead_points == AHEAD_UNKNOWN
    buys.lines[99].see(7, 0)
    buys.lines[99].settle(SETTLED_NS)
    assert held.ahead_points == 7


def test_a_displayed_size_counts_once_it_is_old_enough_and_never_lengthens() -> None:
    buys = Queue(is_buy=True)
    held = order("a", 99)
    buys.add(held, 10, 0)
    line = buys.lines[99]
    line.see(4, 0)
    line.see(20, 1)
    line.settle(SETTLED_NS - 1)
    assert held.ahead_points == 10
    line.settle(SETTLED_NS)
    assert held.ahead_points == 4
    line.settle(SETTLED_NS + 1)
    assert held.ahead_points == 4


def test_what_was_displayed_before_an_order_came_says_nothing_of_it() -> None:
    buys = Queue(is_buy=True)
    first, second = order("a", 99), order("b", 99)
    buys.add(first, 10, 0)
    buys.lines[99].see(2, 0)
    buys.add(second, 10, 0)
    buys.lines[99].settle(SETTLED_NS)
    assert (first.ahead_points, second.ahead_points) == (2, 10)


def test_what_is_ahead_never_falls_along_the_line() -> None:
    buys = Queue(is_buy=True)
    first, second = order("a", 99), order("b", 99)
    buys.add(first, 10, 0)
    buys.add(second, 3, 0)
    assert second.ahead_points == 10


def test_at_a_seam_only_what_is_settled_still_counts() -> None:
    buys = Queue(is_buy=True)
    held = order("a", 99)
    buys.add(held, 10, 0)
    buys.lines[99].see(4, 0)
    buys.lines[99].seen.append((1, 1, 2))
    buys.forget_seen(SETTLED_NS)
    buys.lines[99].settle(10 * SETTLED_NS)
    assert held.ahead_points == 4
