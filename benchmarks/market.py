"""Made-up market data: one random walk around 30,000, the same in every run.

It is written once, as columns, and read back in chunks while it is played: memory stays flat however long the tape is.
Each event is made when it is consumed, so making it is part of what is measured.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from framework.model.events import Bar, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument

SEED: Final = 20240601
CHUNK: Final = 4096
START_NS: Final = 1_599_999_960_000_000_000
TRADE_GAP_NS: Final = 100_000_000
BAR_GAP_NS: Final = 60_000_000_000
POINT: Final = 0.01
"""Prices lie on this grid: the instrument must have two decimals."""
QUOTED_POINTS: Final = 10**9
"""Size shown on each side of a made-up quote: more than any order here."""

Row = tuple[int, ...]
Columns = list["array[int]"]


def trade_rows(trades: int, size_scale: int) -> Iterator[Row]:
    """(price points, size points, aggressor bought) of each trade: steps of 1.50, sizes of 0.01 to 2."""
    rng = random.Random(SEED)
    walk = 30_000.0
    for _ in range(trades):
        walk += rng.gauss(0.0, 1.5)
        size = round(rng.uniform(0.01, 2.0), 5)
        yield _points(_folded(walk)), round(size * size_scale), rng.randrange(2)


def bar_rows(bars: int, size_scale: int) -> Iterator[Row]:
    """(open, high, low, close, volume) of each bar, in points: closes step by 8."""
    rng = random.Random(SEED)
    walk = 30_000.0
    last = 0
    for _ in range(bars):
        walk += rng.gauss(0.0, 8.0)
        close = _points(_folded(walk))
        first = last or close
        high = max(first, close) + _points(abs(rng.gauss(0.0, 4.0)))
        low = min(first, close) - _points(abs(rng.gauss(0.0, 4.0)))
        yield first, high, low, close, round(rng.uniform(1.0, 50.0) * size_scale)
        last = close


def _folded(walk: float) -> float:
    """The walk never comes below 5,000: it bounces."""
    return abs(walk - 5_000.0) + 5_000.0


def _points(price: float) -> int:
    return round(price / POINT)


def write(path: Path, rows: Iterator[Row]) -> None:
    """Write rows as columns, a chunk of each after the other."""
    with path.open("wb") as file:
        while chunk := list(islice(rows, CHUNK)):
            for column in zip(*chunk, strict=True):
                array("q", column).tofile(file)


def read(path: Path, rows: int, width: int) -> Iterator[Columns]:
    """The columns of a file of so many rows, in chunks."""
    with path.open("rb") as file:
        for start in range(0, rows, CHUNK):
            columns = [array("q") for _ in range(width)]
            for column in columns:
                column.fromfile(file, min(CHUNK, rows - start))
            yield columns


def play_trades(path: Path, trades: int, instrument: Instrument, quote_every: int) -> Iterator[MarketEvent]:
    """A trade each 100 ms, and before every so many (0: never) a quote a tick wide on each side of its price."""
    ts_ns, left = START_NS, 0 if quote_every else -1
    for prices, sizes, sides in read(path, trades, 3):
        for price, size, side in zip(prices, sizes, sides, strict=True):
            ts_ns += TRADE_GAP_NS
            if not left:
                left = quote_every
                yield Quote(instrument, ts_ns, price - 1, QUOTED_POINTS, price + 1, QUOTED_POINTS)
            left -= 1
            yield Trade(instrument, ts_ns, price, size, side == 1)


def play_bars(path: Path, bars: int, instrument: Instrument) -> Iterator[MarketEvent]:
    """A bar each minute, at its close, with the quote there: what a candle file gives."""
    ts_ns, size = START_NS, QUOTED_POINTS
    for columns in read(path, bars, 5):
        for first, high, low, close, volume in zip(*columns, strict=True):
            open_ns, ts_ns = ts_ns, ts_ns + BAR_GAP_NS
            yield Bar(
                instrument, ts_ns, open_ns, "1m", first, high, low, close, volume, 0, close - 1, size, close + 1, size
            )


def prices(path: Path, rows: int, width: int, column: int) -> Iterator[float]:
    """One column of prices, as floats."""
    for columns in read(path, rows, width):
        for points in columns[column]:
            yield points / 100
