"""The unified account's table against what its documents say."""

from __future__ import annotations

from framework.model.batch import BatchKind, RequestKind
from framework.venues.bitget.rules.futures import PERPETUALS
from framework.venues.bitget.rules.spot import PAIRS
from framework.venues.bitget.rules.unified import UNIFIED, UNIFIED_LENIENT


def test_buckets_are_those_of_the_endpoints() -> None:
    assert {bucket.name: bucket.limit for bucket in UNIFIED.buckets} == {
        "place": 10,
        "place_batch": 5,
        "cancel": 10,
        "cancel_batch": 5,
        "cancel_symbol": 5,
        "modify": 10,
        "modify_batch": 10,
        "ip": 6000,
    }


def test_spot_and_perpetuals_share_the_endpoints() -> None:
    assert UNIFIED.markets == (*PAIRS, *PERPETUALS)
    assert UNIFIED.instrument("BTC/USDT").is_spot
    assert not UNIFIED.instrument("BTC/USDT:USDT").is_spot


def test_batches_hold_twenty() -> None:
    assert dict.fromkeys(BatchKind, 20) == UNIFIED.batch_max
    assert [UNIFIED.costs[RequestKind.PLACE_BATCH][0].of(orders) for orders in (10, 11, 20)] == [1, 2, 2]


def test_an_amend_is_a_modify_whose_place_is_taken_as_lost() -> None:
    assert UNIFIED.costs[RequestKind.AMEND][0].bucket == "modify"
    assert not UNIFIED.amend_keeps_place


def test_leniently_a_batch_is_one_unit() -> None:
    assert UNIFIED_LENIENT.costs[RequestKind.AMEND_BATCH][0].of(20) == 1
