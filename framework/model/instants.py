"""Instants and spans of time: UTC nanoseconds, whole and exact, and how people read and write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000 * NS_PER_MS
MINUTE_NS: Final = 60 * NS_PER_S
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def ns_of(instant: datetime) -> int:
    """UTC nanoseconds of an instant with its offset, exact to the microsecond it holds."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1000


def utc(ts_ns: int) -> datetime:
    """The instant in UTC, cut to the microsecond."""
    return EPOCH + timedelta(microseconds=ts_ns // 1000)


def utc_text(ts_ns: int) -> str:
    """`2024-08-08 23:54`, with seconds where there are any; UTC, cut to the second."""
    return f"{utc(ts_ns):%Y-%m-%d %H:%M:%S}".removesuffix(":00")
