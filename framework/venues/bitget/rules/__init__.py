"""Bitget's limits, batches, filters and fees: one table a product, and its other readings.

Sources name the venue's page by its title or by the endpoint that it is about, and its section where it has some. All
were read as stored copies on 2026-11-21; a copy's own date is given where it is known, recorded answers carry theirs.
Where sources disagree the stricter number stands. The venue can change any of it per account: ask it before going live.
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
