"""What an account is before anything is traded, at a sandbox."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from framework.gateway.bitget import allowance, questions
from framework.gateway.bitget.found import Purpose, instrument_on, table_of
from framework.model.errors import AuthError, ConfigError, RateLimited
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.bitget.asked import HoldMode, MarginMode
from framework.venues.bitget.endpoints import KEY_CLASSIC
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.rules import FUTURES, SPOT, UNIFIED
from tests.gateway.bitget.account_house import ALL, CLASSIC, SWAP, open_account
from tests.gateway.bitget.account_house import SPOT as SPOT_SYMBOL
from tests.gateway.bitget.account_house import UNIFIED as UNIFIED_KEY

TABLES = {(CLASSIC, SPOT_SYMBOL): SPOT, (CLASSIC, SWAP): FUTURES}


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_kind_rights_clock_and_limits_are_found(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        found = house.found
        assert found.key.kind.value == key.partition("-")[0]
        assert abs(found.key.skew.ahead_ns) < 2_000_000
        assert found.rules.buckets == TABLES.get((key, symbol), UNIFIED).buckets


@pytest.mark.parametrize("key", [CLASSIC, UNIFIED_KEY])
async def test_an_instrument_has_every_filter_of_the_venues_own_list(key: str) -> None:
    async with open_account(key, SPOT_SYMBOL) as house:
        there = house.there
        assert (there.id, there.price_digits, there.size_digits) == ("BTC/USDT@bitget", 2, 6)
        assert (there.notional_min, there.price_band, there.open_orders_max) == (1, Decimal("0.05"), 400)
        assert (there.maker_fee, there.taker_fee) == (Decimal("0.001"), Decimal("0.001"))


@pytest.mark.parametrize("key", [CLASSIC, UNIFIED_KEY])
async def test_a_perpetual_has_its_filters_and_how_the_account_stands_for_it(key: str) -> None:
    async with open_account(key, SWAP) as house:
        there, lever = house.there, house.found.levers[SWAP]
        assert (there.price_digits, there.size_digits, there.notional_min) == (1, 4, 5)
        assert (there.maker_fee, there.taker_fee) == (Decimal("0.0002"), Decimal("0.0006"))
        assert (lever.hold_mode, lever.margin_mode, lever.leverage) == (HoldMode.ONE_WAY, MarginMode.CROSSED, 10)


@pytest.mark.parametrize(
    ("key", "symbol", "words"),
    [
        ("classic-spot", SPOT_SYMBOL, []),
        ("classic-futures", SWAP, []),
        (UNIFIED_KEY, SPOT_SYMBOL, []),
        (UNIFIED_KEY, SWAP, []),
        (CLASSIC, SPOT_SYMBOL, ["coow", "cpow"]),  # what it may do with perpetuals is not used
        ("classic-over", SWAP, ["stow", "wtow", "wwow"]),
        ("unified-over", SPOT_SYMBOL, ["uta_mgt", "withdraw"]),
    ],
)
async def test_a_key_that_may_do_more_than_is_used_has_faults(key: str, symbol: str, words: list[str]) -> None:
    async with open_account(key, symbol) as house:
        assert sorted(fault.word for fault in house.found.key.faults) == words


async def test_a_start_right_after_another_waits_until_the_venue_lets_itself_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "RETRY_AFTER_S", 0.0)
    monkeypatch.setattr(allowance, "WINDOW_S", 0.0)
    busy = Fault(FaultKind.ERROR, path=KEY_CLASSIC.path, code="429", times=2)
    async with open_account(CLASSIC, SPOT_SYMBOL, faults=[busy]) as house:
        assert not house.found.mode_faults
    with pytest.raises(RateLimited, match=r"spot/account/info: 429 .*; the venue asks to wait"):
        async with open_account(CLASSIC, SPOT_SYMBOL, faults=[structs.replace(busy, times=9)]):
            raise AssertionError


async def test_a_market_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="DOGE/USDT"):
        async with open_account(CLASSIC, "DOGE/USDT"):
            raise AssertionError


def test_a_market_is_in_the_points_of_its_journal_and_a_finer_one_is_refused() -> None:
    coarse = structs.replace(SPOT, markets=(structs.replace(SPOT.market(SPOT_SYMBOL), tick=Decimal("0.5")),))
    there = instrument_on(coarse, SPOT_SYMBOL, (2, 6))
    assert (there.price_digits, there.tick_points) == (2, 50)
    assert instrument_on(coarse, SPOT_SYMBOL, None).price_digits == 1
    with pytest.raises(
        ConfigError, match="at most 0 decimals of a price and 6 of a size, as its journal has them, found 1"
    ):
        instrument_on(coarse, SPOT_SYMBOL, (0, 6))


async def test_a_key_of_the_other_environment_is_refused() -> None:
    with pytest.raises(AuthError, match="40099"):
        async with open_account(CLASSIC, is_demo=True):
            raise AssertionError
    async with open_account("classic-demo", is_demo=True) as house:
        assert house.found.key.kind is AccountKind.CLASSIC


async def test_a_classic_key_whose_rights_cannot_be_read_is_told_what_it_lacks() -> None:
    with pytest.raises(AuthError, match="Spot trade: read-only"):
        async with open_account("classic-futures", SWAP, scopes=["coow", "cpow"]):
            raise AssertionError


def test_a_classic_account_trades_one_product_in_a_run() -> None:
    both = Purpose((SPOT_SYMBOL, SWAP)).all_products
    assert both == (Product.SPOT, Product.USDT_FUTURES)
    assert table_of(AccountKind.UNIFIED, both) is UNIFIED
    with pytest.raises(ConfigError, match="two daemons"):
        table_of(AccountKind.CLASSIC, both)
