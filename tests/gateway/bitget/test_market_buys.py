"""Decision 15, held against what the venue has instead: a market buy on spot when the price moves on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.batch import BatchKind
from framework.model.events import ReportKind
from tests.gateway.bitget.account_house import CLASSIC, SPOT, UNIFIED, open_account
from tests.sandbox.bitget.scene import show

SEEN, SIZE = 60_001, Decimal("0.001")
"""The ask when it was decided, and what is wanted."""

MOVES = [(60_000, "0.001"), (60_300, "0.001"), (59_700, "0.001"), (61_200, "0")]
"""The bid when it arrives (the ask is one above), and what ours buys: exactly what is wanted, or nothing beyond a percent."""


@pytest.mark.parametrize("key", [CLASSIC, UNIFIED])
@pytest.mark.parametrize(("bid", "bought"), MOVES)
async def test_ours_buys_exactly_what_is_wanted_or_less_and_says_so(key: str, bid: int, bought: str) -> None:
    async with open_account(key, SPOT) as house:
        show(house.venue, bid)
        order = house.order("a", price="0", size=str(SIZE))
        house.send(BatchKind.PLACE, order)
        if bought == "0":
            await house.told(ReportKind.EXPIRED, "a")
        else:
            filled = await house.told(ReportKind.FILLED, "a")
            assert filled.fill.size_points == house.there.data_size(bought)
        assert house.venue.members[house.key.uid].open == {}


@pytest.mark.parametrize(("bid", "bought"), [(60_300, "0.000995"), (59_700, "0.001005"), (61_200, "0.00098")])
async def test_the_venues_own_sized_in_quote_misses_the_size_and_has_no_bound(bid: int, bought: str) -> None:
    async with open_account(CLASSIC, SPOT) as house:
        show(house.venue, bid)
        amount = {"symbol": "BTCUSDT", "side": "buy", "orderType": "market", "size": str(SEEN * SIZE)}
        made = house.client.post("/api/v2/spot/trade/place-order", amount)
        (seen,) = house.client.get("/api/v2/spot/trade/orderInfo", orderId=made["orderId"])
        assert Decimal(seen["baseVolume"]) == Decimal(bought)
        assert Decimal(seen["baseVolume"]) != SIZE
