"""Bitget spot's limits, batches, filters and fees, for a classic account (REST V2).

Sections are those of our notes on the venue, gathered on 2026-11-21 from stored copies of its documentation. Where
sources disagree the stricter number stands. The venue can change any of it per account: ask it before going live.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.model.batch import BatchKind
from framework.model.rules import Bucket, Cost, CountedBy, MarketRules, RequestKind, SelfTrade, VenueRules

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS

BATCH_ORDERS_MAX: Final = 50  # 5.2: spot batch-orders, batch-cancel-order, batch-cancel-replace-order
BATCH_ORDERS_PER_UNIT: Final = 10  # 5.2, quick start: 10 orders of a pair in a batch count as one request
FEE: Final = Decimal("0.001")  # 13: 0.1 % for maker and taker where the account's own rate is not known
PRICE_BAND: Final = Decimal("0.05")  # 6.1: buyLimitPriceRatio, sellLimitPriceRatio of every pair seen
NOTIONAL_MIN: Final = Decimal(1)  # 6.1: minTradeUSDT, 1 in answers of 2026 (5 in older ones)
OPEN_ORDERS_MAX: Final = 400  # maxSymbolOrderNum of BTCUSDT spot, recorded V3 instruments answer of 2026
SIZE_MAX: Final = Decimal(10_000_000_000)  # maxTradeAmount of a recorded V2 answer; BTCUSDT's 0 means none

RECORDED_2026: Final = "recorded V3 instruments answer, 2026"
RECORDED_2022: Final = "decimals from the products list recorded 2022-04-07; check before going live"


def _bucket(name: str, limit: int, source: str) -> Bucket:
    # 5: a second's window, fixed or sliding is not documented; sliding is safe for both readings.
    return Bucket(name, limit, SECOND_NS, CountedBy.UID, source)


def _market(symbol: str, tick: str, lot: str, source: str) -> MarketRules:
    # 6.1: minTradeAmount is 0 for most pairs, so one lot is the least size and minTradeUSDT the limit that binds.
    return MarketRules(
        symbol=symbol,
        tick=Decimal(tick),
        lot=Decimal(lot),
        size_min=Decimal(lot),
        size_max=SIZE_MAX,
        notional_min=NOTIONAL_MIN,
        maker_fee=FEE,
        taker_fee=FEE,
        open_orders_max=OPEN_ORDERS_MAX,
        source=source,
        price_band=PRICE_BAND,
    )


EVERY_REQUEST: Final = Cost("ip")

SPOT: Final = VenueRules(
    name="bitget-spot",
    title="Bitget spot",
    venue="bitget",
    as_of="2026-11-21",
    buckets=(
        _bucket("place", 10, "5.1 POST spot/trade/place-order: 10 per second by UID"),
        _bucket("place_batch", 5, "5.1 POST spot/trade/batch-orders: 5 per second by UID"),
        _bucket("cancel", 10, "5.1 POST spot/trade/cancel-order: 10 per second by UID"),
        _bucket("cancel_batch", 5, "5.1 POST spot/trade/batch-cancel-order: 10 documented, 5 in a client: plan for 5"),
        _bucket("replace", 5, "5.1 POST spot/trade/cancel-replace-order: 5 documented, 10 in a client"),
        _bucket("replace_batch", 5, "5.1 POST spot/trade/batch-cancel-replace-order: 5 per second by UID"),
        Bucket("ip", 6000, MINUTE_NS, CountedBy.IP, "5: 6000 requests per minute and IP over all endpoints"),
    ),
    costs={
        RequestKind.PLACE: (Cost("place"), EVERY_REQUEST),
        RequestKind.PLACE_BATCH: (Cost("place_batch", orders_per_unit=BATCH_ORDERS_PER_UNIT), EVERY_REQUEST),
        RequestKind.CANCEL: (Cost("cancel"), EVERY_REQUEST),
        RequestKind.CANCEL_BATCH: (Cost("cancel_batch", orders_per_unit=BATCH_ORDERS_PER_UNIT), EVERY_REQUEST),
        # V2 spot has no amend: it is cancel-replace, and the new order goes to the end of its queue.
        RequestKind.AMEND: (Cost("replace"), EVERY_REQUEST),
        RequestKind.AMEND_BATCH: (Cost("replace_batch", orders_per_unit=BATCH_ORDERS_PER_UNIT), EVERY_REQUEST),
    },
    batch_max={
        BatchKind.PLACE: BATCH_ORDERS_MAX,
        BatchKind.CANCEL: BATCH_ORDERS_MAX,
        BatchKind.AMEND: BATCH_ORDERS_MAX,
    },
    markets=(
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
    ),
    # 6.3: stpMode is `none` unless an order says otherwise.
    self_trade=SelfTrade.NONE,
    source="Bitget REST V2 documentation, our notes of 2026-11-21, sections 5, 6.1, 6.3 and 13",
)
