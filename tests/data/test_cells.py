"""Times and numbers of candle files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.data.cells import decimals, near_points, time_ns
from framework.data.defects import Unusable
from framework.model.errors import GridError
from framework.model.instrument import Instrument

MIDNIGHT_NS = 1_577_836_800_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "1577836800",
        "1577836800000",
        "1577836800000000",
        "1577836800000000000",
        "1577836800.0",
        "2020-01-01",
        "2020-01-01 00:00:00",
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00.000+0000",
        "2020-01-01T01:00:00+01:00",
        "2019-12-31 19:00:00-05:00",
    ],
)
def test_every_way_to_write_a_time(text: str) -> None:
    assert time_ns(text) == MIDNIGHT_NS


def test_parts_of_a_second_are_exact() -> None:
    assert time_ns("1577836800.123456789") == MIDNIGHT_NS + 123_456_789
    assert time_ns("2020-01-01T00:00:00.123456+00:00") == MIDNIGHT_NS + 123_456_000


@pytest.mark.parametrize("text", ["", "x", "12", "-1577836800", "157783680012", "2020-13-01", "nan", "²577836800"])
def test_what_is_no_time_is_unusable(text: str) -> None:
    with pytest.raises(Unusable, match="expected an epoch in s, ms, us or ns, or an ISO date, found"):
        time_ns(text)


@given(st.integers(0, 7 * 10**15))
def test_iso_times_are_exact(since_us: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_us)
    assert time_ns(moment.isoformat()) == since_us * 1000


@given(st.integers(0, 10**17), st.integers(0, 12))
@example(2**50, 0)
@example(999_999_999_999_999, 3)
def test_near_points_are_exact_on_the_grid(points: int, digits: int) -> None:
    instrument = Instrument("A/B", "x", digits, digits)
    text = f"{Decimal(points).scaleb(-digits):f}"
    assert near_points(text, 10**digits) == points == instrument.data_price(text)


@given(st.decimals(0, 10**9, places=18))
def test_near_points_are_the_nearest(number: Decimal) -> None:
    assert abs(Decimal(near_points(str(number), 100)) - number * 100) <= Decimal("0.500001")


@pytest.mark.parametrize("text", ["", "x", "-1", "-0.5"])
def test_what_is_no_amount_is_unusable(text: str) -> None:
    with pytest.raises(Unusable, match="expected a number"):
        near_points(text, 100)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400"])
def test_what_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(GridError):
        near_points(text, 100)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1", 0),
        ("1.", 0),
        ("1.50", 1),
        ("0.00000001", 8),
        ("1e-05", 5),
        ("1.5E-3", 4),
        ("1e5", 0),
        ("x.y", 0),
        ("nan", 0),
    ],
)
def test_decimals_are_counted(text: str, count: int) -> None:
    assert decimals(text) == count
