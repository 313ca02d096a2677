"""Binance spot."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.model.batch import BatchKind
from framework.model.rules import Bucket, Certainty, Cost, CountedBy, MarketRules, RequestKind, SelfTrade, VenueRules
from framework.venues.readings import LENIENT, read_again

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
DAY_NS: Final = 24 * 60 * MINUTE_NS

RECEIVE_WINDOW_NS: Final = 5 * SECOND_NS  # 3.2: recvWindow is 5000 ms unless the request says otherwise
PROCESSING_NS: Final = 10 * SECOND_NS  # 2: server-side processing limit, after that -1007

FEE: Final = Decimal("0.001")  # assumed: the base rate without discounts; `account/commission` has an account's own
NOTIONAL_MIN: Final = Decimal(5)  # NOTIONAL filter of BTCUSDT and ETHUSDT, exchangeInfo recorded 2025-08-07
OPEN_ORDERS_MAX: Final = 200  # 7.2 MAX_NUM_ORDERS; the same in exchangeInfo recorded 2025-08-07
# 7.2 PERCENT_PRICE_BY_SIDE, recorded 2025-08-07: a buy up to 5 x, a sell down to 0.2 x. One band for both: the narrower.
PRICE_BAND: Final = Decimal("0.8")

RECORDED_2025: Final = "PRICE_FILTER, LOT_SIZE, NOTIONAL of exchangeInfo recorded 2025-08-07"
RECORDED_2021: Final = "PRICE_FILTER, LOT_SIZE of exchangeInfo recorded 2021-10-12; check before going live"


def _market(symbol: str, tick: str, lot: str, size_max: str, source: str) -> MarketRules:
    return MarketRules(
        symbol=symbol,
        tick=Decimal(tick),
        lot=Decimal(lot),
        size_min=Decimal(lot),
        size_max=Decimal(size_max),
        notional_min=NOTIONAL_MIN,
        maker_fee=FEE,
        taker_fee=FEE,
        open_orders_max=OPEN_ORDERS_MAX,
        source=source,
        price_band=PRICE_BAND,
    )


# 5.2: a request that succeeds weighs nothing and one that fails weighs 1. Charged as if all failed: the strict reading.
WEIGHT: Final = Cost("request_weight")
RAW: Final = Cost("raw_requests")
ORDERS: Final = (Cost("orders_10s"), Cost("orders_1d"))
# 8.5: it only takes quantity away, keeps its place and is no new order.
SHRINK: Final = (Cost("request_weight", 4, source="5.2, 8: amend keepPriority costs 4, succeeding or not"), RAW)

SPOT: Final = VenueRules(
    name="binance-spot",
    title="Binance spot",
    venue="binance",
    as_of="2026-11-21",
    buckets=(
        # 5.1: windows are fixed, the 10 second ones begin at 00, 10, 20 ...
        # 5.3: a first fill gives units back, after a short delay; nothing is given back here: the strict reading.
        Bucket(
            "orders_10s",
            50,
            10 * SECOND_NS,
            CountedBy.UID,
            "5.1 ORDERS: the documents' example prints 50 per 10 s, exchangeInfo recorded 2025-08-07 says 100",
            is_fixed=True,
        ),
        Bucket(
            "orders_1d",
            160_000,
            DAY_NS,
            CountedBy.UID,
            "5.1 ORDERS: 160000 per day in the documents, 200000 in exchangeInfo recorded 2025-08-07",
            is_fixed=True,
        ),
        Bucket(
            "request_weight",
            6000,
            MINUTE_NS,
            CountedBy.IP,
            "5.1 REQUEST_WEIGHT: 6000 per minute and IP, exchangeInfo recorded 2025-08-07",
            is_fixed=True,
            pause_ns=MINUTE_NS,
        ),
        Bucket(
            "raw_requests",
            61_000,
            5 * MINUTE_NS,
            CountedBy.IP,
            "5.1 RAW_REQUESTS: 61000 per 5 minutes in exchangeInfo recorded 2025-08-07, 300000 since 2026-04-02",
            is_fixed=True,
            pause_ns=5 * MINUTE_NS,
        ),
    ),
    costs={
        RequestKind.PLACE: (*ORDERS, WEIGHT, RAW),
        RequestKind.CANCEL: (WEIGHT, RAW),
        # 8.3: DELETE openOrders takes a symbol, cancels order lists too, and answers with what it cancelled.
        RequestKind.CANCEL_SYMBOL: (WEIGHT, RAW),
        # 5.3: cancelReplace counts as one new order, even when the cancel failed and nothing was attempted.
        RequestKind.AMEND: (*ORDERS, WEIGHT, RAW),
        RequestKind.SHRINK: SHRINK,
    },
    # 5.4: no request on spot holds more than one order.
    batch_max=dict.fromkeys(BatchKind, 1),
    markets=(
        _market("BTC/USDT", "0.01", "0.00001", "9000", RECORDED_2025),
        _market("ETH/USDT", "0.01", "0.0001", "9000", RECORDED_2025),
        _market("SOL/USDT", "0.01", "0.01", "90000", RECORDED_2021),
        _market("XRP/USDT", "0.0001", "1", "9222449", RECORDED_2021),
        _market("BNB/USDT", "0.1", "0.001", "900000", RECORDED_2021),
        _market("DOGE/USDT", "0.0001", "1", "9000000", RECORDED_2021),
        # Binance lists no dollar pairs here: these let the bundled Coinbase tapes trade under its rules.
        _market("BTC/USD", "0.01", "0.00001", "9000", "assumed equal to BTC/USDT"),
        _market("ETH/USD", "0.01", "0.0001", "9000", "assumed equal to ETH/USDT"),
    ),
    self_trade=SelfTrade.CANCEL_MAKER,
    source="Binance spot API documents, our notes of 2026-11-21, sections 5, 7.2 and 8",
    sources={
        "batch_max": "5.4: no multi-order request on spot",
        "mixes_pairs": "5.4: no multi-order request on spot",
        "self_trade": "defaultSelfTradePreventionMode EXPIRE_MAKER, exchangeInfo recorded 2025-08-07",
        "amend_keeps_place": "8.5: amend keepPriority, which only takes quantity away; 8.4: any other amend is "
        "cancelReplace and loses its place. amendAllowed of BTCUSDT and ETHUSDT, recorded 2025-08-07",
        "acceptance_bound_ns": "8.2: recvWindow, tested again right before the matching engine (3.2), + 10 s (2)",
        "pause_ns": "4.1: Retry-After comes with a 429; the venue's page on limits (copy of 2026) says that it does not "
        "when the order count is exceeded: the 10 s window then",
        "is_refused_when_limited": "4.1, 4.2: 429, -1003 and -1015 are not executed; cancelReplace with DO_NOTHING",
        "headers": "5.1: on every answer the weight, on answers to accepted orders the counts",
    },
    amend_keeps_place=True,
    acceptance_bound_ns=RECEIVE_WINDOW_NS + PROCESSING_NS,
    acceptance_certainty=Certainty.DOCUMENTED,
    receive_window_ns=RECEIVE_WINDOW_NS,
    pause_ns=10 * SECOND_NS,
    is_refused_when_limited=True,
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
        "orders_10s": (100, "5.1 ORDERS: 100 per 10 s in exchangeInfo recorded 2025-08-07"),
        "orders_1d": (200_000, "5.1 ORDERS: 200000 per day in exchangeInfo recorded 2025-08-07"),
        "raw_requests": (300_000, "5.1 RAW_REQUESTS: 300000 per 5 minutes since 2026-04-02"),
    },
    # 5.2: order traffic that succeeds weighs nothing since 2026-04-02.
    costs={
        RequestKind.PLACE: (*ORDERS, RAW),
        RequestKind.CANCEL: (RAW,),
        RequestKind.CANCEL_SYMBOL: (RAW,),
        RequestKind.AMEND: (*ORDERS, RAW),
        RequestKind.SHRINK: SHRINK,
    },
)
