"""Spans of time as people write them: `"15s"`, `"1m"`, `"4h"`."""

from __future__ import annotations

import re
from typing import Final

from framework.model.errors import GridError
from framework.model.money import shorten

UNITS_NS: Final = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
PATTERN: Final = re.compile(r"([1-9][0-9]{0,5}) ?(ms|s|m|h|d|w)", re.ASCII)


def duration_ns(text: str, what: str = "duration") -> int:
    """Nanoseconds of `"<whole number><ms|s|m|h|d|w>"`.

    Raises:
        GridError: anything else.
    """
    match = PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise GridError(f'{what}: expected a whole number and ms, s, m, h, d or w such as "15s", found {shorten(text)}')
    return int(match[1]) * UNITS_NS[match[2]]
