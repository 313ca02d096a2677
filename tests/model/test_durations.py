"""Spans of time as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.durations import UNITS_NS, duration_ns
from framework.model.errors import GridError


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [("1s", 1), ("15s", 15), ("1m", 60), ("5 m", 300), ("4h", 14_400), ("1d", 86_400), ("1w", 604_800)],
)
def test_a_span_is_a_whole_number_and_a_unit(text: str, expected_s: int) -> None:
    assert duration_ns(text) == expected_s * 10**9


def test_a_millisecond_is_no_minute() -> None:
    assert duration_ns("250ms") == 250_000_000


@given(st.integers(1, 999_999), st.sampled_from(sorted(UNITS_NS)))
def test_every_number_of_every_unit_is_exact(number: int, unit: str) -> None:
    assert duration_ns(f"{number}{unit}") == number * UNITS_NS[unit]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "15",
        "0s",
        "01s",
        "-1s",
        "1.5s",
        "1S",
        "1M",
        "1 month",
        " 1s",
        "1s ",
        "1s\n",
        "1  s",
        "1000000s",
        "١s",
        "1y",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(GridError, match=r'^timeframe: expected a whole number and ms, s, m, h, d or w such as "15s"'):
        duration_ns(text, "timeframe")


@pytest.mark.parametrize("value", [None, 15, 1.5, b"15s", ["15s"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(GridError, match="expected a whole number"):
        duration_ns(value)  # type: ignore[arg-type]  # that is the test
