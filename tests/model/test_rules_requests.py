"""What a table says of requests: mixed batches, special requests, pauses, contracts, and what it leaves unsaid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.batch import REQUESTS, BatchKind, RequestKind, request_kind
from framework.model.rules import Bucket, Certainty, Cost, CountedBy, MarketRules, SelfTrade, VenueRules

SECOND = 10**9


def rules(*markets: MarketRules, pause_ns: int = SECOND) -> VenueRules:
    return VenueRules(
        name="test",
        title="Test",
        venue="test",
        as_of="2024-08-08",
        buckets=(),
        costs={},
        batch_max={},
        markets=markets,
        self_trade=SelfTrade.NONE,
        source="test",
        pause_ns=pause_ns,
    )


@pytest.mark.parametrize(("orders", "units"), [((20, 5), 3), ((1, 10), 2), ((1,) * 10, 10), ((50,), 5), ((), 0)])
def test_a_batch_of_several_pairs_costs_what_its_pairs_cost(orders: tuple[int, ...], units: int) -> None:
    """The first is of our notes on Bitget (5.2), the second of the venue's own page: 1 of ETH, 10 of BTC."""
    assert Cost("batch", orders_per_unit=10).of_pairs(orders) == units


@given(st.lists(st.integers(1, 50), max_size=10), st.integers(1, 5))
def test_a_flat_cost_is_flat_over_pairs_too(orders: list[int], units: int) -> None:
    assert Cost("batch", units).of_pairs(orders) == units


@given(st.lists(st.integers(1, 50), min_size=1, max_size=10), st.integers(0, 20))
def test_mixing_pairs_never_costs_less_than_one_pair_of_as_many_orders(orders: list[int], orders_per_unit: int) -> None:
    cost = Cost("batch", orders_per_unit=orders_per_unit)
    assert cost.of_pairs(orders) >= cost.of(sum(orders))
    assert cost.of_pairs(orders[:1]) == cost.of(orders[0])


def test_special_requests_carry_no_batch_of_their_own() -> None:
    ordinary = {request_kind(kind, orders) for kind in BatchKind for orders in (1, 2)}
    assert set(RequestKind) - ordinary == {RequestKind.CANCEL_SYMBOL, RequestKind.SHRINK}
    assert RequestKind.CANCEL_SYMBOL in REQUESTS[BatchKind.CANCEL]
    assert RequestKind.SHRINK in REQUESTS[BatchKind.AMEND]


def test_a_bucket_pauses_as_it_says_or_as_its_venue_does() -> None:
    plain = Bucket("place", 10, SECOND, CountedBy.UID, "test")
    slow = Bucket("ip", 6000, 60 * SECOND, CountedBy.IP, "test", pause_ns=300 * SECOND)
    assert rules(pause_ns=2 * SECOND).pause_of(plain) == 2 * SECOND
    assert rules().pause_of(slow) == 300 * SECOND


def test_a_table_that_says_nothing_promises_nothing() -> None:
    table = rules()
    assert table.acceptance_certainty is Certainty.NONE
    assert not table.is_refused_when_limited
    assert not table.amend_keeps_place
    assert (table.headers, table.remaining_header, table.mixes_pairs) == ({}, "", frozenset())


def test_contracts_become_sizes_in_base() -> None:
    market = MarketRules(
        symbol="BTC/USDT:USDT",
        tick=Decimal("0.5"),
        lot=Decimal(1),
        size_min=Decimal(2),
        size_max=Decimal(1000),
        notional_min=Decimal(5),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0006"),
        open_orders_max=200,
        source="made up",
        contract_size=Decimal("0.001"),
    )
    btc = rules(market).instrument("BTC/USDT:USDT")
    assert (btc.id, btc.is_spot, btc.base, btc.quote) == ("BTC/USDT:USDT@test", False, "BTC", "USDT")
    assert btc.size_exact(btc.lot_points) == Decimal("0.001")
    assert (btc.size_exact(btc.size_min_points), btc.size_exact(btc.size_max_points)) == (Decimal("0.002"), Decimal(1))
