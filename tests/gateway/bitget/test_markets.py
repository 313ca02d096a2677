"""What the venue shows, on our grids; and what is of no market of ours."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.gateway.bitget.markets import TRIGGER, BitgetMarkets, balances_of
from framework.model.errors import GridError
from framework.model.orders import OrderState
from framework.venues.bitget.asked import HoldMode, MarginMode
from framework.venues.bitget.orders_seen import spot_order
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import BalanceSeen, PlanSeen, PositionSeen
from tests.gateway.bitget.house import BTC, SWAP

D = Decimal
MARKETS = BitgetMarkets([BTC, SWAP])
ROW = {
    "symbol": "BTCUSDT", "orderId": "5", "clientOid": "a", "price": "59000.00", "size": "0.00100000000000", "side": "buy",
    "orderType": "limit", "force": "gtc", "status": "cancelled", "baseVolume": "0.0004000", "priceAvg": "58999",
    "cancelReason": "normal_cancel", "cTime": "7",
}  # fmt: skip


def test_an_order_is_put_on_our_grid() -> None:
    seen = MARKETS.order(spot_order(Row(ROW, "here")))
    assert (seen.instrument, seen.price_points, seen.size_points, seen.filled_points) == (BTC.id, 5_900_000, 1_000, 400)
    assert (seen.state, seen.reason, seen.ts_ns) == (OrderState.CANCELLED, "normal_cancel", 7_000_000)


def test_an_order_of_another_market_keeps_the_venues_symbol_and_has_no_points() -> None:
    seen = MARKETS.order(spot_order(Row(ROW | {"symbol": "DOGEUSDT", "price": "0.0000001"}, "here")))
    assert (seen.instrument, seen.price_points, seen.size_points) == ("DOGEUSDT", 0, 0)


def test_what_is_finer_than_our_grid_is_refused() -> None:
    with pytest.raises(GridError, match="price of BTC/USDT@bitget"):
        MARKETS.order(spot_order(Row(ROW | {"price": "0.001"}, "here")))


@pytest.mark.parametrize(("is_buy", "shown"), [(True, True), (False, False), (None, True)])
def test_a_trigger_order_is_open_and_says_what_it_is(is_buy: bool | None, shown: bool) -> None:
    plan = PlanSeen("5", "x", Product.SPOT, "BTCUSDT", D(1), D(1), "live", is_buy, 7)
    seen = MARKETS.plan(plan)
    assert (seen.state, seen.reason, seen.is_buy, seen.ts_ns) == (OrderState.OPEN, TRIGGER, shown, 7)


def test_both_sides_of_a_hedged_position_are_one_exposure() -> None:
    def held(symbol: str, size: str) -> PositionSeen:
        return PositionSeen(symbol, D(size), *[D(1)] * 5, MarginMode.CROSSED, HoldMode.HEDGE, 0)

    found = MARKETS.positions([held("BTCUSDT", "0.5"), held("BTCUSDT", "-0.2"), held("XRPUSDT", "9")])
    assert [(one.instrument, one.points) for one in found] == [(SWAP.id, 3_000), ("XRPUSDT", 0)]


def test_wallets_are_added_up() -> None:
    found = balances_of(
        [BalanceSeen("USDT", D(1), D(2)), BalanceSeen("BTC", D(5), D(0)), BalanceSeen("USDT", D(3), D(4))]
    )
    assert [(one.asset, one.free, one.locked) for one in found] == [("USDT", 4, 6), ("BTC", 5, 0)]
