from __future__ import annotations

import pytest

from framework.model.instrument import Instrument
from framework.model.orders import Order, TimeInForce, write
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.classic_futures import ClassicFutures
from framework.venues.bitget.classic_spot import ClassicSpot
from framework.venues.bitget.dialect import dialect_of, named, new_order
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.unified import Unified

SPOT = Instrument("BTC/USDT", "bitget", 2, 6, tick_points=10)
SWAP = Instrument("BTC/USDT:USDT", "bitget", 1, 4)


def order(there: Instrument = SPOT, *, is_buy: bool = True, price: int = 0, **more: object) -> Order:
    return Order(
        client_order_id="a",
        strategy="s",
        instrument=there,
        is_buy=is_buy,
        size_points=1_500,
        price_points=price,
        **more,
    )


@pytest.mark.parametrize(
    ("account", "product", "kind"),
    [
        (AccountKind.CLASSIC, Product.SPOT, ClassicSpot),
        (AccountKind.CLASSIC, Product.USDT_FUTURES, ClassicFutures),
        (AccountKind.UNIFIED, Product.SPOT, Unified),
        (AccountKind.UNIFIED, Product.USDT_FUTURES, Unified),
    ],
)
def test_each_account_and_product_has_its_dialect(account: AccountKind, product: Product, kind: type) -> None:
    assert type(dialect_of(account, product, Terms())) is kind


@pytest.mark.parametrize("account", list(AccountKind))
def test_what_has_positions_asks_after_them_and_spot_has_none(account: AccountKind) -> None:
    spot, futures = (dialect_of(account, product, Terms()) for product in (Product.SPOT, Product.USDT_FUTURES))
    assert (spot.perpetuals, futures.perpetuals) == (None, futures)


@pytest.mark.parametrize("account", list(AccountKind))
@pytest.mark.parametrize("product", [Product.SPOT, Product.USDT_FUTURES])
def test_each_namespace_of_trigger_orders_is_asked_for_what_waits(account: AccountKind, product: Product) -> None:
    dialect = dialect_of(account, product, Terms())
    assert list(dialect.plans("X")) == [dialect.waiting_plans("X", kind) for kind in dialect.plan_kinds]
    told = [dialect.orders_of_plan("1", kind) is not None for kind in dialect.plan_kinds]
    assert told == ([True, False] if isinstance(dialect, ClassicSpot) else [False] * len(dialect.plan_kinds))


def test_a_market_buy_on_spot_is_bounded_by_what_is_set_aside_for_it() -> None:
    new = new_order(order(), ask_points=6_000_007)
    assert new is not None
    # 1 % above the ask, at or below what the ledger reserves, on the tick.
    assert (new.price, new.tif, new.size, new.is_quote_size) == ("60600", TimeInForce.IOC, "0.0015", False)


def test_without_an_ask_it_cannot_be_bounded() -> None:
    assert new_order(order(), ask_points=0) is None


@pytest.mark.parametrize("given", [order(is_buy=False), order(SWAP), order(SWAP, is_buy=False)])
def test_every_other_market_order_is_one(given: Order) -> None:
    new = new_order(given, ask_points=0)
    assert new is not None and new.order_type == "market"


def test_an_order_that_another_of_ours_filled_in_part_leaves_with_the_rest() -> None:
    rest = order(price=100)
    write(rest, filled_points=500)
    new = new_order(rest, 0)
    assert new is not None and new.size == "0.001"


def test_spot_knows_no_reduce_only() -> None:
    spot, swap = (new_order(order(there, price=100, reduce_only=True), 0) for there in (SPOT, SWAP))
    assert spot is not None and swap is not None
    assert (spot.reduce_only, swap.reduce_only) == (False, True)


def test_an_order_is_named_by_what_is_known() -> None:
    assert named(order()).name == {"clientOid": "a"}
    assert named(order(venue_order_id="5")).name == {"orderId": "5"}
