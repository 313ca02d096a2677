"""Each check names its limit and the value it found."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.batch import Change
from framework.model.instrument import Instrument
from framework.router.checks import Refusal, check, check_change, reference_points
from tests.wired import NOON, FakeDesk, order_of, quote, spot

BTC = spot(
    size_min_points=10,
    size_max_points=1_000_000,
    notional_min=Decimal(5),
    price_band=Decimal("0.05"),
    open_orders_max=2,
)
PERP = Instrument("BTC/USDT:USDT", "bitget", 2, 4)


def desk(**free: str) -> FakeDesk:
    return FakeDesk(quote(BTC, NOON), quote(PERP, NOON), free={"USDT": "1000", "BTC": "2", **free})


def test_a_good_order_passes() -> None:
    assert check(order_of(BTC), desk()) is None
    assert check(order_of(BTC, price_points=0), desk()) is None


def test_a_market_order_needs_a_quote_and_a_limit_order_does_not() -> None:
    bare = FakeDesk(free={"USDT": "1000"})
    refusal = check(order_of(BTC, price_points=0), bare)
    assert refusal is not None
    assert refusal.reason == "no_quote"
    assert "BTC/USDT@bitget" in refusal.detail
    assert check(order_of(BTC), bare) is None


def test_a_market_order_is_valued_at_what_it_meets() -> None:
    there = desk()
    assert reference_points(order_of(BTC, price_points=0), there) == 10_100
    assert reference_points(order_of(BTC, price_points=0, is_buy=False), there) == 10_000
    assert reference_points(order_of(BTC, price_points=9_000), there) == 9_000


@pytest.mark.parametrize(
    ("facts", "reason", "detail"),
    [
        ({"size_points": 9}, "min_size", "min size 0.001 BTC, order 0.0009 BTC"),
        ({"size_points": 0}, "min_size", "min size 0.001 BTC, order 0 BTC"),
        ({"size_points": 1_000_001}, "max_size", "max size 100 BTC, order 100.0001 BTC"),
        ({"size_points": 499}, "min_notional", "min notional 5 USDT, order 4.99 USDT"),
        ({"price_points": 10_553}, "price_band", "price within 5 % of 100.5, order at 105.53"),
        (
            {"price_points": 9_547, "is_buy": False},
            "price_band",
            "price within 5 % of 100.5, order at 95.47",
        ),
        ({"size_points": 100_001}, "funds", "free 1000 USDT, order needs 1000.01 USDT"),
        ({"size_points": 20_001, "is_buy": False}, "funds", "free 2 BTC, order needs 2.0001 BTC"),
        (
            {"size_points": 100_000, "price_points": 0},
            "funds",
            "free 1000 USDT, order needs 1020.1 USDT (1 % above the best ask: it may pay more)",
        ),
    ],
)
def test_a_refusal_says_limit_and_value(facts: dict[str, object], reason: str, detail: str) -> None:
    assert check(order_of(BTC, **facts), desk()) == Refusal(reason, detail)


@pytest.mark.parametrize(
    "facts",
    [
        {"size_points": 10, "price_points": 500_000, "is_buy": False},
        {"size_points": 500},
        {"price_points": 10_552},
        {"price_points": 9_548, "is_buy": False},
        {"size_points": 100_000},
        {"size_points": 20_000, "is_buy": False},
        {"price_points": 1_000, "size_points": 5_000},  # far below the market: a buy there harms nobody
    ],
)
def test_a_limit_itself_is_allowed(facts: dict[str, object]) -> None:
    assert check(order_of(BTC, **facts), desk()) is None


@pytest.mark.parametrize(
    ("facts", "reason", "detail"),
    [
        ({"price_points": 10_001}, "off_tick", "prices in steps of 0.05, order at 100.01"),
        ({"size_points": 10_001}, "off_lot", "sizes in steps of 0.001 BTC, order 1.0001 BTC"),
    ],
)
def test_an_order_of_before_a_coarser_listing_is_refused_and_never_rounded(
    facts: dict[str, object], reason: str, detail: str
) -> None:
    coarse = spot(tick_points=5, lot_points=10)
    assert check(order_of(coarse, **{"price_points": 10_000, "size_points": 10_000} | facts), desk()) == Refusal(
        reason, detail
    )
    assert check(order_of(coarse, price_points=10_005, size_points=10_010), desk()) is None


def test_open_orders_are_counted_over_all_strategies() -> None:
    there = desk()
    there.orders = [order_of(BTC, "o1", strategy="b")]
    assert check(order_of(BTC, "o3"), there) is None
    there.orders.append(order_of(BTC, "o2"))
    assert check(order_of(BTC, "o3"), there) == Refusal(
        "open_orders", "at most 2 open orders of BTC/USDT@bitget, found 2"
    )
    assert check(order_of(BTC, "o3", price_points=0), there) is None, "a market order does not rest"


def test_a_perpetual_is_sold_without_holding_it_but_not_beyond_the_money() -> None:
    assert check(order_of(PERP, is_buy=False), desk(BTC="0")) is None
    refusal = check(order_of(PERP, is_buy=False, size_points=200_000), desk())
    assert refusal == Refusal("funds", "free 1000 USDT, order needs 2000 USDT")


def test_what_is_owed_is_shown_as_nothing_free() -> None:
    assert check(order_of(BTC), desk(USDT="-3")) == Refusal("funds", "free 0 USDT, order needs 100 USDT")


def test_a_change_is_checked_as_the_order_would_be() -> None:
    there, order = desk(), order_of(BTC)
    assert check_change(order, Change(10_000, 20_000), there) is None
    assert check_change(order, Change(10_000, 9), there) == Refusal("min_size", "min size 0.001 BTC, order 0.0009 BTC")
    assert check_change(order, Change(100, 10_000), there) == Refusal(
        "min_notional", "min notional 5 USDT, order 1 USDT"
    )
    refusal = check_change(order, Change(10_553, 10_000), there)
    assert refusal is not None
    assert refusal.reason == "price_band"
    assert (order.price_points, order.size_points) == (10_000, 10_000)


def test_what_only_reduces_a_perpetual_needs_no_money() -> None:
    """A short that has lost costs more to buy back than its strategy has left."""
    poor = desk(USDT="0")
    assert check(order_of(PERP, reduce_only=True), poor) is None
    refusal = check(order_of(PERP), poor)
    assert refusal is not None and refusal.reason == "funds"


def test_a_reduce_only_buy_on_spot_buys_back_what_was_sold_too_much_and_no_more() -> None:
    there = desk()
    order = order_of(BTC, size_points=1_000, reduce_only=True)
    refusal = Refusal("reduce_only", "short of 0 BTC, order buys 0.1 BTC")
    assert check(order, there) == refusal
    there.positions = {BTC: -999}
    assert check(order, there) == Refusal("reduce_only", "short of 0.0999 BTC, order buys 0.1 BTC")
    there.positions = {BTC: -1_000}
    assert check(order, there) is None
    assert check(order_of(PERP, size_points=1_000, reduce_only=True), there) is None  # the venue knows the word there
