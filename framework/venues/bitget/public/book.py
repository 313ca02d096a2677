"""Bitget's order book as the venue checks it: by CRC32 over its own texts, and by sequence numbers.

Reference: the venue's page of the `books` channel, section checksum, read 2026-11-21; proven on recorded messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, nan
from typing import Final
from zlib import crc32

from framework.kernel.book_side import BookSide
from framework.model.events import Depth, Level
from framework.model.instrument import FLOAT_POINTS_MAX, FLOAT_TEXT_MAX, Instrument, data_points

CHECKED_LEVELS: Final = 25
"""Levels of each side that the checksum covers."""
TEXTS_MAX: Final = 8_192
"""Texts remembered with their points; then it begins anew: what the processor's caches do not hold is read anew as fast."""
NO_SEQ: Final = -1

LevelText = tuple[str, str]
"""One level as received: price text, size text."""


class PointsOf(dict[str, int]):
    """Text -> points of one instrument's prices or sizes. The same few are told again and again.

    Raises:
        GridError: a text that is no number, or finer than the instrument's points.
    """

    def __init__(self, instrument: Instrument, *, is_price: bool) -> None:
        super().__init__()
        self._scale = instrument.price_scale if is_price else instrument.size_scale
        self._what = "price" if is_price else "size"
        self._whose = instrument.id

    def __missing__(self, text: str) -> int:
        scale = self._scale
        try:
            value = float(text)
            points = floor(value * scale + 0.5)
        except (ValueError, OverflowError):
            value, points = nan, 0
        # As `data_points` has it, in its commonest case and without a call.
        if points / scale != value or not 0 < points < FLOAT_POINTS_MAX or len(text) > FLOAT_TEXT_MAX:
            points = data_points(text, scale, self._what, self._whose)
        if len(self) >= TEXTS_MAX:
            self.clear()
        self[text] = points
        return points


class Grid:
    """Reads one instrument's levels."""

    __slots__ = ("prices", "sizes")

    def __init__(self, instrument: Instrument) -> None:
        self.prices = PointsOf(instrument, is_price=True)
        self.sizes = PointsOf(instrument, is_price=False)

    def levels(self, texts: Sequence[LevelText]) -> tuple[Level, ...]:
        """Levels in points. Raises GridError."""
        prices, sizes = self.prices, self.sizes
        return tuple([(prices[price], sizes[size]) for price, size in texts])


class CheckedSide(BookSide[str]):
    """One side: `price:size` as received by price in points."""

    __slots__ = ()

    def take(self, texts: Sequence[LevelText], grid: Grid) -> tuple[Level, ...]:
        """Set these levels; one of size 0 (however it is written) goes. One that is not there goes without a word.

        Returns:
            The same in points.

        Raises:
            GridError: a text that is no price or size; what is held is of no use any more.
        """
        held, prices, sizes = self.values, grid.prices, grid.sizes
        levels: list[Level] = []
        for price_text, size_text in texts:
            price, size = prices[price_text], sizes[size_text]
            levels.append((price, size))
            held[price] = f"{price_text}:{size_text}" if size else ""
        self.settle()
        return tuple(levels)

    def levels(self, grid: Grid) -> tuple[Level, ...]:
        """All levels in points, best first."""
        return tuple([(price, grid.sizes[text.partition(":")[2]]) for price, text in self.best(len(self.prices))])


Sides = tuple[tuple[Level, ...], tuple[Level, ...]]
"""Bids and asks, in points."""


class CheckedBook:
    """The whole book of one market, with what proves that no change of it was missed."""

    def __init__(self, instrument: Instrument, grid: Grid) -> None:
        self.instrument = instrument
        self.is_known = False
        """A snapshot came, and nothing was lost since."""
        self.seq = NO_SEQ
        self.checked = 0
        """Checksums that were right."""
        self.lost = 0
        """Times that it had to be thrown away."""
        self._grid = grid
        self._bids, self._asks = CheckedSide(is_bids=True), CheckedSide(is_bids=False)

    @property
    def checksum(self) -> int:
        """The signed CRC32 of the best levels' texts: bid, ask, bid, ask; where a side ends the other goes on alone."""
        bids, asks = self._bids.top(CHECKED_LEVELS), self._asks.top(CHECKED_LEVELS)
        shared = min(len(bids), len(asks))
        texts = [""] * (2 * shared)
        texts[::2], texts[1::2] = bids[:shared], asks[:shared]
        texts += bids[shared:]
        texts += asks[shared:]
        unsigned = crc32(":".join(texts).encode())
        return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned

    def replace(self, bids: Sequence[LevelText], asks: Sequence[LevelText], seq: int, checksum: int) -> Sides:
        """Take a snapshot: it replaces everything, also in the middle of a subscription. Raises as `change`."""
        self._bids.replace(())
        self._asks.replace(())
        self.is_known = True
        return self._set(bids, asks, seq, checksum)

    def change(
        self, bids: Sequence[LevelText], asks: Sequence[LevelText], seq: int, previous_seq: int, checksum: int
    ) -> Sides:
        """Take an update that follows what is held.

        Raises:
            ValueError: what is wrong, in words: then `lose` it.
            GridError: a price or size is; the same.
        """
        if NO_SEQ not in (self.seq, seq):
            if previous_seq not in (NO_SEQ, self.seq):
                raise ValueError(f"expected a change after {self.seq}, found one after {previous_seq}")
            if seq <= self.seq:
                raise ValueError(f"expected a sequence number above {self.seq}, found {seq}")
        return self._set(bids, asks, seq, checksum)

    def lose(self) -> None:
        """Nothing is known of it until the next snapshot."""
        self.is_known = False
        self.lost += 1

    def snapshot(self, ts_recv_ns: int) -> Depth:
        """Everything held, as a snapshot."""
        sides = self._bids.levels(self._grid), self._asks.levels(self._grid)
        return Depth(self.instrument, ts_recv_ns, *sides, True, self.seq)

    def _set(self, bids: Sequence[LevelText], asks: Sequence[LevelText], seq: int, checksum: int) -> Sides:
        """Set levels, and hold a checksum against the texts; 0 is none (snapshots of V2, all of V3's spot samples)."""
        sides = self._bids.take(bids, self._grid), self._asks.take(asks, self._grid)
        self.seq = seq
        if checksum:
            ours = self.checksum
            if ours != checksum:
                raise ValueError(f"expected checksum {checksum}, found {ours}")
            self.checked += 1
        return sides
