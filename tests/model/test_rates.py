"""Rates and shares are read whole, or refused with what was expected."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.errors import GridError
from framework.model.rates import Rate, fraction_of, percent_text


@pytest.mark.parametrize(
    ("text", "count", "window_s"),
    [("5/s", 5, 1), ("300/m", 300, 60), ("100/10s", 100, 10), ("1 / 2 s", 1, 2), ("160000/d", None, None)],
)
def test_a_rate_is_a_count_and_a_window(text: str, count: int | None, window_s: int | None) -> None:
    if count is None:
        with pytest.raises(GridError, match="100000"):
            Rate.parse(text)
        return
    rate = Rate.parse(text)
    assert (rate.limit, rate.window_ns) == (count, window_s * 1_000_000_000)
    assert rate.per_s == count / window_s
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize("text", ["", "5", "0/s", "-5/s", "5/x", "5/0s", "1e3/s", "5/s/s", "٥/s", 5, None, "nan/s"])
def test_what_is_no_rate_is_refused_in_words(text: object) -> None:
    with pytest.raises(GridError, match=r"message_rate: expected .*5/s.*found"):
        Rate.parse(text, "message_rate")


def test_a_share_is_written_in_per_cent() -> None:
    assert fraction_of("2%") == Decimal("0.02")
    assert fraction_of("0.5 %") == Decimal("0.005")
    assert percent_text(Decimal("0.02")) == "2%"
    assert percent_text(fraction_of("12.5%")) == "12.5%"


@pytest.mark.parametrize("text", ["2", "0%", "-2%", "2000%", "%", "nan%", "1e1%", 0.02, None])
def test_what_is_no_share_is_refused(text: object) -> None:
    with pytest.raises(GridError, match="expected a share"):
        fraction_of(text)
