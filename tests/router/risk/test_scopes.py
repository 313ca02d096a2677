"""A scope adds up what its strategies hold and what their open orders would add."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.config.limits import OwnerLimits
from framework.model.money import Amount
from framework.router.risk.scopes import LimitScope, Loss, Stake
from tests.router.risk.judged import BTC, ETH, desk_of, scope_of

POINTS = st.integers(0, 1_000)


@given(st.integers(-1_000, 1_000), POINTS, POINTS, st.data())
def test_no_order_of_filling_is_worse_than_the_worst(position: int, buys: int, sells: int, data: st.DataObject) -> None:
    stake = Stake()
    stake.add(True, buys)
    stake.add(False, sells)
    bought, sold = data.draw(st.integers(0, buys)), data.draw(st.integers(0, sells))
    assert abs(position + bought - sold) <= stake.worst(position)
    assert stake.worst(position) in (
        abs(stake.after(position, is_buy=True, points=0)),
        abs(stake.after(position, is_buy=False, points=0)),
    )


def test_what_is_counted_and_taken_off_again_is_nothing() -> None:
    scope = scope_of()
    scope.count(BTC, True, 7, 1)
    scope.count(BTC, False, 5, 1)
    scope.count(BTC, True, -7, -1)
    assert (scope.stake(BTC).buy_points, scope.stake(BTC).sell_points, scope.open_orders) == (0, 5, 1)
    assert scope.stake(ETH).worst(3) == 3


def test_positions_and_profits_of_all_strategies_add_up() -> None:
    desk = desk_of()
    desk.positions[BTC] = 5
    desk.nets["a", None], desk.nets["b", None] = Decimal(-3), Decimal(1)
    desk.nets["a", BTC], desk.nets["b", BTC] = Decimal(-2), Decimal(7)
    everywhere = LimitScope("all", OwnerLimits(), ("a", "b"), (BTC, ETH), is_all=True)
    there = LimitScope("BTC/USDT@bitget", OwnerLimits(), ("a", "b"), (BTC,), is_all=False)
    assert everywhere.position_points(BTC, desk) == 10
    assert everywhere.net("USDT", desk) == -2
    assert there.net("USDT", desk) == 5


def test_a_position_is_added_up_again_only_when_a_fill_has_moved_one(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, looks = desk_of(), iter((1, 1, 2))
    monkeypatch.setattr(desk, "moves", lambda: next(looks))
    scope = LimitScope("all", OwnerLimits(), ("a", "b"), (BTC,), is_all=True)
    found = []
    for points in (5, 6, 7):
        desk.positions[BTC] = points
        found.append(scope.position_points(BTC, desk))
    assert found == [10, 10, 14]


def test_a_best_is_news_when_it_rose_by_a_hundredth_of_the_limit_and_a_window_with_each_part() -> None:
    best = Loss("max_drawdown", Amount(Decimal(100), "USDT"), 0)
    assert not best.news()
    told = []
    for net in ("0", "0.5", "0.99", "1", "1.5", "0", "2"):
        best.look(0, Decimal(net))
        told.append(best.news())
    assert told == [True, False, False, True, False, False, True]
    best.forgive()
    assert (best.news(), best.known_net) == (False, 0)
    rolling = Loss("max_loss", Amount(Decimal(100), "USDT"), 60_000_000_000)
    told = []
    for second in (0, 0, 1, 1, 5):
        rolling.look(second * 1_000_000_000, Decimal(second))
        told.append(rolling.news())
    assert told == [True, False, True, False, True]
