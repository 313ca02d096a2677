"""What is wrong in a file of market data, told as events and never in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from framework.model.counting import counted
from framework.model.events import FeedState, FeedStatus
from framework.model.instants import utc_text
from framework.model.instrument import Instrument

DETAILED_MAX: Final = 20
"""So many defects of a file are told one by one; the rest is counted and told at its end."""

WORDS: Final = {"1s": "second", "1m": "minute", "1h": "hour", "1d": "day"}
"""What a candle of a timeframe is called where it has a name."""


class Unusable(ValueError):
    """A row that cannot be used; the message says what was expected and what was found."""


class Defects:
    """The unusable rows of one file while it is played."""

    def __init__(self, instrument: Instrument, path: Path) -> None:
        self.instrument = instrument
        self.path = path
        self.count = 0

    def row(self, ts_ns: int, line: int, reason: object) -> list[FeedStatus]:
        """A row is left out: the event that says so, or none once too many were told."""
        self.count += 1
        if self.count > DETAILED_MAX:
            return []
        return [self.status(ts_ns, FeedState.DEFECT, f"row left out: {reason} ({self.path.name}, line {line})")]

    def rest(self, ts_ns: int) -> list[FeedStatus]:
        """At the end of the file: how many more rows were left out."""
        untold = self.count - DETAILED_MAX
        if untold <= 0:
            return []
        return [self.status(ts_ns, FeedState.DEFECT, f"{untold:,} more rows left out ({self.path.name})")]

    def status(self, ts_ns: int, state: FeedState, detail: str) -> FeedStatus:
        """An event about this file."""
        return FeedStatus(self.instrument, ts_ns, state, detail)


class Holes:
    """Watches that candles follow one another.

    A hole is announced when its first candle should have closed, and again when the candles go on.
    """

    def __init__(self, timeframe: str, length_ns: int) -> None:
        self.timeframe = timeframe
        self.length_ns = length_ns
        self._next_ns = 0
        """Open of the candle that should come; 0 before the first."""

    def before(self, open_ns: int, defects: Defects) -> list[FeedStatus]:
        """What to say before the candle that opens then: GAP and LIVE, or nothing."""
        expected_ns, self._next_ns = self._next_ns, open_ns + self.length_ns
        if not expected_ns or open_ns <= expected_ns:
            return []
        missing = (open_ns - expected_ns) // self.length_ns
        span = f"{utc_text(expected_ns)} to {utc_text(open_ns)} UTC"
        what = f"{self._pieces(missing)} missing, {span} ({defects.path.name})"
        return [
            defects.status(expected_ns + self.length_ns, FeedState.GAP, what),
            defects.status(open_ns + self.length_ns, FeedState.LIVE, "candles go on"),
        ]

    def _pieces(self, missing: int) -> str:
        word = WORDS.get(self.timeframe)
        return counted(missing, word) if word else f"{counted(missing, 'candle')} of {self.timeframe}"
