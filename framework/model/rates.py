"""Rates as people write them: `"5/s"`, `"300/m"`, `"100/10s"`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

from framework.model.durations import UNITS_NS
from framework.model.errors import GridError
from framework.model.money import plain, shorten

COUNT_MAX: Final = 100_000
"""So many of the last events are kept for each rate that is held."""
PATTERN: Final = re.compile(r"([1-9][0-9]{0,5}) ?/ ?([1-9][0-9]{0,3})? ?(ms|s|m|h|d)", re.ASCII)


class Rate(NamedTuple):
    """At most `limit` in any stretch of `window_ns`."""

    limit: int
    window_ns: int
    text: str

    @classmethod
    def parse(cls, text: object, what: str = "rate") -> Rate:
        """Read `"<whole number>/<span>"`.

        Raises:
            GridError: anything else.
        """
        match = PATTERN.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match[1]) > COUNT_MAX:
            raise GridError(
                f'{what}: expected a whole number up to {COUNT_MAX} and a span such as "5/s" or "100/10s", '
                f"found {shorten(text)}"
            )
        return cls(int(match[1]), int(match[2] or 1) * UNITS_NS[match[3]], match[0].replace(" ", ""))

    @property
    def per_s(self) -> float:
        """The rate per second, to look at."""
        return self.limit * 1e9 / self.window_ns

    def __str__(self) -> str:
        return self.text


def fraction_of(text: object, what: str = "share") -> Decimal:
    """Read `"2%"` as 0.02.

    Raises:
        GridError: anything but a number above 0 and up to 1000, with its per cent sign.
    """
    match = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%", text, re.ASCII) if isinstance(text, str) else None
    number = Decimal(match[1]) if match else Decimal(0)
    if not 0 < number <= 1000:
        raise GridError(f'{what}: expected a share above 0 % such as "2%", found {shorten(text)}')
    return number / 100


def percent_text(fraction: Decimal) -> str:
    """0.02 as `"2%"`."""
    return f"{plain(fraction * 100)}%"
