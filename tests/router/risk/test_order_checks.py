"""Checks of one order by itself say check, scope, limit and value."""

from __future__ import annotations

from decimal import Decimal

from framework.router.risk.cases import Known
from framework.router.risk.order_checks import (
    check_instruments,
    check_order_notional,
    check_order_size,
    check_price_collar,
    good_touch,
)
from framework.router.risk.rejects import Rejects
from tests.router.risk.judged import BTC, ETH, desk_of, judge, scope_of
from tests.wired import NOON, FakeDesk, quote, spot

COIN = spot("ETH/BTC")


def test_only_listed_instruments_are_traded_and_what_reduces_may_leave() -> None:
    scope = scope_of(instruments=["ETH/USDT@bitget"])
    refusal = judge(check_instruments, scope)
    assert refusal == (
        "instruments",
        "instruments of strategy a: limit ETH/USDT@bitget, found BTC/USDT@bitget",
    )
    assert judge(check_instruments, scope, there=ETH) is None
    assert judge(check_instruments, scope, case={"is_reducing": True}) is None


def test_an_order_size_is_held_against_its_own_base_asset() -> None:
    scope = scope_of(max_order_size=["0.5 BTC", "7 SOL"])
    assert judge(check_order_size, scope, size_points=5_000) is None
    refusal = judge(check_order_size, scope, size_points=5_001)
    assert refusal == ("max_order_size", "max_order_size of strategy a: limit 0.5 BTC, found 0.5001 BTC")
    assert judge(check_order_size, scope, there=ETH, size_points=10**9) is None


def test_an_order_is_valued_at_its_limit_or_at_what_it_meets() -> None:
    scope = scope_of(max_order_notional="100 USDT")
    assert judge(check_order_notional, scope) is None
    refusal = judge(check_order_notional, scope, price_points=10_001)
    assert refusal == (
        "max_order_notional",
        "max_order_notional of strategy a: limit 100 USDT, found 100.01 USDT",
    )
    assert judge(check_order_notional, scope, price_points=0) is not None  # it meets 101.00
    assert judge(check_order_notional, scope, price_points=0, is_buy=False) is None


def test_a_notional_in_another_asset_is_valued_and_without_a_price_refused() -> None:
    scope, desk = scope_of(max_order_notional="100 USDT"), FakeDesk(quote(COIN, NOON, 1, 2))
    refusal = judge(check_order_notional, scope, desk, there=COIN, price_points=1)
    assert refusal is not None
    assert "found no price in USDT" in refusal.detail
    desk.rates["BTC", "USDT"] = Decimal(10_000)
    assert judge(check_order_notional, scope, desk, there=COIN, price_points=1) is None  # 0.01 BTC
    assert judge(check_order_notional, scope, desk, there=COIN, price_points=2) is not None


def test_absurd_sizes_are_refused_and_not_raised() -> None:
    refusal = judge(
        check_order_notional, scope_of(max_order_notional="1 USDT"), size_points=10**22, price_points=10**20
    )
    assert refusal is not None


def test_a_price_too_far_on_the_wrong_side_is_refused() -> None:
    scope = scope_of(price_collar="2%")
    assert judge(check_price_collar, scope, price_points=10_251) is None
    refusal = judge(check_price_collar, scope, price_points=10_252)
    assert refusal == (
        "price_collar",
        "price_collar of strategy a: limit 2%, found 2.01%: 102.52 beside 100.5",
    )
    assert judge(check_price_collar, scope, price_points=9_849, is_buy=False) is None
    assert judge(check_price_collar, scope, price_points=9_848, is_buy=False) is not None
    assert judge(check_price_collar, scope, price_points=1) is None
    assert judge(check_price_collar, scope, price_points=10**9, is_buy=False) is None


def test_a_bad_quote_does_not_move_the_collar() -> None:
    desk = desk_of()
    known = Known(desk, Rejects(), {}, {})
    assert good_touch(BTC, 2, 100, known) == 20_100
    for bid, ask in ((9_000, 90_000), (10_200, 10_100), (0, 10_100)):
        desk.quotes[BTC] = quote(BTC, NOON, bid, ask)
        assert good_touch(BTC, 2, 100, known) == 20_100
        assert judge(check_price_collar, scope_of(price_collar="2%"), desk, known=known, price_points=50_000)


def test_a_collar_without_any_good_quote_refuses() -> None:
    refusal = judge(check_price_collar, scope_of(price_collar="2%"), FakeDesk())
    assert refusal is not None
    assert "no good quote of BTC/USDT@bitget" in refusal.detail


def test_a_market_order_into_an_empty_side_meets_the_collar() -> None:
    desk = desk_of()
    known = Known(desk, Rejects(), {}, {})
    scope = scope_of(price_collar="2%")
    assert judge(check_price_collar, scope, desk, known=known, price_points=0) is None
    desk.quotes[BTC] = quote(BTC, NOON, 10_000, 15_000)
    assert judge(check_price_collar, scope, desk, known=known, price_points=0) is not None
