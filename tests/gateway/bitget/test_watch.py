"""The key and the account are looked at again while they are traded."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from framework.gateway.bitget import watch
from framework.gateway.bitget.watch import AccountWatch
from framework.kernel.clock import ManualClock
from framework.kernel.virtual_loop import run
from framework.model.batch import BatchKind
from framework.model.events import ReportKind as R
from framework.sandbox.bitget.listings import Filters, Listing
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.bitget.account_house import SPOT, SWAP, UNIFIED, House, open_account


async def looked(house: House) -> bool:
    """A while later: the key itself may be asked for once a second."""
    house.clock.now_ns += 2_000_000_000
    return await house.account.watch.look()


@pytest.mark.fault("E29", "P22")
async def test_what_is_as_it_was_halts_nothing_and_the_clock_is_measured_again() -> None:
    async with open_account("classic-spot") as house:
        house.venue.skew_ms = 700
        assert await looked(house)
        assert house.halts == []
        assert abs(house.account.wire.skew.ahead_ns - 700_000_000) < 2_000_000


@pytest.mark.fault("E25", "E26", "E27", "E28")
@pytest.mark.parametrize(
    ("name", "symbol", "change", "word"),
    [
        ("classic-spot", SPOT, {"scopes": ["stow", "wwow"]}, "withdraw coins"),
        ("classic-spot", SPOT, {"scopes": ["stor"]}, "Spot trade"),
        ("classic-spot", SPOT, {"ips": []}, "from anywhere"),
        ("classic-spot", SPOT, {"is_revoked": True}, "40037"),
        ("classic-spot", SPOT, {"ips": ["10.0.0.1"]}, "was bound to 127.0.0.1"),
        (UNIFIED, SPOT, {"scopes": ["read", "trade", "withdraw"]}, "withdraw coins"),
        (UNIFIED, SPOT, {"scopes": ["read"]}, "Unified account: trade"),
    ],
)
async def test_a_key_that_was_changed_halts_with_the_setting(
    name: str, symbol: str, change: dict[str, Any], word: str
) -> None:
    async with open_account(name, symbol) as house:
        for field, value in change.items():
            setattr(house.key, field, value)
        assert await looked(house)
        assert word in house.halts[0]


@pytest.mark.parametrize("name", ["classic-futures", UNIFIED])
async def test_a_perpetual_in_another_mode_halts_with_the_setting(name: str) -> None:
    async with open_account(name, SWAP) as house:
        assert house.found.faults == ()
        house.venue.members[house.key.uid].is_hedged = True
        assert await looked(house)
        assert "Position mode" in house.halts[0]
    async with open_account(name, SWAP) as house:
        listing = next(one for one in house.venue.markets if not one.is_spot and one.base == "BTC")
        house.venue.members[house.key.uid].leverages[listing, "net"] = 50
        assert await looked(house)
        assert "`Leverage` lower" in house.halts[0]


@pytest.mark.fault("E30")
async def test_a_market_that_is_halted_is_lost_alone_and_told_at_each_look() -> None:
    async with open_account("classic-spot") as house:
        there = next(one for listing, one in house.venue.markets.items() if listing.is_spot and listing.base == "BTC")
        was = there.status
        there.status = "halt"
        assert await looked(house)
        ((name, why),) = house.lost
        assert name == "BTC/USDT@bitget" and "found its state halt" in why
        assert await looked(house)
        assert len(house.lost) == 2, "a person may have armed it meanwhile"
        there.status = was
        assert await looked(house)
        assert len(house.lost) == 2
        there.status = "halt"
        assert await looked(house)
        assert len(house.lost) == 3, "once more"
        assert house.halts == []


def listing_of(house: House) -> Listing:
    return next(one for one in house.venue.markets if one.instrument.id == house.there.id)


def relist(house: House, **filters: Any) -> None:
    listing = listing_of(house)
    house.venue.market(listing).filters = listing.filters(**filters)


@pytest.mark.fault("E31")
@pytest.mark.parametrize(
    ("name", "symbol"), [("classic-spot", SPOT), ("classic-futures", SWAP), (UNIFIED, SPOT), (UNIFIED, SWAP)]
)
async def test_filters_that_change_are_read_again_and_told_once(name: str, symbol: str) -> None:
    async with open_account(name, symbol) as house:
        there, scale = house.there, house.there.price_scale
        assert await looked(house)
        assert house.relisted == []
        relist(house, price_digits=0, notional_min=Decimal(9))
        assert await looked(house)
        ((was, now),) = house.relisted
        assert was is there and (now.price_digits, now.tick_points, now.notional_min) == (0, 1, 9)
        there.take_filters(now)
        assert (there.tick_points, there.price_scale, there.notional_min) == (scale, scale, 9)
        assert await looked(house)
        assert (len(house.relisted), house.lost) == (1, [])


@pytest.mark.fault("E31")
async def test_a_grid_finer_than_our_points_ends_trading_in_its_market_until_a_restart() -> None:
    async with open_account("classic-spot") as house:
        watch = house.account.watch
        (market,) = watch._listed.values()
        listed = listing_of(house)
        house.venue.market(listed).filters = Filters(listed.price_digits + 1, listed.size_digits, market.notional_min)
        assert await looked(house)
        ((name, why),) = house.lost
        assert name == "BTC/USDT@bitget" and "a restart takes them over" in why
        assert house.relisted == []


async def test_fees_that_change_are_no_news() -> None:
    async with open_account("classic-spot") as house:
        (there,) = house.found.instruments
        watch = house.account.watch
        watch._listed[there] = structs.replace(watch._listed[there], maker_fee=Decimal("0.0008"))
        assert await looked(house)
        assert (house.lost, house.relisted) == ([], [])


@pytest.mark.fault("E31")
async def test_an_order_that_is_refused_for_its_filters_has_them_read_at_once_and_once_a_minute() -> None:
    async with open_account("classic-spot") as house:
        relist(house, price_digits=1)
        house.send(BatchKind.PLACE, house.order("a", price="59000.01"), house.order("b", price="59000.02"))
        await house.told(R.REJECTED, "a")
        async with asyncio.timeout(5):
            while not house.relisted:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.001)
        assert house.relisted[0][1].price_digits == 1
        relist(house, price_digits=0)
        house.send(BatchKind.PLACE, house.order("c", price="59000.01"))
        await house.told(R.REJECTED, "c")
        assert house.account.watch._doubted.empty(), "not before a minute is over"
        house.account.watch._looked_s.clear()
        house.send(BatchKind.PLACE, house.order("d", price="59000.01"))
        async with asyncio.timeout(5):
            while len(house.relisted) < 2:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.001)
        assert house.lost == []


async def test_no_answer_is_no_reason_to_halt() -> None:
    async with open_account("classic-spot") as house:
        house.server.faults.add([Fault(FaultKind.HTML, path="/api/v2/spot/account/info", status=502)])
        assert not await looked(house)
        assert house.halts == []


def test_it_looks_every_ten_minutes_and_soon_again_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []

    async def look(self: AccountWatch) -> bool:
        looked.append(asyncio.get_running_loop().time())
        return len(looked) != 2

    monkeypatch.setattr(AccountWatch, "look", look)

    nothing: Any = SimpleNamespace(instruments=(), rules=SimpleNamespace(markets=()))

    async def main() -> float:
        began_s = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2_000):
                await AccountWatch(None, None, nothing, print, print, print).run()  # type: ignore[arg-type]  # nothing is asked
        return began_s

    began_s = run(main(), ManualClock(0))
    assert [round(at_s - began_s) for at_s in looked] == [600, 1_200, 1_230, 1_830]
    assert watch.EVERY_S == 600
