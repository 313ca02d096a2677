"""Binance spot's table against what its notes and recordings say."""

from __future__ import annotations

from decimal import Decimal

from framework.model.rules import RequestKind, SelfTrade
from framework.venues.binance.rules import SPOT


def test_there_are_no_batches_and_windows_are_fixed() -> None:
    assert set(SPOT.batch_max.values()) == {1}
    assert all(bucket.is_fixed for bucket in SPOT.buckets)


def test_buckets_are_those_of_exchange_info() -> None:
    assert {(bucket.name, bucket.limit, bucket.window_ns // 10**9) for bucket in SPOT.buckets} == {
        ("orders_10s", 100, 10),
        ("orders_1d", 160_000, 86_400),
        ("request_weight", 6000, 60),
    }


def test_cancels_do_not_count_as_orders() -> None:
    assert [cost.bucket for cost in SPOT.costs[RequestKind.PLACE]] == ["orders_10s", "orders_1d", "request_weight"]
    assert [cost.bucket for cost in SPOT.costs[RequestKind.CANCEL]] == ["request_weight"]


def test_btc_is_as_recorded() -> None:
    btc = SPOT.instrument("BTC/USDT")
    assert (btc.price_digits, btc.size_digits, btc.size_max_points) == (2, 5, 900_000_000)
    assert (btc.notional_min, btc.open_orders_max) == (Decimal(5), 200)
    assert SPOT.self_trade is SelfTrade.CANCEL_MAKER
