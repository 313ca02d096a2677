"""Bitget USDT-M's table against what its documents say."""

from __future__ import annotations

from decimal import Decimal

from framework.model.batch import BatchKind, RequestKind
from framework.venues.bitget.rules.futures import FUTURES, FUTURES_LEAD_TRADER, FUTURES_LENIENT


def test_buckets_are_those_of_the_endpoints() -> None:
    assert {bucket.name: bucket.limit for bucket in FUTURES.buckets} == {
        "place": 10,
        "place_batch": 5,
        "cancel": 10,
        "cancel_batch": 10,
        "modify": 10,
        "ip": 6000,
    }


def test_all_of_a_symbol_is_cancelled_by_the_batch_request_without_its_list() -> None:
    own, _ = FUTURES.costs[RequestKind.CANCEL_SYMBOL]
    assert (own.bucket, own.of(200)) == ("cancel_batch", 1)


def test_amends_go_one_by_one_and_lose_their_place() -> None:
    assert FUTURES.batch_max == {BatchKind.PLACE: 50, BatchKind.CANCEL: 50, BatchKind.AMEND: 1}
    assert RequestKind.AMEND_BATCH not in FUTURES.costs
    assert not FUTURES.amend_keeps_place


def test_a_batch_holds_one_symbol() -> None:
    assert frozenset() == FUTURES.mixes_pairs


def test_readings_differ_in_the_batch_to_place() -> None:
    tables = (FUTURES_LEAD_TRADER, FUTURES, FUTURES_LENIENT)
    assert [table.bucket("place_batch").limit for table in tables] == [1, 5, 10]
    assert [table.batch_max[BatchKind.PLACE] for table in tables] == [10, 50, 50]


def test_btc_is_as_documented() -> None:
    btc = FUTURES.instrument("BTC/USDT:USDT")
    assert (btc.tick_points, btc.price_digits, btc.lot_points, btc.size_digits) == (1, 1, 1, 4)
    assert (btc.size_max_points, btc.notional_min, btc.price_band) == (12_000_000, Decimal(5), Decimal("0.05"))
    assert (btc.maker_fee, btc.taker_fee, btc.open_orders_max) == (Decimal("0.0002"), Decimal("0.0006"), 200)
