"""Recorded minutes of bid, ask and trades: a folder of LEAN zips, one of quotes and one of trades for each day.

`20180404_quote.zip`: ms since midnight UTC, bid open, high, low, close, bid size, ask open, high, low, close, ask size
`20180404_trade.zip`: ms since midnight UTC, open, high, low, close, volume
Neither has a header. A row tells of the minute that begins at its time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from framework.data.candles import consistent
from framework.data.cells import near_points
from framework.data.defects import Defects, Holes, Unusable
from framework.data.lines import first_lines, line_blocks, unreadable
from framework.data.tape import Chunk, merged
from framework.model.errors import DataError
from framework.model.events import Bar, FeedState, FeedStatus, Quote
from framework.model.instants import DAY_NS, MINUTE_NS, ns_of, utc_text
from framework.model.instrument import Instrument

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
TIMEFRAME: Final = "1m"
QUIET_MAX_NS: Final = 30 * MINUTE_NS
"""Trades that end so long before their day does have not ended: they are missing."""


class MinuteFolder:
    """The days of one instrument.

    Raises:
        DataError: no day is there, or one lacks its quotes or trades.
    """

    step_ns = MINUTE_NS
    timeframe = TIMEFRAME
    assumptions: Sequence[str] = (
        "Quotes are known once a minute, at its close.",
        "A minute without a trade bar is taken as a minute without trades.",
        "Sizes are rounded to the instrument's decimals.",
    )

    def __init__(self, folder: Path, instrument: Instrument) -> None:
        self.instrument = instrument
        self.days = days_of(folder)
        self.files: Sequence[Path] = tuple(path for _, quotes, trades in self.days for path in (quotes, trades))
        for path in self.files:
            first_lines(path, 1)
        self.start_ns = self.days[0][0]
        self.end_ns = self.days[-1][0] + DAY_NS

    def chunks(self) -> Iterator[Chunk]:
        """Each minute at its close: the quote, then the bar. Unusable rows become DEFECT events, holes GAP and LIVE.

        Raises:
            DataError: a file is damaged; what could be read was given before.
        """
        quotes, bars = QuoteRows(self.instrument), BarRows(self.instrument)
        return merged(
            [
                chain.from_iterable(quotes.day(day_ns, path) for day_ns, path, _ in self.days),
                chain.from_iterable(bars.day(day_ns, path) for day_ns, _, path in self.days),
            ]
        )


class MinuteRows(ABC):
    """Turns the rows of one kind of file into events, day after day; knows what came before."""

    columns: int

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.defects: Defects
        self._closed_ns = 0
        """Close of the last usable row."""
        self._day_end_ns = 0

    def day(self, day_ns: int, path: Path) -> Iterator[Chunk]:
        """The events of one file."""
        self.defects = Defects(self.instrument, path)
        self._closed_ns = max(self._closed_ns, day_ns)
        self._day_end_ns = day_ns + DAY_NS
        past = 0
        for lines in line_blocks(path):
            if events := self.read(day_ns, lines, past):
                yield events
            past += len(lines)
        if rest := self.defects.rest(self._closed_ns) + self.end():
            yield list(rest)

    def read(self, day_ns: int, lines: list[str], past: int) -> Chunk:
        """The events of some lines of a day that come after so many others."""
        events: Chunk = []
        for number, line in enumerate(lines, past + 1):
            if not line.strip():
                continue
            try:
                cells = line.split(",")
                made = self.events(self._timed(day_ns, cells), cells)
            except ValueError as error:
                events += self.defects.row(self._closed_ns, number, error)
                continue
            events += made
            self._closed_ns = made[-1].ts_recv_ns
        return events

    @abstractmethod
    def events(self, open_ns: int, cells: list[str]) -> Chunk:
        """The events of one row. Raises ValueError if it cannot be used."""

    def end(self) -> list[FeedStatus]:
        """What to say when the day's file has ended; the quotes' holes say it already."""
        return []

    def _timed(self, day_ns: int, cells: list[str]) -> int:
        """The open of a row that may come now."""
        if len(cells) != self.columns:
            raise Unusable(f"expected {self.columns} columns, found {len(cells)}")
        if not cells[0].isdecimal() or int(cells[0]) % MINUTE_MS or int(cells[0]) >= DAY_MS:
            raise Unusable(f"expected the ms of a whole minute of the day, found {cells[0][:40]!r}")
        open_ns = day_ns + int(cells[0]) * 1_000_000
        if open_ns < self._closed_ns:
            raise Unusable(f"expected a minute from {utc_text(self._closed_ns)} on, found {utc_text(open_ns)}")
        return open_ns


class QuoteRows(MinuteRows):
    """Rows of quotes."""

    columns = 11

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._holes = Holes(TIMEFRAME, MINUTE_NS)

    def events(self, open_ns: int, cells: list[str]) -> Chunk:
        """The quote at a minute's close, and before it what is missing."""
        price_scale, size_scale = self.instrument.price_scale, self.instrument.size_scale
        bid, ask = near_points(cells[4], price_scale), near_points(cells[9], price_scale)
        bid_size, ask_size = near_points(cells[5], size_scale), near_points(cells[10], size_scale)
        if not 0 < bid < ask:
            raise Unusable(f"expected the bid below the ask, found {cells[4]} and {cells[9]}")
        if not bid_size or not ask_size:
            raise Unusable(f"expected sizes above 0, found {cells[5]} and {cells[10]}")
        quote = Quote(self.instrument, open_ns + MINUTE_NS, bid, bid_size, ask, ask_size)
        return [*self._holes.before(open_ns, self.defects), quote]


class BarRows(MinuteRows):
    """Rows of trade bars."""

    columns = 6

    def events(self, open_ns: int, cells: list[str]) -> Chunk:
        """The bar of a minute, at its close."""
        texts = cells[1:5]
        first, high, low, last = consistent([near_points(text, self.instrument.price_scale) for text in texts], texts)
        volume = near_points(cells[5], self.instrument.size_scale)
        return [Bar(self.instrument, open_ns + MINUTE_NS, open_ns, TIMEFRAME, first, high, low, last, volume)]

    def end(self) -> list[FeedStatus]:
        """That the trades stop long before the day does."""
        if self._closed_ns >= self._day_end_ns - QUIET_MAX_NS:
            return []
        detail = f"trade bars stop at {utc_text(self._closed_ns)} UTC, before the day ends ({self.defects.path.name})"
        return [self.defects.status(self._closed_ns, FeedState.DEFECT, detail)]


def days_of(folder: Path) -> list[tuple[int, Path, Path]]:
    """Each day's midnight (UTC nanoseconds), file of quotes and file of trades, the oldest first.

    Raises:
        DataError: the folder cannot be read, holds no day, or a day lacks a file.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".zip")
    except OSError as error:
        raise unreadable(folder, error) from error
    days = []
    for date in dict.fromkeys(name.partition("_")[0] for name in names):
        for kind in ("quote", "trade"):
            if f"{date}_{kind}.zip" not in names:
                raise DataError(f"{folder}: expected {date}_{kind}.zip, found none; add it, or take the day out")
        days.append((midnight_ns(date, folder), folder / f"{date}_quote.zip", folder / f"{date}_trade.zip"))
    if not days:
        raise DataError(f"{folder}: expected zips such as 20180404_quote.zip and 20180404_trade.zip, found none")
    return days


def midnight_ns(date: str, folder: Path) -> int:
    """UTC nanoseconds of the midnight that begins a day written as `20180404`.

    Raises:
        DataError: it is no date.
    """
    try:
        return ns_of(datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC))
    except ValueError as error:
        raise DataError(f"{folder}: expected names such as 20180404_quote.zip, found {date[:40]!r}_...") from error
