"""Bitget's limits, batches, filters and fees: one table a product, and its other readings.

Numbered sections are those of our notes on the venue, gathered on 2026-11-21 from stored copies of its documents; what
was read elsewhere is named. Where sources disagree the stricter number stands. The venue can change any of it per
account: ask it before going live.
"""

from __future__ import annotations

from framework.venues.bitget.rules.counting import BATCH_ORDERS_PER_UNIT
from framework.venues.bitget.rules.futures import FUTURES, FUTURES_LEAD_TRADER, FUTURES_LENIENT
from framework.venues.bitget.rules.spot import SPOT, SPOT_LEAD_TRADER, SPOT_LENIENT
from framework.venues.bitget.rules.unified import UNIFIED, UNIFIED_LENIENT

__all__ = [
    "BATCH_ORDERS_PER_UNIT",
    "FUTURES",
    "FUTURES_LEAD_TRADER",
    "FUTURES_LENIENT",
    "SPOT",
    "SPOT_LEAD_TRADER",
    "SPOT_LENIENT",
    "UNIFIED",
    "UNIFIED_LENIENT",
]
