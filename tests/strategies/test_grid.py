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
    t.advance("5s")
    return t


def prices(t: Trial) -> tuple[list[float | None], list[float | None]]:
    return [order.price for order in t.orders.bids], [order.price for order in t.orders.asks]


def test_buys_rest_below_the_first_price_and_sells_above() -> None:
    assert prices(grid()) == ([59940.0, 59880.0], [60060.0, 60120.0])


def test_the_grid_is_one_request() -> None:
    assert len(grid().requests) == 1


def test_a_buy_that_fills_is_followed_by_a_sell_one_step_up() -> None:
    t = grid()
    t.fill(t.orders.bids[0])
    assert prices(t) == ([59880.0], [60000.0, 60060.0, 60120.0])
    t.quote(BTC, 59880, 59882)
    t.fill(t.orders.bids[0])
    assert prices(t) == ([], [59940.0, 60000.0, 60060.0, 60120.0])


def test_a_sell_that_fills_is_followed_by_a_buy_one_step_down() -> None:
    t = grid()
    t.fill(t.orders.asks[0])
    assert prices(t) == ([60000.0, 59940.0, 59880.0], [60120.0])


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
    t.quote(BTC, 60050, 60051)
    t.advance("5s")
    assert prices(t) == before
    t.restart()
    t.quote(BTC, 60050, 60051)
    t.advance("5s")
    assert prices(t) == before
    t.fill(t.orders.bids[0])
    assert prices(t)[1] == [60060.0, 60120.0], "a sell at 60000 would trade at once"
    t.quote(BTC, 59960, 59961)
    t.advance("5s")
    assert prices(t)[1] == [60000.0, 60060.0, 60120.0]


def test_a_refused_grid_is_laid_around_the_price_at_which_it_is_taken() -> None:
    t = trial(Grid(levels=1, step_bps=10.0, notional=60.0), balances={"USDT": "1000", "BTC": "0.02"})
    t.quote(BTC, 59999, 60001)
    for _ in range(2):
        t.refuse_next("busy")
    t.advance("5s")
    assert prices(t) == ([], [])
    t.quote(BTC, 60999, 61001)
    t.advance("5s")
    assert prices(t) == ([60939.0], [61061.0])


def test_what_is_swept_comes_back_where_it_was() -> None:
    t = grid()
    t.fill(t.orders.bids[0])
    before = prices(t)
    t.advance("5s")
    for order in t.orders:
        t.cancelled(order, "swept")
    assert prices(t) == ([], [])
    t.advance("5s")
    assert prices(t) == before


def test_one_that_the_market_is_about_to_fill_is_left_where_it_is() -> None:
    t = grid()
    before = t.orders
    t.quote(BTC, 59899, 59901)
    t.advance("5s")
    assert t.orders == before


def test_no_more_is_offered_than_what_it_holds() -> None:
    t = trial(Grid(levels=3, step_bps=10.0, notional=60.0), balances={"USDT": "1000", "BTC": "0.0021"})
    t.quote(BTC, 59999, 60001)
    t.advance("5s")
    assert prices(t)[1] == [60060.0, 60120.0]
    assert [report.reason for _, report in t.reports if report.reason] == []


@pytest.mark.parametrize("levels", [0, LEVELS_MAX + 1])
def test_a_grid_without_levels_or_with_too_many_is_refused(levels: int) -> None:
    with pytest.raises(PluginError, match=f"levels: expected 1 to {LEVELS_MAX}, found {levels}"):
        trial(Grid(levels=levels), balances={"USDT": "1000", "BTC": "0.02"})


@pytest.mark.parametrize("step_bps", [0.0, -1.0, 2_000.0])
def test_steps_that_lead_nowhere_are_refused(step_bps: float) -> None:
    with pytest.raises(PluginError, match="step_bps: expected above 0, and below 10000 over all levels"):
        trial(Grid(levels=5, step_bps=step_bps), balances={"USDT": "1000", "BTC": "0.02"})
