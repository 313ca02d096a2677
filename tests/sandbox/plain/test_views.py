from __future__ import annotations

from framework.sandbox.plain.views import fill_view, order_view, side, wire_price
from tests.sandbox.house import BTC, order, venue


def test_an_order_and_its_fill_are_shown_as_the_wire_writes_numbers() -> None:
    there = venue()
    btc = there.instruments[BTC]
    there.place(btc, [order(btc, "a", price=10_150, size=1_500)])
    shown = order_view(there.orders["a"])
    assert (shown.side, shown.price, shown.size, shown.filled, shown.state) == (
        "buy",
        "101.5",
        "0.15",
        "0.15",
        "filled",
    )
    fill = fill_view(there.fills[0])
    assert (fill.price, fill.size, fill.fee, fill.fee_asset) == ("101", "0.15", "0", "BTC")


def test_a_market_order_has_no_price() -> None:
    assert wire_price(venue().instruments[BTC], 0) == ""
    assert side(is_buy=False) == "sell"
