"""Bars, built from public trades or from smaller bars.

A bar covers [open, open + length); opens are whole multiples of the length since 1970-01-01 UTC. A stretch without a
trade gives no bar. Prices and sizes are exact points.
"""

from __future__ import annotations

from framework.model.durations import duration_ns
from framework.model.errors import ConfigError
from framework.model.events import Bar, Trade
from framework.model.instrument import Instrument


class BarBuilder:
    """Builds the bars of one instrument and timeframe, either from trades or from smaller bars.

    `push` and `push_bar` give back a bar when what they were given closed one. A bar that nothing follows is closed by
    the clock: whoever owns the builder calls `close` at `closes_at_ns`. Either way each bar is given once, and its
    `ts_recv_ns` is its end.
    """

    __slots__ = (
        "_close",
        "_end_ns",
        "_high",
        "_low",
        "_open",
        "_piece_ns",
        "_pieces",
        "_trades",
        "_volume",
        "closes_at_ns",
        "instrument",
        "length_ns",
        "timeframe",
    )

    def __init__(self, instrument: Instrument, timeframe: str) -> None:
        """Begin without a bar.

        Args:
            timeframe: `"5s"`, `"1m"`, `"4h"`.

        Raises:
            GridError: not a span of time.
        """
        self.instrument = instrument
        self.timeframe = timeframe
        self.closes_at_ns = 0
        """When the clock has to close the bar that is being built; 0 while there is none."""
        self.length_ns = duration_ns(timeframe, f"timeframe of bars of {instrument.id}")
        self._end_ns = 0
        """End of the bar that is being built, or of the last one."""
        self._pieces = ""
        """Timeframe of the smaller bars; empty while fed with trades."""
        self._piece_ns = 0
        self._open = self._high = self._low = self._close = self._volume = self._trades = 0

    def push(self, trade: Trade) -> Bar | None:
        """Add a trade; gives the bar before it, if that was still open. Called for every trade, in order of time."""
        price = trade.price_points
        if trade.ts_recv_ns >= self._end_ns:
            return self._begin(trade.ts_recv_ns, price, trade.size_points, 1)
        if price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close = price
        self._volume += trade.size_points
        self._trades += 1
        return None

    def push_bar(self, bar: Bar) -> Bar | None:
        """Add a closed smaller bar; gives the bar that it completes, or the one before it, if that was still open.

        One that belongs to a bar already given is left out.

        Raises:
            ConfigError: this builder's timeframe is not a multiple of the bar's.
        """
        if bar.timeframe != self._pieces:
            self._take_pieces(bar.timeframe)
        left = None
        if bar.ts_open_ns < self._end_ns - self.length_ns:
            return None
        if bar.ts_open_ns >= self._end_ns:
            left = self._begin(bar.ts_open_ns, bar.open_points, 0, 0)
            # A smaller bar that closes at this bar's end belongs to it: the clock gives it the first chance.
            self.closes_at_ns = self._end_ns + 1
        self._high = max(self._high, bar.high_points)
        self._low = min(self._low, bar.low_points)
        self._close = bar.close_points
        self._volume += bar.volume_points
        self._trades += bar.trades
        return left or self.close(bar.ts_open_ns + self._piece_ns + 1)

    def close(self, now_ns: int) -> Bar | None:
        """Give the bar that is being built if `closes_at_ns` has come; None if not, or if there is none."""
        if not 0 < self.closes_at_ns <= now_ns:
            return None
        self.closes_at_ns = 0
        return Bar(
            self.instrument,
            self._end_ns,
            self._end_ns - self.length_ns,
            self.timeframe,
            self._open,
            self._high,
            self._low,
            self._close,
            self._volume,
            self._trades,
        )

    def _begin(self, ts_ns: int, price_points: int, size_points: int, trades: int) -> Bar | None:
        """Start the bar that covers an instant; gives the one that was open."""
        left = self.close(ts_ns + 1)
        self._end_ns = ts_ns - ts_ns % self.length_ns + self.length_ns
        self.closes_at_ns = self._end_ns
        self._open = self._high = self._low = self._close = price_points
        self._volume = size_points
        self._trades = trades
        return left

    def _take_pieces(self, timeframe: str) -> None:
        """From now on smaller bars of this timeframe come in."""
        self._pieces, self._piece_ns = timeframe, self.piece_of(timeframe)

    def piece_of(self, timeframe: str) -> int:
        """The length of smaller bars of a timeframe, nanoseconds.

        Raises:
            ConfigError: this builder's timeframe is not a multiple of it.
        """
        piece_ns = duration_ns(timeframe, f"timeframe of bars of {self.instrument.id}")
        if self.length_ns % piece_ns:
            raise ConfigError(
                f"bars of {self.instrument.id}: {self.timeframe} cannot be built from the {timeframe} bars of the feed; "
                f"expected a whole multiple of {timeframe}: ask for another timeframe"
            )
        return piece_ns
