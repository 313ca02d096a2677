"""Candle files of users: csv or csv.gz with time, open, high, low, close and volume, as bars.

A candle knows no bid, ask or book. So that orders have something to trade against, each bar carries a made-up quote
around its closing price. Every assumption stands in `CandleFile.assumptions`, for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Final

from framework.data.cells import decimals, near_points, time_ns
from framework.data.columns import Columns, columns_of
from framework.data.defects import Defects, Holes, Unusable
from framework.data.lines import first_lines, line_blocks
from framework.data.tape import Chunk
from framework.model.durations import UNITS_NS, duration_ns
from framework.model.errors import DataError
from framework.model.events import Bar
from framework.model.instants import utc_text
from framework.model.instrument import Instrument
from framework.model.money import plain

PRICE_DIGITS_MAX: Final = 12
SIZE_DIGITS_MAX: Final = 8
"""Numbers with more decimals are rounded: floats written out in full have some that mean nothing."""

FIRST_ROWS: Final = 100
"""One of so many must be a candle; else the file is another one than it seems, and all of it would be left out."""
STEPS_MAX: Final = 10_000
"""So many different distances between candles are counted; a file with more has no rhythm."""


@dataclass(frozen=True, slots=True)
class CandleModel:
    """What is assumed of the market at a candle's close."""

    half_spread_bps: Decimal = Decimal("0.5")
    """From the close to the bid, and to the ask, in hundredths of a percent; at least a point, then out to the tick."""
    volume_share: Decimal = Decimal("0.1")
    """Of the candle's volume, displayed on each side; at least a lot."""

    def __post_init__(self) -> None:
        assert self.half_spread_bps >= 0 and 0 < self.volume_share <= 1, self

    def quote(self, instrument: Instrument, close_points: int, volume_points: int) -> tuple[int, int, int, int]:
        """The quote at a candle's close: bid, its size, ask, its size.

        Raises:
            Unusable: the price is so low that the bid would be 0.
        """
        times, by = self.half_spread_bps.as_integer_ratio()
        half = max(1, -(-close_points * times // (by * 10_000)))
        tick, lot = instrument.tick_points, instrument.lot_points
        bid = (close_points - half) // tick * tick
        ask = -(-(close_points + half) // tick) * tick
        if bid <= 0:
            price, least = instrument.price_text(close_points), instrument.price_text(tick)
            raise Unusable(f"expected a price of some ticks of {least} ({instrument.id}), found {price}")
        times, by = self.volume_share.as_integer_ratio()
        size = max(lot, volume_points * times // by // lot * lot)
        return bid, size, ask, size

    @property
    def assumptions(self) -> tuple[str, ...]:
        """In sentences, for people."""
        spread, share = plain(self.half_spread_bps), plain(self.volume_share * 100)
        return (
            f"Quotes are made up at each candle's close: {spread} bps to each side of it, rounded outwards to the tick.",
            f"They display {share} % of the candle's volume on each side, one lot at least.",
            "A candle's time is its open; nothing is known of it before it closes.",
            "Times without an offset are taken as UTC.",
        )


@dataclass(slots=True)
class Outline:
    """What a first reading of a candle file finds."""

    is_falling: bool = False
    """The newest candle comes first, and the file is read from its end."""
    rows: int = 0
    first_ns: int = 0
    last_ns: int = 0
    price_digits: int = 0
    size_digits: int = 0
    steps: dict[int, list[int]] = field(default_factory=dict)
    """Distance of two candles -> how often it is seen, and the time at which it was first seen."""

    def add(self, cells: list[str]) -> None:
        """Take a row. Raises Unusable if its time cannot be read."""
        ts_ns = time_ns(cells[0])
        if not self.rows:
            self.first_ns = ts_ns
        elif len(self.steps) < STEPS_MAX:
            self.steps.setdefault(ts_ns - self.last_ns, [0, ts_ns])[0] += 1
        self.rows += 1
        self.last_ns = ts_ns
        self.price_digits = max(self.price_digits, *[decimals(cell) for cell in cells[1:5]])
        self.size_digits = max(self.size_digits, decimals(cells[5]))

    @property
    def mostly_falls(self) -> bool:
        """Whether more candles are older than the one before than newer."""
        return sum(seen if step_ns < 0 else -seen for step_ns, (seen, _) in self.steps.items()) > 0

    def usual_step(self) -> tuple[int, int]:
        """The commonest distance of two candles, the smaller one of equals, and a time that lies on it; 0, 0: none."""
        rising = [(-seen, step_ns, ts_ns) for step_ns, (seen, ts_ns) in self.steps.items() if step_ns > 0]
        _, step_ns, ts_ns = min(rising, default=(0, 0, 0))
        return step_ns, ts_ns


class CandleFile:
    """The candles of one instrument in a csv file. It is read once when made, for its dates and decimals.

    Args:
        instrument: makes the instrument from the decimals of prices and sizes.
        timeframe: of the candles; empty: the commonest distance of two.

    Raises:
        DataError: the file cannot be read, or holds no candles.
    """

    def __init__(
        self,
        path: Path,
        instrument: Callable[[int, int], Instrument],
        timeframe: str = "",
        model: CandleModel | None = None,
    ) -> None:
        self.path = path
        self.files: Sequence[Path] = (path,)
        self.columns = columns_of(path)
        self.model = model or CandleModel()
        outline = outline_of(path, self.columns)
        price_digits = min(outline.price_digits, PRICE_DIGITS_MAX)
        size_digits = min(outline.size_digits, SIZE_DIGITS_MAX)
        self.instrument = instrument(price_digits, size_digits)
        usual_ns, on_step_ns = outline.usual_step()
        self.step_ns = duration_ns(timeframe, f"timeframe of {path.name}") if timeframe else usual_ns
        self.timeframe = timeframe or timeframe_of(self.step_ns, path)
        self.phase_ns = (on_step_ns or outline.first_ns) % self.step_ns
        self.start_ns = outline.first_ns
        self.end_ns = outline.last_ns + self.step_ns
        self.assumptions: Sequence[str] = (
            *self.model.assumptions,
            *rounding(outline.price_digits, price_digits, "Prices"),
            *rounding(outline.size_digits, size_digits, "Sizes"),
            *(["The file has its newest candle first; it is read from its end."] if outline.is_falling else []),
        )
        self.is_falling = outline.is_falling

    def chunks(self) -> Iterator[Chunk]:
        """Each candle at its close: a bar with its quote. Unusable rows become DEFECT events, holes GAP and LIVE.

        Raises:
            DataError: the file is damaged; what could be read was given before.
        """
        rows = CandleRows(self)
        for lines in numbered(self.path, is_falling=self.is_falling):
            if events := rows.read(lines):
                yield events
        if rest := rows.defects.rest(rows.ts_ns):
            yield list(rest)


class CandleRows:
    """Turns rows into events, in order; knows what came before."""

    def __init__(self, file: CandleFile) -> None:
        self.file = file
        self.defects = Defects(file.instrument, file.path)
        self.ts_ns = file.start_ns
        """Of the last event."""
        self._holes = Holes(file.timeframe, file.step_ns)
        self._closed_ns = 0
        """Close of the last candle; 0 before the first."""

    def read(self, lines: Iterable[tuple[int, str]]) -> Chunk:
        """The events of the next lines, each with its number; heading and blank lines give none."""
        events: Chunk = []
        heading = self.file.columns.heading
        for number, line in lines:
            if not line.strip() or line in heading:
                continue
            try:
                bar = self._candle(line)
            except ValueError as error:
                events += self.defects.row(self.ts_ns, number, error)
                continue
            events += self._holes.before(bar.ts_open_ns, self.defects)
            events.append(bar)
            self.ts_ns = self._closed_ns = bar.ts_recv_ns
        return events

    def _candle(self, line: str) -> Bar:
        file = self.file
        instrument = file.instrument
        time, *prices, volume = file.columns.cells(line)
        open_ns = self._timed(time_ns(time), time)
        points = [near_points(price, instrument.price_scale) for price in prices]
        volume_points = near_points(volume, instrument.size_scale)
        first, high, low, last = consistent(points, prices)
        close_ns = open_ns + file.step_ns
        quote = file.model.quote(instrument, last, volume_points)
        return Bar(instrument, close_ns, open_ns, file.timeframe, first, high, low, last, volume_points, 0, *quote)

    def _timed(self, open_ns: int, text: str) -> int:
        """The open of a candle that may come now."""
        file = self.file
        if open_ns + file.step_ns == self._closed_ns:
            raise Unusable(f"expected a later candle, found the time {text} twice")
        if open_ns < self._closed_ns:
            raise Unusable(f"expected a candle after {utc_text(self._closed_ns - file.step_ns)}, found the time {text}")
        if open_ns + file.step_ns > file.end_ns:
            raise Unusable(f"expected no candle after the last row's, found the time {text}")
        if open_ns % file.step_ns != file.phase_ns:
            raise Unusable(f"expected the time of a {file.timeframe} candle, found {text}")
        return open_ns


def consistent(points: list[int], texts: list[str]) -> list[int]:
    """Open, high, low and close, if they can be true.

    Raises:
        Unusable: one is 0, or the high or low is not the highest or lowest.
    """
    if min(points) <= 0:
        raise Unusable(f"expected prices above 0, found {', '.join(texts)}")
    if points[1] != max(points) or points[2] != min(points):
        raise Unusable(f"expected the high and the low around open and close, found {', '.join(texts)}")
    return points


def outline_of(path: Path, columns: Columns) -> Outline:
    """Read a file through once; a second time, from its end, where the newest candle comes first.

    Raises:
        DataError: it cannot be read, holds no candles, or they neither rise nor fall.
    """
    outline = _outline(path, columns, is_falling=False)
    if not outline.rows:
        raise DataError(f"{path}: expected candles, found no row with a time that can be read; look at the file")
    check_first_rows(path, columns)
    if outline.last_ns >= outline.first_ns:
        return outline
    if not outline.mostly_falls:
        raise DataError(
            f"{path}: expected the oldest candle first, found {utc_text(outline.first_ns)} in the first row and "
            f"{utc_text(outline.last_ns)} in the last; sort the file by time"
        )
    return _outline(path, columns, is_falling=True)


def _outline(path: Path, columns: Columns, *, is_falling: bool) -> Outline:
    outline = Outline(is_falling)
    for lines in numbered(path, is_falling=is_falling):
        for _, line in lines:
            try:
                outline.add(columns.cells(line))
            except Unusable:
                continue  # It is told as a defect when the file is played.
    return outline


def check_first_rows(path: Path, columns: Columns) -> None:
    """Look whether what begins the file are numbers at all.

    Raises:
        DataError: not one row has them.
    """
    found = ""
    for line in first_lines(path, FIRST_ROWS):
        if line in columns.heading:
            continue
        try:
            time, *numbers = columns.cells(line)
            time_ns(time)
            _ = [near_points(number, 1) for number in numbers]
        except ValueError as error:
            found = found or f"{error}"
        else:
            return
    raise DataError(
        f"{path}: expected candles with numbers such as 61234.5, the first {FIRST_ROWS} rows have none: {found}"
    )


def numbered(path: Path, *, is_falling: bool) -> Iterator[Iterable[tuple[int, str]]]:
    """The lines of a file with their numbers, in blocks; from its last line to its first where the newest comes first.

    Raises:
        DataError: as `line_blocks`.
    """
    if is_falling:  # the whole file is held: it can be known from its end in no other way
        lines = list(chain.from_iterable(line_blocks(path)))
        yield zip(range(len(lines), 0, -1), reversed(lines), strict=True)
        return
    before = 0
    for block in line_blocks(path):
        yield enumerate(block, before + 1)
        before += len(block)


def timeframe_of(length_ns: int, path: Path) -> str:
    """`"1m"` of a candle's length.

    Raises:
        DataError: no length was found, or it is finer than a millisecond.
    """
    for unit, unit_ns in reversed(UNITS_NS.items()):
        if length_ns and length_ns % unit_ns == 0:
            return f"{length_ns // unit_ns}{unit}"
    raise DataError(
        f"{path}: expected two candles whose distance says their length, found none; "
        'set timeframe in [paper], such as timeframe = "1m"'
    )


def rounding(found: int, kept: int, what: str) -> list[str]:
    """What to say if a file's numbers have more decimals than are kept."""
    return [f"{what} are rounded to {kept} decimals; the file has up to {found}."] if found > kept else []
