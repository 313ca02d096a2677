"""Binance USD-M's table against what its documents and recordings say."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from framework.model.batch import BatchKind, RequestKind
from framework.model.rules import Certainty, VenueRules
from framework.venues.binance.rules.futures import FUTURES, FUTURES_LENIENT, RECORDED_2025

RECORDING = Path(__file__).parents[4] / ".." / "shared" / "data/traffic/binance/gocryptotrader/binance_http.json.gz"


def drawn(table: VenueRules, kind: RequestKind, orders: int) -> dict[str, int]:
    return {cost.bucket: cost.of(orders) for cost in table.costs[kind]}


def test_a_batch_of_five_saves_the_minute_count_and_costs_weight() -> None:
    """12.4: five singles are 5 of both counts and weigh nothing."""
    assert drawn(FUTURES, RequestKind.PLACE, 1) == {"orders_10s": 1, "orders_1m": 1}
    assert drawn(FUTURES, RequestKind.PLACE_BATCH, 5) == {"orders_10s": 5, "orders_1m": 1, "request_weight": 5}
    assert drawn(FUTURES, RequestKind.AMEND_BATCH, 5) == drawn(FUTURES, RequestKind.PLACE_BATCH, 5)


def test_a_smaller_batch_costs_as_much_unless_read_leniently() -> None:
    assert drawn(FUTURES, RequestKind.PLACE_BATCH, 2) == drawn(FUTURES, RequestKind.PLACE_BATCH, 5)
    assert drawn(FUTURES_LENIENT, RequestKind.PLACE_BATCH, 2) == {
        "orders_10s": 2,
        "orders_1m": 1,
        "request_weight": 5,
    }
    assert FUTURES_LENIENT.costs[RequestKind.PLACE_BATCH][0].of_pairs((2, 1)) == 3


@pytest.mark.parametrize("kind", [RequestKind.CANCEL, RequestKind.CANCEL_BATCH, RequestKind.CANCEL_SYMBOL])
def test_cancels_weigh_one_and_are_no_orders(kind: RequestKind) -> None:
    assert drawn(FUTURES, kind, 10) == {"request_weight": 1}


def test_batches_are_longer_to_cancel_than_to_place() -> None:
    assert FUTURES.batch_max == {BatchKind.PLACE: 5, BatchKind.CANCEL: 10, BatchKind.AMEND: 5}
    assert frozenset({BatchKind.PLACE, BatchKind.AMEND}) == FUTURES.mixes_pairs


def test_a_modify_loses_its_place_and_is_an_order() -> None:
    assert not FUTURES.amend_keeps_place
    assert drawn(FUTURES, RequestKind.AMEND, 1) == drawn(FUTURES, RequestKind.PLACE, 1)


def test_the_bound_is_assumed_from_spot() -> None:
    assert (FUTURES.acceptance_bound_ns, FUTURES.acceptance_certainty) == (15_000_000_000, Certainty.ASSUMED)


def recorded() -> dict[str, Any]:
    if not RECORDING.exists():
        pytest.skip("the shared recordings are not beside the project")
    answer: dict[str, Any] = json.loads(gzip.decompress(RECORDING.read_bytes()))
    return answer["routes"]["/fapi/v1/exchangeInfo"]["GET"][0]["data"]  # type: ignore[no-any-return]  # JSON


def test_recorded_limits_are_those_of_the_table() -> None:
    buckets = {
        ("ORDERS", "SECOND"): "orders_10s",
        ("ORDERS", "MINUTE"): "orders_1m",
        ("REQUEST_WEIGHT", "MINUTE"): "request_weight",
    }
    limits = recorded()["rateLimits"]
    assert len(limits) == len(buckets) == len(FUTURES.buckets)
    for limit in limits:
        assert FUTURES.bucket(buckets[limit["rateLimitType"], limit["interval"]]).limit == limit["limit"]


def test_recorded_markets_are_those_of_the_answer() -> None:
    symbols = {symbol["symbol"]: symbol for symbol in recorded()["symbols"]}
    markets = [market for market in FUTURES.markets if market.source == RECORDED_2025]
    assert len(markets) == 5
    for market in markets:
        filters = {each["filterType"]: each for each in symbols[market.symbol[:-5].replace("/", "")]["filters"]}
        assert market.tick == Decimal(filters["PRICE_FILTER"]["tickSize"])
        lots = filters["LOT_SIZE"]
        assert (market.lot, market.size_min, market.size_max) == (
            Decimal(lots["stepSize"]),
            Decimal(lots["minQty"]),
            Decimal(lots["maxQty"]),
        )
        assert market.notional_min == Decimal(filters["MIN_NOTIONAL"]["notional"])
        assert market.price_band == Decimal(filters["PERCENT_PRICE"]["multiplierUp"]) - 1
        assert market.open_orders_max == filters["MAX_NUM_ORDERS"]["limit"]
