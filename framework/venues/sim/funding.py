"""Funding of perpetuals, as venues settle it: at fixed hours, a part of each position's worth at the mark price."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from framework.model.instants import HOUR_NS
from framework.model.instrument import Instrument
from framework.model.money import MONEY

INTERVAL_NS: Final = 8 * HOUR_NS
"""00:00, 08:00 and 16:00 UTC: `fundInterval` of most contracts at Bitget, and Binance's default."""
STEP: Final = Decimal(1).scaleb(-8)
"""Payments are made in whole ones of these."""


def next_funding_ns(now_ns: int, interval_ns: int = INTERVAL_NS) -> int:
    """The next instant, after now, at which positions pay."""
    return (now_ns // interval_ns + 1) * interval_ns


def funding_of(there: Instrument, position_points: int, mark: Decimal, rate: Decimal) -> Decimal:
    """What a position (negative: short) receives, in the quote asset; below 0: what it pays.

    Args:
        rate: the part of its worth that longs pay and shorts receive; below 0 the other way round.
    """
    worth = MONEY.multiply(there.size_exact(position_points), mark)
    return MONEY.minus(MONEY.multiply(worth, rate).quantize(STEP, ROUND_HALF_EVEN, MONEY))
