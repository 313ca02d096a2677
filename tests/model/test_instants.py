"""Instants: nanoseconds and dates are one thing, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from framework.model.instants import DAY_NS, HOUR_NS, MINUTE_NS, NS_PER_S, ns_of, utc, utc_text

MIDNIGHT_NS = 1_723_161_600_000_000_000


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - hypothesis wants it naive
def test_there_and_back_is_the_same(instant: datetime) -> None:
    assert utc(ns_of(instant)) == instant


@given(st.integers(0, 7_000_000_000 * NS_PER_S))
def test_nanoseconds_below_a_microsecond_are_cut(ts_ns: int) -> None:
    assert ns_of(utc(ts_ns)) == ts_ns - ts_ns % 1000


def test_an_offset_is_the_same_instant() -> None:
    berlin = timezone(timedelta(hours=2))
    assert ns_of(datetime(2024, 8, 9, 2, tzinfo=berlin)) == MIDNIGHT_NS


def test_people_read_utc_to_the_minute_or_second() -> None:
    assert utc_text(MIDNIGHT_NS) == "2024-08-09 00:00"
    assert utc_text(MIDNIGHT_NS + 7 * NS_PER_S + 999_999_999) == "2024-08-09 00:00:07"


def test_spans_are_made_of_seconds() -> None:
    assert (MINUTE_NS, HOUR_NS, DAY_NS) == (60 * NS_PER_S, 3600 * NS_PER_S, 86_400 * NS_PER_S)
