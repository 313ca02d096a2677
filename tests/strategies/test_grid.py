"""Where the grid rests, and what follows a fill."""

from __future__ import annotations

import pytest

from framework import trial
from framework.model.errors import PluginError
from framework.testing import Trial
from strategies.grid import LEVELS_MAX, Grid

BTC = "BTC/USDT@bitget"


def grid() -> Trial:
    t = trial(Grid(levels=2, step_bps=10.0, notional=60.0), balances={"USDT": "1000", "BTC": "0.02"})
    t.quote(BTC, 59999, 60001)
    return t


def prices(t: Trial) -> tuple[list[float | None], list[float | None]]:
    return [order.price for order in t.orders.bids], [order.price for order in t.orders.asks]


def test_buys_rest_below_the_first_price_and_sells_above() -> None:
    assert prices(grid()) == ([59940.0, 59880.0], [60060.0, 60120.0])


def test_the_grid_is_one_request() -> None:
    assert len(grid().requests) == 1


def test_a_buy_that_fills_is_followed_by_a_sell_one_step_up() -> None:
    t = grid()
    t.fill(t.orders.bids[1])  # the farther one, level -2
    assert prices(t) == ([59940.0], [59940.0, 60060.0, 60120.0])


def test_a_sell_that_fills_is_followed_by_a_buy_one_step_down() -> None:
    t = grid()
    t.fill(t.orders.asks[1])
    assert prices(t) == ([60060.0, 59940.0, 59880.0], [60060.0])


def test_a_partial_fill_waits_for_the_rest() -> None:
    t = grid()
    bid = t.orders.bids[0]
    t.fill(bid, "0.0005")
    assert len(t.orders) == 4
    t.fill(bid)
    assert len(t.orders) == 4
    assert bid not in t.orders
    assert len(t.orders.asks) == 3


def test_the_grid_stays_where_it_was_over_quotes_and_restarts() -> None:
    t = grid()
    before = prices(t)
    t.quote(BTC, 61000, 61001)
    assert prices(t) == before
    t.restart()
    t.quote(BTC, 61000, 61001)
    assert prices(t) == before
    t.fill(t.orders.bids[0])
    assert prices(t)[1] == [60000.0, 60060.0, 60120.0], "the level is known from the order's tag"


@pytest.mark.parametrize("levels", [0, LEVELS_MAX + 1])
def test_a_grid_without_levels_or_with_too_many_is_refused(levels: int) -> None:
    with pytest.raises(PluginError, match=f"levels: expected 1 to {LEVELS_MAX}, found {levels}"):
        trial(Grid(levels=levels), balances={"USDT": "1000", "BTC": "0.02"})
