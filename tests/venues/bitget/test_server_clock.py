from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import OddAnswer
from framework.venues.bitget.server_clock import ClockSample, skew_of


def test_the_quickest_of_several_decides() -> None:
    slow, quick = ClockSample(0, 900, 9_000), ClockSample(1_000, 1_100, 6_050)
    found = skew_of([slow, quick, slow])
    assert (found.ahead_ns, found.error_ns) == (5_000, 51)
    assert found.server_ms(2_000_000) == 2


@given(st.integers(-(10**12), 10**12), st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1))
def test_the_true_skew_is_within_the_error(ahead_ns: int, trips: list[tuple[int, int]]) -> None:
    samples = [ClockSample(0, there + back, there + ahead_ns) for there, back in trips]
    found = skew_of(samples)
    assert abs(found.ahead_ns - ahead_ns) <= found.error_ns


def test_without_an_answer_there_is_no_skew() -> None:
    with pytest.raises(OddAnswer, match="at least one answer"):
        skew_of([ClockSample(10, 5, 0)])
