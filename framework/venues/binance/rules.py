"""Binance spot's limits, filters and fees.

Sections are those of our notes on the venue, gathered on 2026-11-21 from its documents (commit of 2026-07-21) and from
recorded answers. Where sources disagree the stricter number stands. `exchangeInfo` gives the live numbers: ask it before going live.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.model.batch import BatchKind
from framework.model.rules import Bucket, Cost, CountedBy, MarketRules, RequestKind, SelfTrade, VenueRules

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
DAY_NS: Final = 24 * 60 * MINUTE_NS

FEE: Final = Decimal(
    "0.001"
)  # assumed: the base rate of 0.1 % without discounts; `account/commission` has an account's own
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
ORDERS: Final = (Cost("orders_10s"), Cost("orders_1d"))

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
            100,
            10 * SECOND_NS,
            CountedBy.UID,
            "5.1 ORDERS: 100 per 10 s in exchangeInfo recorded 2025-08-07; the documents' example prints 50",
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
        ),
    ),
    costs={
        RequestKind.PLACE: (*ORDERS, WEIGHT),
        RequestKind.CANCEL: (WEIGHT,),
        # 5.3: cancelReplace counts as one new order. Amend keep-priority (8.5) costs weight 4 and only shrinks.
        RequestKind.AMEND: (*ORDERS, WEIGHT),
    },
    # 5.4: no request on spot holds more than one order.
    batch_max={BatchKind.PLACE: 1, BatchKind.CANCEL: 1, BatchKind.AMEND: 1},
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
    # defaultSelfTradePreventionMode EXPIRE_MAKER, exchangeInfo recorded 2025-08-07.
    self_trade=SelfTrade.CANCEL_MAKER,
    source="Binance spot API documents, our notes of 2026-11-21, sections 5, 7.2 and 8",
)
