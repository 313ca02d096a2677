"""Bitget spot for a classic account (REST V2)."""

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

BATCH_ORDERS_MAX: Final = 50  # Endpoint pages: spot/trade/batch-orders, batch-cancel-order, batch-cancel-replace-order
FEE: Final = Decimal("0.001")  # Assumed: 0.1 % for maker and taker where the account's own rate is not known
PRICE_BAND: Final = Decimal(
    "0.05"
)  # GET spot/public/symbols: buyLimitPriceRatio, sellLimitPriceRatio of every pair seen
NOTIONAL_MIN: Final = Decimal(1)  # GET spot/public/symbols: minTradeUSDT, 1 in answers of 2026 (5 in older ones)
OPEN_ORDERS_MAX: Final = 400  # maxSymbolOrderNum of BTCUSDT spot, recorded V3 instruments answer of 2026
SIZE_MAX: Final = Decimal(10_000_000_000)  # maxTradeAmount of a recorded V2 answer; BTCUSDT's 0 means none

RECORDED_2026: Final = "recorded V3 instruments answer, 2026"
RECORDED_2022: Final = "decimals from the products list recorded 2022-04-07; check before going live"


# GET spot/public/symbols: minTradeAmount is 0 for most pairs, so one lot is the least size and minTradeUSDT the limit that binds.
_market = partial(
    listed,
    size_max=SIZE_MAX,
    notional_min=NOTIONAL_MIN,
    maker_fee=FEE,
    taker_fee=FEE,
    open_orders_max=OPEN_ORDERS_MAX,
    price_band=PRICE_BAND,
)


PAIRS: Final = (
    _market("BTC/USDT", "0.01", "0.000001", RECORDED_2026),
    _market("ETH/USDT", "0.01", "0.0001", RECORDED_2022),
    _market("SOL/USDT", "0.001", "0.0001", RECORDED_2022),
    _market("XRP/USDT", "0.00001", "0.0001", RECORDED_2022),
    _market("LTC/USDT", "0.01", "0.0001", RECORDED_2022),
    _market("DOGE/USDT", "0.000001", "0.0001", RECORDED_2022),
    _market("TRX/USDT", "0.000001", "0.0001", "decimals from a V2 symbols answer kept by a client library"),
    # Bitget lists no dollar pairs: these let the bundled Coinbase tapes trade under its rules.
    _market("BTC/USD", "0.01", "0.000001", "assumed equal to BTC/USDT: the venue lists no dollar pairs"),
    _market("ETH/USD", "0.01", "0.0001", "assumed equal to ETH/USDT: the venue lists no dollar pairs"),
)

SPOT: Final = rules(
    name="bitget-spot",
    title="Bitget spot",
    buckets=(
        endpoint("place", 10, "POST spot/trade/place-order: 10 per second by UID"),
        endpoint("place_batch", 5, "POST spot/trade/batch-orders: 5 per second by UID"),
        endpoint("cancel", 10, "POST spot/trade/cancel-order: 10 per second by UID"),
        endpoint("cancel_batch", 5, "POST spot/trade/batch-cancel-order: 10 documented, 5 in a client: plan for 5"),
        endpoint("cancel_symbol", 5, "POST spot/trade/cancel-symbol-order: 5 per second by UID"),
        endpoint("replace", 5, "POST spot/trade/cancel-replace-order: 5 documented, 10 in a client"),
        endpoint("replace_batch", 5, "POST spot/trade/batch-cancel-replace-order: 5 per second by UID"),
        IP,
    ),
    costs={
        RequestKind.PLACE: single("place"),
        RequestKind.PLACE_BATCH: batch("place_batch"),
        RequestKind.CANCEL: single("cancel"),
        RequestKind.CANCEL_BATCH: batch("cancel_batch"),
        # Its page: asynchronous. It answers with the symbol alone, and the orders go some time later: ask until they are.
        RequestKind.CANCEL_SYMBOL: single("cancel_symbol"),
        # The spot trade pages have no modify. cancel-replace takes limit orders, in two steps that can fail one by one: the old
        # order may be gone and the new one refused.
        RequestKind.AMEND: single("replace"),
        RequestKind.AMEND_BATCH: batch("replace_batch"),
    },
    amends_under_one_id=False,
    batch_max=dict.fromkeys(BatchKind, BATCH_ORDERS_MAX),
    markets=PAIRS,
    source="Bitget REST V2 documentation: quick start, API FAQ, and the pages of spot/public and spot/trade",
    sources={
        **SOURCES,
        "batch_max": "batch-orders and its kin, their pages: at most 50; a guide of the venue (copy of 2026-09) and error 40306 "
        "say 20",
        "mixes_pairs": "POST spot/trade/batch-orders: batchMode `multiple`; batch-cancel-replace-order: each entry of a cancel-replace batch names its symbol",
        "amends_under_one_id": "POST spot/trade/cancel-replace-order: another order, with a client id of its own, in two steps that can fail one by one",
        "amend_keeps_place": "POST spot/trade/cancel-replace-order: makes a new order, at the end of its queue",
    },
    mixes_pairs=frozenset(BatchKind),
)

SPOT_LENIENT: Final = lenient(
    SPOT,
    {
        "cancel_batch": (10, "POST spot/trade/batch-cancel-order: 10 per second by UID, documented"),
        "replace": (10, "POST spot/trade/cancel-replace-order: 10 in a client"),
    },
)

SPOT_LEAD_TRADER: Final = read_again(
    SPOT,
    LEAD_TRADER,
    limits={
        "place": (1, "quick start, rate limits: copy-trading lead traders 1 per second on place-order"),
        "place_batch": (1, "quick start, rate limits: copy-trading lead traders 1 per second on batch-orders"),
    },
    batch_max={**SPOT.batch_max, BatchKind.PLACE: BATCH_ORDERS_PER_UNIT},
    sources={"batch_max": "no more than the one unit a second that it leaves to place a batch with"},
)
