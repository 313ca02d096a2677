"""Binance USD-M perpetuals."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Final

from msgspec.structs import replace

from framework.model.batch import BatchKind, RequestKind
from framework.model.instants import DAY_NS, MINUTE_NS, NS_PER_S
from framework.model.rules import Bucket, Certainty, Cost, CountedBy, SelfTrade, VenueRules
from framework.venues.binance.rules.bans import BAN
from framework.venues.listed import listed
from framework.venues.readings import LENIENT, read_again

RECEIVE_WINDOW_NS: Final = 5 * NS_PER_S  # recvWindow is 5000 ms unless the request says otherwise
PROCESSING_NS: Final = 10 * NS_PER_S  # spot rest-api, General API Information: after that -1007

BATCH_PLACE_MAX: Final = 5  # POST and PUT batchOrders
BATCH_CANCEL_MAX: Final = 10  # DELETE batchOrders

MAKER_FEE: Final = Decimal("0.0002")  # commissionRate in the documents' example
TAKER_FEE: Final = Decimal("0.0005")  # assumed: the base rate that fee pages of 2025 print; the example has 0.0004
OPEN_ORDERS_MAX: Final = 200  # MAX_NUM_ORDERS of every perpetual, exchangeInfo recorded 2025-08-07
PRICE_BAND: Final = Decimal("0.05")  # PERCENT_PRICE 0.95 to 1.05 of the mark price, recorded 2025-08-07

RECORDED_2025: Final = "PRICE_FILTER, LOT_SIZE, MIN_NOTIONAL of exchangeInfo recorded 2025-08-07"
RECORDED_2021: Final = (
    "PRICE_FILTER, LOT_SIZE, MIN_NOTIONAL of exchangeInfo recorded 2021-07-21; check before going live"
)


# Sizes are in the base coin: a contract is one coin.
_market = partial(
    listed,
    maker_fee=MAKER_FEE,
    taker_fee=TAKER_FEE,
    open_orders_max=OPEN_ORDERS_MAX,
    price_band=PRICE_BAND,
)


WEIGHT: Final = Cost("request_weight")
ORDERS: Final = (Cost("orders_10s"), Cost("orders_1m"))
BATCH_SOURCE: Final = "POST, PUT fapi/v1/batchOrders: 5 on the 10 s count, 1 on the minute's, 5 of IP weight"
BATCH: Final = (
    Cost("orders_10s", 5, source=BATCH_SOURCE),
    Cost("orders_1m", source=BATCH_SOURCE),
    Cost("request_weight", 5, source=BATCH_SOURCE),
)

FUTURES: Final = VenueRules(
    name="binance-futures",
    title="Binance USD-M futures",
    venue="binance",
    as_of="2026-11-21",
    # Changelog: since 2026-06-30 COIN-M draws on the same pools. Fixed windows are documented for spot only: any stretch
    # counts here, which holds for both.
    buckets=(
        Bucket(
            "orders_10s",
            300,
            10 * NS_PER_S,
            CountedBy.UID,
            "fapi/v1/exchangeInfo, ORDERS: 300 per 10 s and account; the same in exchangeInfo recorded 2025-08-07",
        ),
        Bucket(
            "orders_1m",
            1200,
            MINUTE_NS,
            CountedBy.UID,
            "fapi/v1/exchangeInfo, ORDERS: 1200 per minute and account; the same in exchangeInfo recorded 2025-08-07",
            pause_ns=MINUTE_NS,
        ),
        Bucket(
            "request_weight",
            2400,
            MINUTE_NS,
            CountedBy.IP,
            "fapi/v1/exchangeInfo, REQUEST_WEIGHT: 2400 per minute and IP; the same in exchangeInfo recorded 2025-08-07",
            pause_ns=MINUTE_NS,
            tells_retry_after=True,
        ),
    ),
    costs={
        # POST, PUT fapi/v1/order: a single order or modify has IP weight 0.
        RequestKind.PLACE: ORDERS,
        RequestKind.PLACE_BATCH: BATCH,
        RequestKind.CANCEL: (WEIGHT,),
        RequestKind.CANCEL_BATCH: (WEIGHT,),
        # DELETE fapi/v1/allOpenOrders: it cancels one symbol's and answers that it is done, without the orders. Conditional (algo)
        # orders stay.
        RequestKind.CANCEL_SYMBOL: (WEIGHT,),
        # PUT fapi/v1/order: price and quantity together; it cancels the order if no more would be left than is filled, or if a
        # post-only order would take.
        RequestKind.AMEND: ORDERS,
        RequestKind.AMEND_BATCH: BATCH,
    },
    batch_max={
        BatchKind.PLACE: BATCH_PLACE_MAX,
        BatchKind.CANCEL: BATCH_CANCEL_MAX,
        BatchKind.AMEND: BATCH_PLACE_MAX,
    },
    markets=(
        _market("BTC/USDT:USDT", "0.1", "0.001", RECORDED_2025, size_max="1000", notional_min="100"),
        _market("ETH/USDT:USDT", "0.01", "0.001", RECORDED_2025, size_max="10000", notional_min="20"),
        _market("XRP/USDT:USDT", "0.0001", "0.1", RECORDED_2025, size_max="10000000", notional_min="5"),
        _market("LTC/USDT:USDT", "0.01", "0.001", RECORDED_2025, size_max="10000", notional_min="20"),
        _market("BNB/USDT:USDT", "0.01", "0.01", RECORDED_2025, size_max="100000", notional_min="5"),
        _market("SOL/USDT:USDT", "0.001", "1", RECORDED_2021, size_max="10000000", notional_min="5"),
        _market("DOGE/USDT:USDT", "0.00001", "1", RECORDED_2021, size_max="10000000", notional_min="5"),
    ),
    self_trade=SelfTrade.CANCEL_MAKER,
    source="Binance USD-M futures documents: the pages of fapi/v1, and spot's where those are silent",
    sources={
        "batch_max": "fapi/v1/batchOrders: at most 5 to place or modify, 10 to cancel",
        "mixes_pairs": "fapi/v1/batchOrders: each entry to place or modify names its symbol; DELETE batchOrders names one for all",
        "self_trade": "POST fapi/v1/order: selfTradePreventionMode is EXPIRE_MAKER unless an order says otherwise",
        "amend_keeps_place": "PUT fapi/v1/order: a modified order loses its queue place",
        "acceptance_bound_ns": "recvWindow + 10 s: documented for spot (rest-api, Timing security), assumed to hold here",
        "lookup_horizon_ns": "GET fapi/v1/order: cancelled or expired without a fill and older than 3 days is not found",
        "pause_ns": "spot rest-api, Limits: Retry-After comes with a 429; nothing says so of the order counts: the 10 s window then",
        "is_refused_when_limited": "spot rest-api, HTTP Return Codes, and errors: 429, -1003 and -1015 are not executed, said of spot with the same codes",
        "headers": "fapi, General Info, Limits: X-MBX-USED-WEIGHT-1M, X-MBX-ORDER-COUNT-10S, X-MBX-ORDER-COUNT-1M",
    },
    mixes_pairs=frozenset({BatchKind.PLACE, BatchKind.AMEND}),
    acceptance_bound_ns=RECEIVE_WINDOW_NS + PROCESSING_NS,
    acceptance_certainty=Certainty.ASSUMED,
    lookup_horizon_ns=3 * DAY_NS,
    receive_window_ns=RECEIVE_WINDOW_NS,
    pause_ns=10 * NS_PER_S,
    is_refused_when_limited=True,
    ban=BAN,
    headers={
        "x-mbx-used-weight-1m": "request_weight",
        "x-mbx-order-count-10s": "orders_10s",
        "x-mbx-order-count-1m": "orders_1m",
    },
)

LENIENT_BATCH: Final = (
    Cost("orders_10s", orders_per_unit=1, source="POST fapi/v1/batchOrders: 5 for a batch of 5, read as 1 an order"),
    *BATCH[1:],
)

FUTURES_LENIENT: Final = read_again(
    FUTURES,
    LENIENT,
    costs={**FUTURES.costs, RequestKind.PLACE_BATCH: LENIENT_BATCH, RequestKind.AMEND_BATCH: LENIENT_BATCH},
    buckets=tuple([replace(bucket, is_fixed=True) for bucket in FUTURES.buckets]),
)
