"""Binance spot's table against what its documents and recordings say."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from framework.model.batch import RequestKind
from framework.model.rules import Certainty, SelfTrade
from framework.venues.binance.rules.spot import RECORDED_2025, SPOT, SPOT_LENIENT

SHARED = Path(__file__).parents[4] / ".." / "shared"
RECORDING = SHARED / "data" / "traffic" / "binance" / "gocryptotrader" / "binance_http.json.gz"
WEIGHTS = SHARED / "venues" / "data" / "binance" / "weights_spot.json"


def test_there_are_no_batches_and_windows_are_fixed() -> None:
    assert set(SPOT.batch_max.values()) == {1}
    assert all(bucket.is_fixed for bucket in SPOT.buckets)


def test_buckets_are_those_of_the_documents() -> None:
    assert {(bucket.name, bucket.limit, bucket.window_ns // 10**9) for bucket in SPOT.buckets} == {
        ("orders_10s", 50, 10),
        ("orders_1d", 160_000, 86_400),
        ("request_weight", 6000, 60),
        ("raw_requests", 61_000, 300),
    }


def test_leniently_limits_are_the_live_ones_and_success_weighs_nothing() -> None:
    assert [SPOT_LENIENT.bucket(name).limit for name in ("orders_10s", "orders_1d", "raw_requests")] == [
        100,
        200_000,
        300_000,
    ]
    assert "request_weight" not in {cost.bucket for cost in SPOT_LENIENT.costs[RequestKind.PLACE]}


def test_cancels_do_not_count_as_orders() -> None:
    counted = {
        kind: {cost.bucket for cost in costs} & {"orders_10s", "orders_1d"} for kind, costs in SPOT.costs.items()
    }
    assert {kind for kind, buckets in counted.items() if buckets} == {RequestKind.PLACE, RequestKind.AMEND}


def test_an_order_shrinks_in_its_place_for_weight_and_no_order() -> None:
    assert SPOT.amend_keeps_place
    assert [(cost.bucket, cost.of(1)) for cost in SPOT.costs[RequestKind.SHRINK]] == [
        ("request_weight", 4),
        ("raw_requests", 1),
    ]


def test_silence_and_refusals_are_documented() -> None:
    assert (SPOT.acceptance_bound_ns, SPOT.acceptance_certainty) == (15_000_000_000, Certainty.DOCUMENTED)
    assert SPOT.receive_window_ns == 5_000_000_000
    assert SPOT.is_refused_when_limited


def test_btc_is_as_recorded() -> None:
    btc = SPOT.instrument("BTC/USDT")
    assert (btc.price_digits, btc.size_digits, btc.size_max_points) == (2, 5, 900_000_000)
    assert (btc.notional_min, btc.open_orders_max) == (Decimal(5), 200)
    assert SPOT.self_trade is SelfTrade.CANCEL_MAKER


def recorded() -> dict[str, Any]:
    if not RECORDING.exists():
        pytest.skip("the shared recordings are not beside the project")
    answer: dict[str, Any] = json.loads(gzip.decompress(RECORDING.read_bytes()))
    return answer["routes"]["/api/v3/exchangeInfo"]["GET"][0]["data"]  # type: ignore[no-any-return]  # JSON


def test_recorded_limits_lie_between_the_readings() -> None:
    buckets = {
        ("ORDERS", "SECOND"): "orders_10s",
        ("ORDERS", "DAY"): "orders_1d",
        ("REQUEST_WEIGHT", "MINUTE"): "request_weight",
        ("RAW_REQUESTS", "MINUTE"): "raw_requests",
    }
    limits = recorded()["rateLimits"]
    assert len(limits) == len(buckets)
    for limit in limits:
        name = buckets[limit["rateLimitType"], limit["interval"]]
        assert SPOT.bucket(name).limit <= limit["limit"] <= SPOT_LENIENT.bucket(name).limit


def test_recorded_markets_are_those_of_the_answer() -> None:
    symbols = {symbol["symbol"]: symbol for symbol in recorded()["symbols"]}
    markets = [market for market in SPOT.markets if market.source == RECORDED_2025]
    assert len(markets) == 2
    for market in markets:
        filters = {each["filterType"]: each for each in symbols[market.symbol.replace("/", "")]["filters"]}
        assert market.tick == Decimal(filters["PRICE_FILTER"]["tickSize"])
        lots = filters["LOT_SIZE"]
        assert (market.lot, market.size_max) == (Decimal(lots["stepSize"]), Decimal(lots["maxQty"]))
        assert market.notional_min == Decimal(filters["NOTIONAL"]["minNotional"])


def test_costs_are_those_of_the_documents() -> None:
    if not WEIGHTS.exists():
        pytest.skip("the shared notes are not beside the project")
    noted = json.loads(WEIGHTS.read_text(encoding="utf-8"))["rest"]
    for kind, request in {
        RequestKind.PLACE: "POST /api/v3/order",
        RequestKind.CANCEL: "DELETE /api/v3/order",
        RequestKind.CANCEL_SYMBOL: "DELETE /api/v3/openOrders",
        RequestKind.AMEND: "POST /api/v3/order/cancelReplace",
        RequestKind.SHRINK: "PUT /api/v3/order/amend/keepPriority",
    }.items():
        for table, weight in ((SPOT, "weight"), (SPOT_LENIENT, "success_weight")):
            drawn = {cost.bucket: cost.of(1) for cost in table.costs[kind]}
            assert drawn.get("request_weight", 0) == noted[request].get(weight, noted[request]["weight"])
            assert drawn.get("orders_10s", 0) == noted[request].get("orders", 0)
