"""Order books, kept from snapshots and deltas."""

from __future__ import annotations

from framework.kernel.book_side import BookSide
from framework.kernel.logging import get_logger
from framework.model.events import Depth, Level
from framework.model.instrument import Instrument

UNKNOWN_SEQ = -1
"""The venue numbers nothing: a gap cannot be seen."""

log = get_logger()


class OrderBook:
    """The book of one instrument: levels in exact points, and whether they can be trusted.

    After a gap, or when bid and ask meet, the book is invalid: it keeps what it showed, refuses deltas, and waits for
    the next snapshot. Deltas that a snapshot already holds are skipped; the first one after it may overlap it.
    """

    __slots__ = ("_asks", "_bids", "_is_fresh", "crossings", "gaps", "instrument", "is_valid", "seq", "ts_recv_ns")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.is_valid = False
        """A snapshot came, and nothing went wrong since."""
        self.gaps = 0
        """Times that deltas were missing."""
        self.crossings = 0
        """Times that the best bid reached the best ask."""
        self.seq = UNKNOWN_SEQ
        """The venue's number of the last change."""
        self.ts_recv_ns = 0
        """When the last change came."""
        self._is_fresh = False
        """No delta was applied since the snapshot."""
        self._bids: BookSide[int] = BookSide(is_bids=True)
        self._asks: BookSide[int] = BookSide(is_bids=False)

    def apply(self, depth: Depth) -> bool:
        """Take a snapshot or a delta. Gives whether the book is valid after it."""
        if depth.is_snapshot:
            self._bids.replace(depth.bids)
            self._asks.replace(depth.asks)
            self._is_fresh = True
        elif not self.is_valid or not self._follows(depth):
            return self.is_valid
        else:
            self._bids.change(depth.bids)
            self._asks.change(depth.asks)
            self._is_fresh = False
        self.seq = depth.seq
        self.ts_recv_ns = depth.ts_recv_ns
        self.is_valid = not self._is_crossed()
        return self.is_valid

    def invalidate(self) -> None:
        """Trust nothing until the next snapshot. Called when the feed reports a gap or goes stale."""
        self.is_valid = False

    def bids(self, levels: int = 20) -> list[tuple[float, float]]:
        """The best bids as floats, (price, size), highest first."""
        return self._floats(self._bids.best(levels))

    def asks(self, levels: int = 20) -> list[tuple[float, float]]:
        """The best asks as floats, lowest first."""
        return self._floats(self._asks.best(levels))

    def bid_points(self, levels: int = 20) -> list[Level]:
        """The best bids, (price points, size points), highest first."""
        return self._bids.best(levels)

    def ask_points(self, levels: int = 20) -> list[Level]:
        """The best asks, lowest first."""
        return self._asks.best(levels)

    def _floats(self, levels: list[Level]) -> list[tuple[float, float]]:
        price_scale, size_scale = self.instrument.price_scale, self.instrument.size_scale
        return [(price / price_scale, size / size_scale) for price, size in levels]

    def _follows(self, depth: Depth) -> bool:
        """Whether a delta continues the book. A gap makes the book invalid; what is already in it is skipped."""
        if depth.previous_seq in (self.seq, UNKNOWN_SEQ) or self.seq == UNKNOWN_SEQ:
            return True
        if depth.seq == self.seq or (self._is_fresh and depth.seq < self.seq):
            return False
        if self._is_fresh and depth.previous_seq < self.seq:
            return True
        self.gaps += 1
        log.warning("book.gap_found", instrument=self.instrument.id, expected=self.seq, found=depth.previous_seq)
        self.is_valid = False
        return False

    def _is_crossed(self) -> bool:
        bids, asks = self._bids.prices, self._asks.prices
        if not bids or not asks or bids[-1] < asks[0]:
            return False
        self.crossings += 1
        if self.is_valid:
            log.warning("book.crossed", instrument=self.instrument.id, seq=self.seq)
        return True
