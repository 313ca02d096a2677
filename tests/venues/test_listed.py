from __future__ import annotations

from decimal import Decimal

from framework.venues.listed import listed


def test_a_row_is_exact_and_its_least_size_is_one_lot() -> None:
    fee = Decimal("0.001")
    row = listed(
        "BTC/USDT", "0.01", "0.000001", "page", size_max="9000", notional_min=Decimal(1),
        maker_fee=fee, taker_fee=fee, open_orders_max=400, price_band="0.05",
    )  # fmt: skip
    assert (row.tick, row.lot, row.size_min, row.size_max) == (
        Decimal("0.01"),
        Decimal("0.000001"),
        Decimal("0.000001"),
        9000,
    )
    assert (row.price_band, row.source) == (Decimal("0.05"), "page")
