"""Binance's limits, batches, filters and fees: one table a product, and its other readings.

Numbered sections are those of our notes on the venue, gathered on 2026-11-21 from its documents (commit of 2026-07-21)
and from recorded answers. Where sources disagree the stricter number stands. `exchangeInfo` gives the live numbers:
ask it before going live.
"""

from __future__ import annotations

from framework.venues.binance.rules.futures import FUTURES, FUTURES_LENIENT
from framework.venues.binance.rules.spot import SPOT, SPOT_LENIENT

__all__ = ["FUTURES", "FUTURES_LENIENT", "SPOT", "SPOT_LENIENT"]
