"""Bitget spot's table against what its documents say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.batch import BatchKind, RequestKind
from framework.model.rules import Certainty, SelfTrade
from framework.venues.bitget.rules.spot import SPOT, SPOT_LEAD_TRADER, SPOT_LENIENT


@pytest.mark.parametrize("kind", [RequestKind.PLACE_BATCH, RequestKind.CANCEL_BATCH, RequestKind.AMEND_BATCH])
def test_ten_orders_of_a_pair_in_a_batch_count_as_one_request(kind: RequestKind) -> None:
    own, ip = SPOT.costs[kind]
    assert [own.of(orders) for orders in (1, 10, 11, 50)] == [1, 1, 2, 5]
    assert own.of_pairs((20, 5)) == 3
    assert (ip.bucket, ip.of(50)) == ("ip", 1)


def test_buckets_are_those_of_the_endpoints() -> None:
    seconds = {bucket.name: bucket.limit for bucket in SPOT.buckets if bucket.window_ns == 1_000_000_000}
    assert seconds == {
        "place": 10,
        "place_batch": 5,
        "cancel": 10,
        "cancel_batch": 5,
        "cancel_symbol": 5,
        "replace": 5,
        "replace_batch": 5,
    }
    assert (SPOT.bucket("ip").limit, SPOT.bucket("ip").window_ns) == (6000, 60_000_000_000)
    assert not any(bucket.is_fixed for bucket in SPOT.buckets)


def test_every_kind_of_request_draws_from_its_own_bucket_and_the_address() -> None:
    assert {kind: [cost.bucket for cost in costs] for kind, costs in SPOT.costs.items()} == {
        RequestKind.PLACE: ["place", "ip"],
        RequestKind.PLACE_BATCH: ["place_batch", "ip"],
        RequestKind.CANCEL: ["cancel", "ip"],
        RequestKind.CANCEL_BATCH: ["cancel_batch", "ip"],
        RequestKind.CANCEL_SYMBOL: ["cancel_symbol", "ip"],
        RequestKind.AMEND: ["replace", "ip"],
        RequestKind.AMEND_BATCH: ["replace_batch", "ip"],
    }
    assert dict.fromkeys(BatchKind, 50) == SPOT.batch_max
    assert frozenset(BatchKind) == SPOT.mixes_pairs


def test_an_amend_is_a_cancel_replace_and_loses_its_place() -> None:
    assert not SPOT.amend_keeps_place
    assert RequestKind.SHRINK not in SPOT.costs


def test_silence_may_mean_acceptance_for_a_minute() -> None:
    assert (SPOT.acceptance_bound_ns, SPOT.acceptance_certainty) == (60_000_000_000, Certainty.ASSUMED)
    assert not SPOT.is_refused_when_limited
    assert (SPOT.headers, SPOT.remaining_header) == ({}, "x-mbx-used-remain-limit")


def test_lenient_allows_what_any_source_allows() -> None:
    assert (SPOT_LENIENT.bucket("cancel_batch").limit, SPOT_LENIENT.bucket("replace").limit) == (10, 10)
    assert SPOT_LENIENT.costs[RequestKind.CANCEL_BATCH][0].of(50) == 1


def test_lead_traders_place_once_a_second_and_no_more_than_one_unit() -> None:
    assert [SPOT_LEAD_TRADER.bucket(name).limit for name in ("place", "place_batch", "cancel_batch")] == [1, 1, 5]
    assert (SPOT_LEAD_TRADER.batch_max[BatchKind.PLACE], SPOT_LEAD_TRADER.batch_max[BatchKind.CANCEL]) == (10, 50)


def test_btc_is_as_recorded() -> None:
    btc = SPOT.instrument("BTC/USDT")
    assert (btc.price_digits, btc.size_digits, btc.tick_points, btc.lot_points) == (2, 6, 1, 1)
    assert (btc.notional_min, btc.price_band, btc.open_orders_max) == (Decimal(1), Decimal("0.05"), 400)
    assert (btc.maker_fee, btc.taker_fee) == (Decimal("0.001"), Decimal("0.001"))
    assert SPOT.self_trade is SelfTrade.NONE


def test_dollar_pairs_say_that_they_are_assumed() -> None:
    for symbol in ("BTC/USD", "ETH/USD"):
        assert "assumed" in SPOT.market(symbol).source
