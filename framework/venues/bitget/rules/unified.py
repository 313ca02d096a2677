"""Bitget's unified account (REST V3): spot and USDT-M perpetuals through the same endpoints."""

from __future__ import annotations

from typing import Final

from framework.model.batch import BatchKind, RequestKind
from framework.venues.bitget.rules.counting import (
    IP,
    SOURCES,
    batch,
    endpoint,
    lenient,
    rules,
    single,
)
from framework.venues.bitget.rules.futures import PERPETUALS
from framework.venues.bitget.rules.spot import PAIRS

BATCH_ORDERS_MAX: Final = 20

UNIFIED: Final = rules(
    name="bitget-unified",
    title="Bitget unified account",
    # An announcement of 2025-10-21 counts spot and futures of a unified account apart, for market makers and PRO
    # users; counted together here, as for everybody before.
    buckets=(
        endpoint("place", 10, "POST v3/trade/place-order: 10 per second by UID"),
        endpoint("place_batch", 5, "POST v3/trade/place-batch: 5 per second by UID"),
        endpoint("cancel", 10, "POST v3/trade/cancel-order: 10 per second by UID"),
        endpoint("cancel_batch", 5, "POST v3/trade/cancel-batch: 5 per second by UID"),
        endpoint("cancel_symbol", 5, "POST v3/trade/cancel-symbol-order: 5 per second by UID"),
        endpoint("modify", 10, "POST v3/trade/modify-order: 10 per second by UID"),
        endpoint("modify_batch", 10, "page of POST v3/trade/batch-modify-order (copy of 2026): 10 per second by UID"),
        IP,
    ),
    costs={
        RequestKind.PLACE: single("place"),
        # Its page (copy of 2026): reduce-only orders are not taken in a batch.
        RequestKind.PLACE_BATCH: batch("place_batch"),
        RequestKind.CANCEL: single("cancel"),
        RequestKind.CANCEL_BATCH: batch("cancel_batch"),
        # POST v3/trade/cancel-symbol-order: answers with what it cancelled. Without a symbol it cancels the whole category. It does not promise to
        # cancel strategy orders (triggers, stops).
        RequestKind.CANCEL_SYMBOL: single("cancel_symbol"),
        # POST v3/trade/modify-order: keeps the order id.
        RequestKind.AMEND: single("modify"),
        RequestKind.AMEND_BATCH: batch("modify_batch"),
    },
    batch_max=dict.fromkeys(BatchKind, BATCH_ORDERS_MAX),
    markets=(*PAIRS, *PERPETUALS),
    source="Bitget REST V3 documentation: quick start, API FAQ, and the pages of v3/trade and v3/market",
    sources={
        **SOURCES,
        "batch_max": "the pages of place-batch, cancel-batch and batch-modify-order (copies of 2026): 20",
        "mixes_pairs": "POST v3/trade/place-batch: each entry names its symbol; the pages want one category in a batch, SPOT or USDT-FUTURES",
        "self_trade": "page of place-order (copy of 2026): stpMode is `none` by default; a guide says cancel_maker",
        "amend_keeps_place": "POST v3/trade/modify-order says that the order id stays, and nothing of its place: taken as lost",
    },
    mixes_pairs=frozenset(BatchKind),
)

UNIFIED_LENIENT: Final = lenient(UNIFIED)
