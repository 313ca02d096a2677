"""Candles of one listing. Those before the sandbox began are made up, from a seeded walk that ends at its first price."""

from __future__ import annotations

import random
from itertools import groupby
from typing import Final, NamedTuple

from framework.model.instants import MINUTE_NS

MADE_UP: Final = 1_500
KEPT: Final = 6_000
UTC_PLUS_8_NS: Final = 8 * 60 * MINUTE_NS


class Minute(NamedTuple):
    """One candle; `quote_points` is the sum of price points x size points."""

    open_ns: int
    open: int
    high: int
    low: int
    close: int
    size_points: int
    quote_points: int


class Minutes:
    """One candle a minute, the last one still open. A minute without a trade repeats the close before it."""

    def __init__(self) -> None:
        self.rows: list[Minute] = []

    @property
    def is_begun(self) -> bool:
        """There is a first price."""
        return bool(self.rows)

    def begin(self, open_ns: int, price: int, size_point: int) -> None:
        """Make up what was before `open_ns`, the newest minute ending at `price`."""
        rng, made, close = random.Random(price), [], price
        for back in range(1, MADE_UP + 1):
            opened = max(1, close + rng.randint(-price // 4_000 - 1, price // 4_000 + 1))
            wick = rng.randint(0, price // 8_000 + 1)
            size = rng.randint(1, size_point * 5)
            high, low = max(opened, close) + wick, max(1, min(opened, close) - wick)
            made.append(Minute(open_ns - back * MINUTE_NS, opened, high, low, close, size, size * close))
            close = opened
        self.rows = [*reversed(made), Minute(open_ns, price, price, price, price, 0, 0)]

    def trade(self, ts_ns: int, price: int, size: int) -> None:
        """Take a public trade."""
        if not self.rows:
            return
        self._reach(ts_ns)
        last = self.rows[-1]
        self.rows[-1] = last._replace(
            high=max(last.high, price),
            low=min(last.low, price),
            close=price,
            size_points=last.size_points + size,
            quote_points=last.quote_points + size * price,
        )

    def candles(self, length_ns: int, now_ns: int, *, is_utc: bool = True) -> list[Minute]:
        """Candles of that length, oldest first. Without `is_utc` those of six hours and longer begin at UTC+8."""
        if not self.rows:
            return []
        self._reach(now_ns)
        offset = 0 if is_utc or length_ns < 6 * 60 * MINUTE_NS else UTC_PLUS_8_NS
        grouped = groupby(self.rows, key=lambda row: (row.open_ns + offset) // length_ns * length_ns - offset)
        return [_joined(open_ns, list(rows)) for open_ns, rows in grouped]

    def _reach(self, now_ns: int) -> None:
        while now_ns - self.rows[-1].open_ns >= MINUTE_NS:
            close = self.rows[-1].close
            self.rows.append(Minute(self.rows[-1].open_ns + MINUTE_NS, close, close, close, close, 0, 0))
        if len(self.rows) > KEPT:
            del self.rows[: len(self.rows) - KEPT]


def _joined(open_ns: int, rows: list[Minute]) -> Minute:
    return Minute(
        open_ns,
        rows[0].open,
        max(row.high for row in rows),
        min(row.low for row in rows),
        rows[-1].close,
        sum(row.size_points for row in rows),
        sum(row.quote_points for row in rows),
    )
