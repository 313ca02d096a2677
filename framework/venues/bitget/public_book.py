"""Bitget's order book as the venue checks it: by CRC32 over its own texts, and by sequence numbers.

Reference: the venue's page of the `books` channel, section checksum, read 2026-11-21; proven on recorded messages.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Final
from zlib import crc32

from framework.model.events import Depth, Level
from framework.model.instrument import Instrument

CHECKED_LEVELS: Final = 25
"""Levels of each side that the checksum covers."""
TEXTS_MAX: Final = 50_000
"""Texts remembered with their points; then it begins anew."""
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
        self._read = instrument.data_price if is_price else instrument.data_size

    def __missing__(self, text: str) -> int:
        points = self._read(text)
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


class CheckedSide:
    """One side: `price:size` as received, by price in points times `sign`; the best key stands last."""

    __slots__ = ("_keys", "_sign", "_sizes", "_texts")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[int] = []
        self._texts: dict[int, str] = {}
        self._sizes: dict[int, int] = {}

    def clear(self) -> None:
        """Hold nothing."""
        self._keys.clear()
        self._texts.clear()
        self._sizes.clear()

    def change(self, levels: Sequence[Level], texts: Sequence[LevelText]) -> None:
        """Set these levels; one of size 0 (however it is written) goes. One that is not there goes without a word."""
        sign, keys, held, sizes = self._sign, self._keys, self._texts, self._sizes
        for (price, size), text in zip(levels, texts, strict=True):
            key = price * sign
            if size:
                if key not in held:
                    insort(keys, key)
                held[key] = f"{text[0]}:{text[1]}"
                sizes[key] = size
            elif key in held:
                del held[key], sizes[key], keys[bisect_left(keys, key)]

    def top(self) -> list[str]:
        """The best `CHECKED_LEVELS` as received, best first."""
        texts = self._texts
        return [texts[key] for key in self._keys[: -CHECKED_LEVELS - 1 : -1]]

    def levels(self) -> tuple[Level, ...]:
        """All levels in points, best first."""
        sign, sizes = self._sign, self._sizes
        return tuple([(key * sign, sizes[key]) for key in reversed(self._keys)])


class CheckedBook:
    """The whole book of one market, with what proves that no change of it was missed."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.is_known = False
        """A snapshot came, and nothing was lost since."""
        self.seq = NO_SEQ
        self.checked = 0
        """Checksums that were right."""
        self.lost = 0
        """Times that it had to be thrown away."""
        self._bids, self._asks = CheckedSide(1), CheckedSide(-1)

    @property
    def checksum(self) -> int:
        """The signed CRC32 of the best levels' texts: bid, ask, bid, ask; where a side ends the other goes on alone."""
        bids, asks = self._bids.top(), self._asks.top()
        shared = min(len(bids), len(asks))
        texts = [text for pair in zip(bids, asks, strict=False) for text in pair]
        texts += bids[shared:]
        texts += asks[shared:]
        unsigned = crc32(":".join(texts).encode())
        return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned

    def replace(self, depth: Depth, bids: Sequence[LevelText], asks: Sequence[LevelText], checksum: int) -> str:
        """Take a snapshot: it replaces everything, also in the middle of a subscription. See `_verify`."""
        self._bids.clear()
        self._asks.clear()
        self._bids.change(depth.bids, bids)
        self._asks.change(depth.asks, asks)
        self.is_known = True
        self.seq = depth.seq
        return self._verify(checksum)

    def change(self, depth: Depth, bids: Sequence[LevelText], asks: Sequence[LevelText], checksum: int) -> str:
        """Take an update that follows what is held. Gives what is wrong, in words; empty: nothing.

        What is wrong makes the book unknown until the next snapshot.
        """
        wrong = self._gap(depth)
        if wrong:
            return self._lose(wrong)
        self._bids.change(depth.bids, bids)
        self._asks.change(depth.asks, asks)
        self.seq = depth.seq
        return self._verify(checksum)

    def snapshot(self, ts_recv_ns: int) -> Depth:
        """Everything held, as a snapshot."""
        return Depth(self.instrument, ts_recv_ns, self._bids.levels(), self._asks.levels(), True, self.seq)

    def _gap(self, depth: Depth) -> str:
        if NO_SEQ in (self.seq, depth.seq):
            return ""
        if depth.previous_seq not in (NO_SEQ, self.seq):
            return f"expected a change after {self.seq}, found one after {depth.previous_seq}"
        if depth.seq <= self.seq:
            return f"expected a sequence number above {self.seq}, found {depth.seq}"
        return ""

    def _verify(self, checksum: int) -> str:
        """Hold a checksum against the texts; 0 is none (snapshots of V2, all of V3's spot samples)."""
        if not checksum:
            return ""
        ours = self.checksum
        if ours != checksum:
            return self._lose(f"expected checksum {checksum}, found {ours}")
        self.checked += 1
        return ""

    def _lose(self, why: str) -> str:
        self.is_known = False
        self.lost += 1
        return why
