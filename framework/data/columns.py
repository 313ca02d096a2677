"""Which column of a candle file is what: recognised from its header, or the usual order where it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from framework.data.cells import time_ns
from framework.data.defects import Unusable
from framework.data.lines import head
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
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "h"),
    "low": ("low", "low_price", "l"),
    "close": ("close", "close_price", "c"),
    "volume": ("volume", "base_volume", "volume_base", "vol", "v"),
}
"""What we need -> how it may be called, in any case; the first name that is there counts."""

VOLUME_OF: Final = re.compile(r"volume_\(?([a-z]{2,5})\)?")
"""`Volume BTC`, as exports have it beside `Volume USDT`."""
MONEY: Final = ("usd", "usdt", "usdc", "eur", "gbp", "quote")
"""A volume in one of these is no volume in base."""

USUAL_ORDER: Final = (0, 1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a file's candles stand: the separator, and the positions of time, open, high, low, close, volume."""

    separator: str
    positions: tuple[int, ...]
    header: str
    """The line that is no candle; empty where the file has none."""

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
    first = head(path, 1)[0]
    separator = max((",", ";", "\t"), key=first.count)
    usual = Columns(separator, USUAL_ORDER, "")
    if is_candle(usual, first):
        return usual
    names = [name.strip(' "').lower().replace(" ", "_") for name in first.split(separator)]
    return Columns(separator, tuple(position(wanted, names, path) for wanted in NAMES), first)


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


def position(wanted: str, names: list[str], path: Path) -> int:
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
        f"{path}, line 1: expected a header with {', '.join(NAMES)}, or a candle, found no {wanted} in: {found}; "
        f"name the column {wanted}"
    )
