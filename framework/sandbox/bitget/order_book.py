"""The `books` channel of one market: what was pushed last, what changed since, its numbers and its checksum."""

from __future__ import annotations

import zlib
from itertools import zip_longest
from typing import Any, Final

from framework.sandbox.bitget.figures import levels_text
from framework.sandbox.bitget.market import ListedMarket

LEVELS_MAX: Final = 400
CHECKED: Final = 25
"""Levels a side that the checksum covers."""

Rows = list[list[str]]


class PushedBook:
    """As it was pushed last; every listener shares its numbers."""

    def __init__(self, market: ListedMarket, first_seq: int) -> None:
        self._market = market
        self.bids: Rows = []
        self.asks: Rows = []
        self.seq = first_seq
        self.previous_seq = 0

    def refresh(self) -> tuple[Rows, Rows]:
        """Take the market as it is now; asks and bids that changed, `0` for a level that is gone."""
        listing = self._market.listing
        asks = levels_text(listing, self._market.levels(is_bid=False, most=LEVELS_MAX))
        bids = levels_text(listing, self._market.levels(is_bid=True, most=LEVELS_MAX))
        changed = _changes(self.asks, asks), _changes(self.bids, bids)
        self.asks, self.bids = asks, bids
        if changed[0] or changed[1]:
            self.previous_seq, self.seq = self.seq, self.seq + 1
        return changed

    @property
    def checksum(self) -> int:
        """Signed CRC32 over the best 25 levels, as written."""
        return checksum(self.bids, self.asks)


def checksum(bids: Rows, asks: Rows) -> int:
    """bid:size:ask:size..., the side that is shorter skipped, as a signed number of 32 bits (reference 11)."""
    parts = [
        text
        for bid, ask in zip_longest(bids[:CHECKED], asks[:CHECKED], fillvalue=())
        for level in (bid, ask)
        for text in level
    ]
    value = zlib.crc32(":".join(parts).encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def _changes(before: Rows, now: Rows) -> Rows:
    old, new = {row[0]: row[1] for row in before}, {row[0]: row[1] for row in now}
    changed = [[price, size] for price, size in new.items() if old.get(price) != size]
    return changed + [[price, "0"] for price in old if price not in new]


def book_row(
    bids: Rows, asks: Rows, seq: int, previous_seq: int, ts_ms: int, *, is_v3: bool, crc: int
) -> dict[str, Any]:
    """A row of `books` (V2 with its checksum, V3 without)."""
    numbers = {"seq": seq, "pseq": previous_seq, "ts": str(ts_ms)}
    if is_v3:
        return {"a": asks, "b": bids, **numbers, "maxDepth": str(LEVELS_MAX)}
    return {"asks": asks, "bids": bids, "checksum": crc, **numbers}
