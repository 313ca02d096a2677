"""Binance spot."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Final

from framework.model.batch import BatchKind, RequestKind
from framework.model.instants import DAY_NS, MINUTE_NS, NS_PER_S
from framework.model.rules import Bucket, Certainty, Cost, CountedBy, SelfTrade, VenueRules
from framework.venues.binance.rules.bans import BAN
from framework.venues.listed import listed
from framework.venues.readings import LENIENT, read_again

RECEIVE_WINDOW_NS: Final = (
    5 * NS_PER_S
)  # rest-api, Timing security: recvWindow is 5000 ms unless the request says otherwise
PROCESSING_NS: Final = 10 * NS_PER_S  # rest-api, General API Information: time-out of the processing, after that -1007

FEE: Final = Decimal("0.001")  # assumed: the base rate without discounts; `account/commission` has an account's own
NOTIONAL_MIN: Final = Decimal(5)  # NOTIONAL filter of BTCUSDT and ETHUSDT, exchangeInfo recorded 2025-08-07
OPEN_ORDERS_MAX: Final = 200  # filters, MAX_NUM_ORDERS; the same in exchangeInfo recorded 2025-08-07
# filters, PERCENT_PRICE_BY_SIDE, recorded 2025-08-07: a buy up to 5 x, a sell down to 0.2 x. One band for both: the narrower.
PRICE_BAND: Final = Decimal("0.8")

RECORDED_2025: Final = "PRICE_FILTER, LOT_SIZE, NOTIONAL of exchangeInfo recorded 2025-08-07"
RECORDED_2021: Final = "PRICE_FILTER, LOT_SIZE of exchangeInfo recorded 2021-10-12; check before going live"


_market = partial(
    listed,
    notional_min=NOTIONAL_MIN,
    maker_fee=FEE,
    taker_fee=FEE,
    open_orders_max=OPEN_ORDERS_MAX,
    price_band=PRICE_BAND,
)


# changelog, 2026-04-02: a request that succeeds weighs nothing and one that fails weighs 1. Charged as if all failed: the strict reading.
WEIGHT: Final = Cost("request_weight")
RAW: Final = Cost("raw_requests")
ORDERS: Final = (Cost("orders_10s"), Cost("orders_1d"))
# faqs/order_amend_keep_priority: it only takes quantity away, keeps its place and is no new order.
SHRINK: Final = (
    Cost("request_weight", 4, source="rest-api, PUT order/amend/keepPriority: costs 4, succeeding or not"),
    RAW,
)

SPOT: Final = VenueRules(
    name="binance-spot",
    title="Binance spot",
    venue="binance",
    as_of="2026-11-21",
    buckets=(
        # rest-api, Limits: windows are fixed, the 10 second ones begin at 00, 10, 20 ...
        # faqs/order_count_decrement: a first fill gives units back, after a short delay; nothing is given back here: the strict reading.
        Bucket(
            "orders_10s",
            50,
            10 * NS_PER_S,
            CountedBy.UID,
            "rest-api, exchangeInfo, ORDERS: the documents' example prints 50 per 10 s, exchangeInfo recorded 2025-08-07 says 100",
            is_fixed=True,
        ),
        Bucket(
            "orders_1d",
            160_000,
            DAY_NS,
            CountedBy.UID,
            "rest-api, exchangeInfo, ORDERS: 160000 per day in the documents, 200000 in exchangeInfo recorded 2025-08-07",
            is_fixed=True,
        ),
        Bucket(
            "request_weight",
            6000,
            MINUTE_NS,
            CountedBy.IP,
            "rest-api, exchangeInfo, REQUEST_WEIGHT: 6000 per minute and IP, exchangeInfo recorded 2025-08-07",
            is_fixed=True,
            pause_ns=MINUTE_NS,
            tells_retry_after=True,
        ),
        Bucket(
            "raw_requests",
            61_000,
            5 * MINUTE_NS,
            CountedBy.IP,
            "enums, RAW_REQUESTS: 61000 per 5 minutes in exchangeInfo recorded 2025-08-07, 300000 since 2026-04-02",
            is_fixed=True,
            pause_ns=5 * MINUTE_NS,
            tells_retry_after=True,
        ),
    ),
    costs={
        RequestKind.PLACE: (*ORDERS, WEIGHT, RAW),
        RequestKind.CANCEL: (WEIGHT, RAW),
        # rest-api, DELETE openOrders: it takes a symbol, cancels order lists too, and answers with what it cancelled.
        RequestKind.CANCEL_SYMBOL: (WEIGHT, RAW),
        # rest-api, POST order/cancelReplace: it counts as one new order, even when the cancel failed and nothing was attempted.
        RequestKind.AMEND: (*ORDERS, WEIGHT, RAW),
        RequestKind.SHRINK: SHRINK,
    },
    # rest-api: no request on spot holds more than one order.
    batch_max=dict.fromkeys(BatchKind, 1),
    markets=(
        _market("BTC/USDT", "0.01", "0.00001", RECORDED_2025, size_max="9000"),
        _market("ETH/USDT", "0.01", "0.0001", RECORDED_2025, size_max="9000"),
        _market("SOL/USDT", "0.01", "0.01", RECORDED_2021, size_max="90000"),
        _market("XRP/USDT", "0.0001", "1", RECORDED_2021, size_max="9222449"),
        _market("BNB/USDT", "0.1", "0.001", RECORDED_2021, size_max="900000"),
        _market("DOGE/USDT", "0.0001", "1", RECORDED_2021, size_max="9000000"),
        # Binance lists no dollar pairs here: these let the bundled Coinbase tapes trade under its rules.
        _market("BTC/USD", "0.01", "0.00001", "assumed equal to BTC/USDT", size_max="9000"),
        _market("ETH/USD", "0.01", "0.0001", "assumed equal to ETH/USDT", size_max="9000"),
    ),
    self_trade=SelfTrade.CANCEL_MAKER,
    source="Binance spot API documents of 2026-07-21: rest-api, filters, enums, errors",
    sources={
        "batch_max": "rest-api: no multi-order request on spot",
        "mixes_pairs": "rest-api: no multi-order request on spot",
        "self_trade": "defaultSelfTradePreventionMode EXPIRE_MAKER, exchangeInfo recorded 2025-08-07",
        "amend_keeps_place": "faqs/order_amend_keep_priority: it only takes quantity away; any other amend is "
        "cancelReplace and loses its place. amendAllowed of BTCUSDT and ETHUSDT, recorded 2025-08-07",
        "acceptance_bound_ns": "rest-api, Timing security: recvWindow, tested again right before the matching engine; + 10 s of "
        "processing (General API Information)",
        "lookup_horizon_ns": "errors, -2026: an order cancelled or expired without a fill is archived after 90 days",
        "pause_ns": "rest-api, Limits: Retry-After comes with a 429; the venue's page on limits (copy of 2026) says that it does not "
        "when the order count is exceeded: the 10 s window then",
        "is_refused_when_limited": "rest-api, HTTP Return Codes, and errors: 429, -1003 and -1015 are not executed; cancelReplace with DO_NOTHING",
        "headers": "rest-api, IP Limits and Unfilled Order Count: on every answer the weight, on answers to accepted orders the counts",
    },
    amend_keeps_place=True,
    acceptance_bound_ns=RECEIVE_WINDOW_NS + PROCESSING_NS,
    acceptance_certainty=Certainty.DOCUMENTED,
    lookup_horizon_ns=90 * DAY_NS,
    receive_window_ns=RECEIVE_WINDOW_NS,
    pause_ns=10 * NS_PER_S,
    is_refused_when_limited=True,
    ban=BAN,
    headers={
        "x-mbx-used-weight-1m": "request_weight",
        "x-mbx-order-count-10s": "orders_10s",
        "x-mbx-order-count-1d": "orders_1d",
    },
)

SPOT_LENIENT: Final = read_again(
    SPOT,
    LENIENT,
    limits={
        "orders_10s": (100, "rest-api, exchangeInfo, ORDERS: 100 per 10 s in exchangeInfo recorded 2025-08-07"),
        "orders_1d": (200_000, "rest-api, exchangeInfo, ORDERS: 200000 per day in exchangeInfo recorded 2025-08-07"),
        "raw_requests": (300_000, "enums, RAW_REQUESTS: 300000 per 5 minutes since 2026-04-02"),
    },
    # changelog, 2026-04-02: order traffic that succeeds weighs nothing since 2026-04-02.
    costs={
        RequestKind.PLACE: (*ORDERS, RAW),
        RequestKind.CANCEL: (RAW,),
        RequestKind.CANCEL_SYMBOL: (RAW,),
        RequestKind.AMEND: (*ORDERS, RAW),
        RequestKind.SHRINK: SHRINK,
    },
)
