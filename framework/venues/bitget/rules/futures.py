"""Bitget USDT-M perpetuals for a classic account (REST V2)."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Final

from framework.model.batch import BatchKind, RequestKind
from framework.venues.bitget.rules.counting import (
    BATCH_ORDERS_PER_UNIT,
    IP,
    SOURCES,
    batch,
    endpoint,
    lenient,
    rules,
    single,
)
from framework.venues.listed import listed
from framework.venues.readings import LEAD_TRADER, read_again

BATCH_ORDERS_MAX: Final = 50  # Endpoint pages: mix/order/batch-place-order; batch-cancel-orders on its own page
MAKER_FEE: Final = Decimal("0.0002")  # makerFeeRate of every contracts answer of 2022 and 2026
TAKER_FEE: Final = Decimal("0.0006")  # takerFeeRate of the same
NOTIONAL_MIN: Final = Decimal(5)  # minTradeUSDT of a recorded V2 contracts answer; minOrderAmount of V3, 2026-02-08
OPEN_ORDERS_MAX: Final = 200  # maxSymbolOrderNum of a recorded V2 contracts answer; 400 over the product
SIZE_MAX: Final = Decimal(10_000_000_000)  # assumed: none was recorded but BTC's

DOCUMENTED_2026: Final = "V3 instruments answer of 2026-02-08 in the documents; recorded V2 answers have 0.001 BTC"
RECORDED_2022: Final = "contracts list recorded 2022-04-07; check before going live"


# GET mix/market/contracts: tick = priceEndStep x 10^-pricePlace, lot = sizeMultiplier, sizes in the base coin: a contract is one coin.
_market = partial(
    listed,
    size_max=SIZE_MAX,
    notional_min=NOTIONAL_MIN,
    maker_fee=MAKER_FEE,
    taker_fee=TAKER_FEE,
    open_orders_max=OPEN_ORDERS_MAX,
)


PERPETUALS: Final = (
    _market("BTC/USDT:USDT", "0.1", "0.0001", DOCUMENTED_2026, price_band="0.05", size_max="1200"),
    _market("ETH/USDT:USDT", "0.01", "0.01", RECORDED_2022, price_band="0.01"),
    _market("SOL/USDT:USDT", "0.0001", "1", RECORDED_2022, price_band="0.02"),
    _market("XRP/USDT:USDT", "0.0001", "1", RECORDED_2022, price_band="0.02"),
    _market("LTC/USDT:USDT", "0.01", "0.1", RECORDED_2022, price_band="0.02"),
    _market("DOGE/USDT:USDT", "0.000001", "1", RECORDED_2022, price_band="0.02"),
)

FUTURES: Final = rules(
    name="bitget-futures",
    title="Bitget USDT-M futures",
    buckets=(
        endpoint("place", 10, "POST mix/order/place-order: 10 per second by UID"),
        endpoint("place_batch", 5, "POST mix/order/batch-place-order: 5 on newer pages, 10 on older ones"),
        endpoint("cancel", 10, "POST mix/order/cancel-order: 10 per second by UID"),
        endpoint("cancel_batch", 10, "POST mix/order/batch-cancel-orders: 10 per second by UID"),
        endpoint("modify", 10, "POST mix/order/modify-order: 10 per second by UID"),
        IP,
    ),
    costs={
        RequestKind.PLACE: single("place"),
        RequestKind.PLACE_BATCH: batch("place_batch"),
        RequestKind.CANCEL: single("cancel"),
        RequestKind.CANCEL_BATCH: batch("cancel_batch"),
        # Its page: batch-cancel-orders without its list cancels all of the symbol, and answers with what it cancelled.
        # cancel-all-orders is not used for it: 10 per second by its page, 1 in a client.
        RequestKind.CANCEL_SYMBOL: single("cancel_batch"),
        # POST mix/order/modify-order: price and size together; it cancels and enters anew, under a client id of its own.
        RequestKind.AMEND: single("modify"),
    },
    amends_under_one_id=False,
    batch_max={BatchKind.PLACE: BATCH_ORDERS_MAX, BatchKind.CANCEL: BATCH_ORDERS_MAX, BatchKind.AMEND: 1},
    markets=PERPETUALS,
    source="Bitget REST V2 documentation: quick start, API FAQ, and the pages of mix/market and mix/order",
    sources={
        **SOURCES,
        "batch_max": "endpoint pages: batch-place-order at most 50; batch-cancel-orders at most 50 by its own page; no batch of "
        "modify-order is documented",
        "mixes_pairs": "POST mix/order/batch-place-order, batch-cancel-orders: a batch to place or to cancel names one symbol for all of it",
        "amends_under_one_id": "POST mix/order/modify-order: cancels and enters anew, under a client id of its own",
        "amend_keeps_place": "POST mix/order/modify-order: cancels and enters anew",
    },
)

FUTURES_LENIENT: Final = lenient(
    FUTURES, {"place_batch": (10, "POST mix/order/batch-place-order: 10 per second on older pages")}
)

FUTURES_LEAD_TRADER: Final = read_again(
    FUTURES,
    LEAD_TRADER,
    limits={
        "place": (1, "quick start, rate limits: copy-trading lead traders 1 per second on place-order"),
        "place_batch": (1, "quick start, rate limits: copy-trading lead traders 1 per second on batch-place-order"),
    },
    batch_max={**FUTURES.batch_max, BatchKind.PLACE: BATCH_ORDERS_PER_UNIT},
    sources={"batch_max": "no more than the one unit a second that it leaves to place a batch with"},
)
