"""Lists that stay short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.reports.series import Thinned


@given(count=st.integers(0, 5_000), limit=st.integers(2, 300))
def test_a_thinned_series_is_bounded_and_evenly_spaced(count: int, limit: int) -> None:
    series: Thinned[int] = Thinned(limit)
    for item in range(count):
        series.offer(item)
    assert len(series.items) < limit or count < limit
    assert series.offered == count
    assert series.items == list(range(0, count, series.stride))


def test_nothing_is_dropped_below_the_bound() -> None:
    series: Thinned[int] = Thinned(100)
    for item in range(99):
        series.offer(item)
    assert series.items == list(range(99))
    assert series.stride == 1
