"""A side of a book against a plain dict that is sorted whenever somebody looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.book_side import EMPTY_MIN, BookSide

LEVELS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), max_size=12)


@pytest.mark.parametrize("is_bids", [True, False])
@given(first=LEVELS, changes=st.lists(LEVELS, max_size=12))
def test_it_is_a_sorted_dict(first: list[tuple[int, int]], changes: list[list[tuple[int, int]]], is_bids: bool) -> None:
    side: BookSide[int] = BookSide(is_bids=is_bids)
    side.replace(first)
    held = {price: size for price, size in first if size}
    for levels in ([], *changes):
        side.change(levels)
        held = {price: size for price, size in {**held, **dict(levels)}.items() if size}
        in_order = sorted(held.items(), reverse=is_bids)
        assert side.best(100) == in_order
        assert side.best(3) == in_order[:3]
        assert side.top(5) == [size for _, size in in_order[:5]]
        assert bool(side.prices) is bool(held)
        assert not held or side.prices[-1 if is_bids else 0] == in_order[0][0]


def test_prices_at_which_nothing_stands_are_not_kept_for_ever() -> None:
    side: BookSide[int] = BookSide(is_bids=True)
    side.change([(10**6, 1)])
    for price in range(10_000):
        side.change([(price, 1)])
        side.change([(price, 0)])
        assert len(side.prices) <= 2 * 2 + EMPTY_MIN
    assert side.best(10) == [(10**6, 1)]


def test_a_level_that_goes_and_comes_in_one_change_stands_once() -> None:
    side: BookSide[str] = BookSide(is_bids=False)
    side.change([(5, "a"), (7, "b"), (5, ""), (6, ""), (5, "c")])
    assert side.best(10) == [(5, "c"), (7, "b")]
    assert side.prices == [5, 6, 7]
