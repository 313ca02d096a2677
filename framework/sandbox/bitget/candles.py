"""Candle lengths as each API names them, and rows as V2 and V3 show them."""

from __future__ import annotations

from typing import Final

from framework.model.instants import DAY_NS, HOUR_NS, MINUTE_NS
from framework.model.money import plain
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.minutes import Minute
from framework.sandbox.bitget.refused import wrong

UNITS: Final = {"min": MINUTE_NS, "m": MINUTE_NS, "h": HOUR_NS, "H": HOUR_NS, "day": DAY_NS, "D": DAY_NS}
WEEKS: Final = {"1week": 7 * DAY_NS, "1W": 7 * DAY_NS, "1M": 30 * DAY_NS}
"""A month is thirty days here."""


def length_of(name: str, call: Call) -> tuple[int, bool]:
    """Length in ns, and whether it is aligned to UTC: `1min`, `1m`, `6Hutc`, `1day`.

    Raises:
        BitgetRefusal: no such length.
    """
    is_utc, bare = name.endswith("utc"), name.removesuffix("utc")
    if bare in WEEKS:
        return WEEKS[bare], is_utc
    count = bare.rstrip("minhHdayD")
    unit = UNITS.get(bare[len(count) :])
    if unit is None or not (count.isascii() and count.isdecimal()) or not 0 < int(count) <= 30:
        raise wrong("granularity", is_unified=call.is_unified)
    return int(count) * unit, is_utc


def rows_of(call: Call, market: ListedMarket, name: str, most: int, default: int = 100) -> list[list[str]]:
    """The last candles, or those of `startTime` to `endTime`; oldest first. Raises `BitgetRefusal`."""
    length_ns, is_utc = length_of(name, call)
    start_ms, end_ms = call.number("startTime", 0), call.number("endTime", 2**62)
    limit = max(1, call.number("limit", default, most))
    found = market.minutes.candles(length_ns, call.now_ms * 1_000_000, is_utc=is_utc)
    found = [row for row in found if start_ms <= row.open_ns // 1_000_000 <= end_ms]
    found = found[:limit] if start_ms and end_ms == 2**62 else found[-limit:]
    return [row_text(market, row) for row in found]


def row_text(market: ListedMarket, row: Minute) -> list[str]:
    """Open time (ms), open, high, low, close, base volume, quote volume."""
    there = market.listing.instrument
    prices = [there.price_text(points) for points in (row.open, row.high, row.low, row.close)]
    worth = there.notional(1, row.quote_points)
    return [str(row.open_ns // 1_000_000), *prices, there.size_text(row.size_points), plain(worth)]
