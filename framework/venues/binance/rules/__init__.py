"""Binance's limits, batches, filters and fees: one table a product, and its other readings.

Sources name the page of the venue's documents and its section or endpoint: for spot those of its `binance-spot-api-docs`
as of 2026-07-21 (`rest-api`, `errors`, `filters`, `enums`, `faqs/...`), for futures the pages of its endpoints, all read
on 2026-11-21; recorded answers carry their date. Where sources disagree the stricter number stands. `exchangeInfo` gives
the live numbers: ask it before going live.
"""

from __future__ import annotations

from framework.venues.binance.rules.futures import FUTURES, FUTURES_LENIENT
from framework.venues.binance.rules.spot import SPOT, SPOT_LENIENT

__all__ = ["FUTURES", "FUTURES_LENIENT", "SPOT", "SPOT_LENIENT"]
