"""A venue's rules as data: costs are counted as the venue counts them, and instruments carry the venue's grid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.batch import REQUESTS, BatchKind, RequestKind, request_kind
from framework.model.errors import ConfigError, InvariantError
from framework.model.rules import Bucket, Cost, CountedBy, MarketRules, SelfTrade, VenueRules, decimals


def market(symbol: str = "BTC/USDT", **facts: Decimal) -> MarketRules:
    numbers = {
        "tick": Decimal("0.01"),
        "lot": Decimal("0.000001"),
        "size_min": Decimal("0.00001"),
        "size_max": Decimal(9000),
        "notional_min": Decimal(1),
        "maker_fee": Decimal("0.001"),
        "taker_fee": Decimal("0.001"),
    } | facts
    return MarketRules(symbol=symbol, open_orders_max=400, source="test", **numbers)


def rules(*markets: MarketRules) -> VenueRules:
    return VenueRules(
        name="test-spot",
        title="Test spot",
        venue="test",
        as_of="2024-08-08",
        buckets=(Bucket("orders", 10, 10**9, CountedBy.UID, "test"),),
        costs={},
        batch_max={},
        markets=markets,
        self_trade=SelfTrade.NONE,
        source="test",
    )


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 10))
def test_a_cost_counts_every_started_share_of_orders(orders: int, orders_per_unit: int, units: int) -> None:
    started = len(range(0, orders, orders_per_unit))
    assert Cost("orders", units, orders_per_unit).of(orders) == units * started


@given(st.integers(0, 60), st.integers(1, 10))
def test_a_cost_by_request_is_the_same_however_many_orders_it_holds(orders: int, units: int) -> None:
    assert Cost("orders", units).of(orders) == units


def test_ten_orders_of_a_pair_are_one_unit_and_eleven_are_two() -> None:
    cost = Cost("batch", 1, 10)
    assert [cost.of(orders) for orders in (1, 10, 11, 20, 21, 50)] == [1, 1, 2, 2, 3, 5]


def test_an_instrument_has_the_decimals_of_tick_and_lot() -> None:
    btc = rules(market()).instrument("BTC/USDT")
    assert (btc.id, btc.price_digits, btc.size_digits) == ("BTC/USDT@test", 2, 6)
    assert (btc.tick_points, btc.lot_points) == (1, 1)
    assert (btc.size_min_points, btc.size_max_points) == (10, 9_000_000_000)


@given(st.integers(0, 12), st.integers(0, 12))
def test_an_instrument_is_fine_enough_for_the_data_and_keeps_the_venues_grid(
    price_digits: int, size_digits: int
) -> None:
    market_rules = market(tick=Decimal("0.5"), lot=Decimal("0.010"))
    btc = rules(market_rules).instrument("BTC/USDT", price_digits, size_digits)
    assert (btc.price_digits, btc.size_digits) == (max(price_digits, 1), max(size_digits, 2))
    assert btc.price_exact(btc.tick_points) == market_rules.tick
    assert btc.size_exact(btc.lot_points) == market_rules.lot
    assert btc.size_exact(btc.size_min_points) == market_rules.size_min or btc.size_digits < 5
    assert btc.size_exact(btc.size_max_points) == market_rules.size_max


def test_a_tick_of_ten_is_ten_points() -> None:
    btc = rules(market(tick=Decimal(10), lot=Decimal("1E+2"), size_min=Decimal(100))).instrument("BTC/USDT")
    assert (btc.price_digits, btc.tick_points, btc.size_digits, btc.lot_points) == (0, 10, 0, 100)


def test_a_smallest_size_between_two_lots_is_not_made_smaller() -> None:
    btc = rules(market(lot=Decimal("0.001"), size_min=Decimal("0.0015"))).instrument("BTC/USDT")
    assert btc.size_exact(btc.size_min_points) >= Decimal("0.0015")


def test_an_instrument_carries_filters_and_fees() -> None:
    facts = market(maker_fee=Decimal("0.0008"))
    btc = rules(facts).instrument("BTC/USDT")
    assert (btc.notional_min, btc.maker_fee, btc.taker_fee) == (facts.notional_min, facts.maker_fee, facts.taker_fee)
    assert (btc.open_orders_max, btc.price_band) == (400, None)


def test_an_unknown_market_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match=r"rules test-spot: expected one of BTC/USDT, ETH/USDT, found XRP/USDT"):
        rules(market(), market("ETH/USDT")).market("XRP/USDT")


def test_a_bucket_is_found_by_name_and_its_absence_is_our_own_fault() -> None:
    assert rules().bucket("orders").limit == 10
    with pytest.raises(InvariantError, match=r"rules test-spot: expected a bucket weight, found none"):
        rules().bucket("weight")


def test_one_order_goes_alone_and_more_go_as_a_batch() -> None:
    assert request_kind(BatchKind.PLACE, 1) is RequestKind.PLACE
    assert request_kind(BatchKind.PLACE, 2) is RequestKind.PLACE_BATCH
    assert request_kind(BatchKind.CANCEL, 1) is RequestKind.CANCEL
    assert request_kind(BatchKind.AMEND, 50) is RequestKind.AMEND_BATCH


def test_every_kind_of_batch_has_its_requests_and_every_request_its_kind() -> None:
    assert set(REQUESTS) == set(BatchKind)
    assert sorted(kind for pair in REQUESTS.values() for kind in pair) == sorted(RequestKind)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("0.01", 2), ("0.5", 1), ("10", 0), ("1E+2", 0), ("1E-8", 8), ("0.10", 1), ("1", 0), ("0", 0), ("0.00", 0)],
)
def test_decimals_are_those_that_count(number: str, expected: int) -> None:
    assert decimals(Decimal(number)) == expected
