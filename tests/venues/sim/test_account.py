"""Money: free, locked, paid, and fees."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.venues.sim.account import Account, fee_of
from framework.venues.sim.orders import VenueOrder
from tests.venues.sim.stage import FINE, Stage, fine, pair


def test_funds_that_do_not_reach_are_a_rejection() -> None:
    stage = Stage(balances={"USDT": 500, "BTC": 2})
    stage.quote(99, 10, 101, 10)
    stage.place("limit", "buy", 6, 99)
    stage.place("market", "buy", 5)
    stage.place("sell", "sell", 3, 105)
    assert stage.told() == ["rejected insufficient_balance"] * 3
    assert stage.reports[0].detail == "needs 594 USDT, free 500"


def test_a_buy_locks_its_worst_case_and_a_better_price_becomes_free() -> None:
    stage = Stage(balances={"USDT": 1000, "BTC": 0})
    stage.quote(99, 10, 100, 3)
    stage.place("a", "buy", 5, 110)
    assert (stage.free("USDT"), stage.locked("USDT")) == (1000 - 300 - 220, 220)
    stage.cancel("a")
    assert (stage.free("USDT"), stage.locked("USDT"), stage.free("BTC")) == (700, 0, 3)


def test_a_sell_locks_its_size() -> None:
    stage = Stage(balances={"BTC": 5})
    stage.place("a", "sell", 3, 110)
    assert (stage.free("BTC"), stage.locked("BTC")) == (2, 3)


def test_fees_come_out_of_what_comes_in_and_are_rounded_up() -> None:
    stage = fine(balances={"USDT": 1000, "BTC": 1})
    stage.place("buy", "buy", 1005)  # 0.1005 BTC at 100.10 as taker: 0.2 % of 0.1005
    fee = stage.reports[-1].fill
    assert fee is not None
    assert (fee.fee, fee.fee_asset) == (Decimal("0.00020100"), "BTC")
    stage.place("sell", "sell", 1005, 10010, post_only=True)
    stage.trade("buy", 10020, 100_000)
    stage.wait()
    fee = stage.reports[-1].fill
    assert fee is not None
    assert (fee.fee, fee.fee_asset, fee.is_maker) == (Decimal("0.01006005"), "USDT", True)  # 0.1 % of 10.06005
    assert stage.free("BTC") == Decimal(1) - Decimal("0.000201")
    assert stage.free("USDT") == Decimal(1000) - Decimal("0.01006005")


def test_a_fee_smaller_than_the_last_digit_is_one_of_it() -> None:
    stage = Stage(pair(taker_fee=Decimal("0.0000000001")), balances={"USDT": 1000})
    stage.quote(99, 10, 100, 3)
    stage.place("a", "buy", 1)
    fill = stage.reports[-1].fill
    assert fill is not None
    assert fill.fee == Decimal("0.00000001")


def test_a_lock_changes_up_and_down_or_not_at_all() -> None:
    account = Account({"USDT": Decimal(10)})
    order = VenueOrder("a", pair(), is_buy=True, size_points=1, left_points=1)
    for amount, reached in ((6, True), (10, True), (11, False), (4, True)):
        assert account.lock(order, Decimal(amount)) is reached
    assert (account.free, order.locked) == ({"USDT": 6}, 4)
    account.release(order)
    assert (account.free, order.locked) == ({"USDT": 10}, 0)


def test_sums_are_exact_beyond_28_digits() -> None:
    account = Account({"USDT": Decimal("1e18")})
    order = VenueOrder("a", pair(), is_buy=True, size_points=1, left_points=1)
    assert account.lock(order, Decimal("1e-18"))
    assert account.free["USDT"] == Decimal("999999999999999999.999999999999999999")


@pytest.mark.parametrize(("is_maker", "fee"), [(True, "0.00100000"), (False, "0.00200000")])
def test_maker_and_taker_pay_their_own_rates(is_maker: bool, fee: str) -> None:
    assert fee_of(FINE, Decimal(1), is_maker=is_maker) == Decimal(fee)
