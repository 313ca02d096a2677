"""The cells of candle files: times and numbers as people and venues write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from framework.data.defects import Unusable
from framework.model.instants import ns_of
from framework.model.money import exact

EPOCH_UNITS_NS: Final = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
"""Digits of a present-day epoch -> its unit in nanoseconds: s, ms, us, ns."""

FLOAT_NEAR_MAX: Final = 2**50
"""Below this a scaled float is less than half a point off."""


def time_ns(text: str) -> int:
    """UTC nanoseconds of an epoch (s, ms, us or ns) or an ISO date; a date without offset is taken as UTC.

    Raises:
        Unusable: anything else.
    """
    whole, _, part = text.partition(".")
    if whole.isdecimal() and whole.isascii() and len(whole) in EPOCH_UNITS_NS:
        unit_ns = EPOCH_UNITS_NS[len(whole)]
        return int(whole) * unit_ns + (int(Decimal(f"0.{part}") * unit_ns) if part.isdecimal() else 0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"expected an epoch in s, ms, us or ns, or an ISO date, found {text[:40]!r}") from error
    return ns_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def near_points(text: str, scale: int) -> int:
    """The nearest points of a number that is not below 0: exact wherever the text is no finer than a point.

    Raises:
        Unusable: not a number, or below 0.
        GridError: infinite, absurdly large or long.
    """
    try:
        scaled = float(text) * scale
    except ValueError as error:
        raise Unusable(f"expected a number, found {text[:40]!r}") from error
    if 0 <= scaled < FLOAT_NEAR_MAX:
        return int(scaled + 0.5)
    number = exact(text) * scale
    if number < 0:
        raise Unusable(f"expected a number not below 0, found {text[:40]!r}")
    return int(number.to_integral_value(ROUND_HALF_EVEN))


def decimals(text: str) -> int:
    """How many decimals a number is written with; 0 if it is none."""
    _, point, part = text.partition(".")
    if (not point or part.isdecimal()) and "e" not in text and "E" not in text:
        return len(part.rstrip("0"))
    try:
        exponent = Decimal(text).normalize().as_tuple().exponent
    except InvalidOperation:
        return 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
