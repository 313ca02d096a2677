from __future__ import annotations

from decimal import Decimal

from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.position import AccountPosition

BTC = next(one for one in LISTINGS if one.base == "BTC" and one.product is ListedProduct.PERPETUAL)


def position() -> AccountPosition:
    return AccountPosition(BTC, "net", 10, "crossed", 0)


def test_more_of_it_moves_the_average() -> None:
    held = position()
    held.trade(10_000, Decimal(60_000), 1)
    held.trade(10_000, Decimal(61_000), 2)
    assert (held.size, held.open_price, held.side) == (2, 60_500, "long")
    assert held.margin_needed() == 12_100
    assert held.unrealised(Decimal(60_600)) == 200


def test_less_of_it_realises_and_keeps_the_average() -> None:
    held = position()
    held.trade(-20_000, Decimal(60_000), 1)
    assert held.trade(5_000, Decimal(59_000), 2) == 500
    assert (held.size, held.open_price, held.side) == (Decimal("1.5"), 60_000, "short")


def test_a_trade_through_zero_turns_it() -> None:
    held = position()
    held.trade(10_000, Decimal(60_000), 1)
    assert held.trade(-30_000, Decimal(60_100), 2) == 100
    assert (held.size, held.open_price, held.side) == (2, 60_100, "short")
    assert held.trade(20_000, Decimal(60_000), 3) == 200
    assert (held.size, held.open_price, held.margin_needed()) == (0, 0, 0)
