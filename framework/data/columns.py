"""Which column of a candle file is what: recognised from its header, or the usual order where it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from framework.data.cells import time_ns
from framework.data.defects import Unusable
from framework.data.lines import first_lines
from framework.model.errors import DataError

NAMES: Final = {
    "time": (
        "timestamp",
        "open_time",
        "opentime",
        "time",
        "datetime",
        "date",
        "date_time",
        "ts",
        "ts_open",
        "timestamp_ms",
        "timestamp_utc",
        "time_utc",
        "unix",
        "unix_timestamp",
        "start_time",
        "starttime",
        "time_period_start",
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "h"),
    "low": ("low", "low_price", "l"),
    "close": ("close", "close_price", "c"),
    "volume": ("volume", "base_volume", "basevolume", "volume_base", "volume_traded", "vol", "v"),
}
"""What we need -> how it may be called, in any case; the first name that is there counts."""

VOLUME_OF: Final = re.compile(r"volume_\(?([a-z]{2,5})\)?")
"""`Volume BTC`, as exports have it beside `Volume USDT`."""
MONEY: Final = ("usd", "usdt", "usdc", "eur", "gbp", "quote")
"""A volume in one of these is no volume in base."""

SEPARATORS: Final = (",", ";", "\t")
USUAL_ORDER: Final = (0, 1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a file's candles stand: the separator, and the positions of time, open, high, low, close, volume."""

    separator: str
    positions: tuple[int, ...]
    heading: tuple[str, ...]
    """The lines that are no candles: a header, and a title above it; empty where the file has none."""

    def cells(self, line: str) -> list[str]:
        """Time, open, high, low, close and volume of a line.

        Raises:
            Unusable: it has too few columns.
        """
        found = line.split(self.separator)
        if len(found) <= max(self.positions):
            raise Unusable(f"expected {max(self.positions) + 1} columns, found {len(found)}")
        return [found[position].strip(' "') for position in self.positions]


def columns_of(path: Path) -> Columns:
    """Recognise a file.

    Raises:
        DataError: it cannot be read, is empty, or its first line is neither a header nor a candle.
    """
    first, *more = first_lines(path, 2)
    is_title = bool(more) and not any(map(first.count, SEPARATORS)) and any(more[0].count(by) > 4 for by in SEPARATORS)
    title, top = ((first,), more[0]) if is_title else ((), first)  # an address, say, above the header
    separator = max(SEPARATORS, key=top.count)
    usual = Columns(separator, USUAL_ORDER, title)
    if is_candle(usual, top):
        return usual
    names = [name.strip(' "').lower().replace(" ", "_") for name in top.split(separator)]
    where = f"{path}, line {len(title) + 1}"
    return Columns(separator, tuple(position(wanted, names, where) for wanted in NAMES), (*title, top))


def is_candle(columns: Columns, line: str) -> bool:
    """Whether a line without a header before it is a candle in the usual order."""
    try:
        time, *numbers = columns.cells(line)
        time_ns(time)
        return all(float(number) >= 0 for number in numbers)
    except ValueError:
        return False


def volume_in(names: list[str]) -> str:
    """The one column that has its volume in an asset that is no money; empty where none is, or several are."""
    found = [name for name in names if (match := VOLUME_OF.fullmatch(name)) and match[1] not in MONEY]
    return found[0] if len(found) == 1 else ""


def position(wanted: str, names: list[str], where: str) -> int:
    """Where a column stands.

    Raises:
        DataError: nowhere.
    """
    for name in NAMES[wanted]:
        if name in names:
            return names.index(name)
    if wanted == "volume" and (volume := volume_in(names)):
        return names.index(volume)
    found = ", ".join(name[:20] for name in names[:8])
    raise DataError(
        f"{where}: expected a header with {', '.join(NAMES)}, or a candle, found no {wanted} in: {found}; "
        f"name the column {wanted}"
    )
