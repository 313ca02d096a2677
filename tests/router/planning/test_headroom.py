"""The room of all buckets, in shares that can be compared exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.router.budget.gauge import Room
from framework.router.planning.headroom import Headroom, scales
from framework.router.planning.packing import Ceiling


@given(st.lists(st.integers(1, 6_000), min_size=1, max_size=6))
def test_a_full_bucket_has_the_same_share_whatever_its_limit(limits: list[int]) -> None:
    (whole,) = {limit * scale for limit, scale in zip(limits, scales(tuple(limits)), strict=True)}
    assert Headroom([Room(limit, 0) for limit in limits]).full == whole


def test_ceilings_let_no_bucket_pass_the_share() -> None:
    headroom = Headroom([Room(10, 2, reserve=3), Room(5, 4), Room(5, 0, is_paused=True)])
    assert headroom.base == 8
    assert headroom.full == 10
    assert headroom.ceilings(10) == [Ceiling(8, 5), Ceiling(1, 1), Ceiling(0, 0)]
    assert headroom.ceilings(8) == [Ceiling(6, 5), Ceiling(0, 0), Ceiling(0, 0)]


def test_a_bucket_fuller_than_it_may_be_has_nothing_left() -> None:
    headroom = Headroom([Room(10, 12)])
    assert headroom.full == headroom.base == 12
    assert headroom.ceilings(headroom.full) == [Ceiling(0, 0)]


def test_the_next_share_is_one_that_a_bucket_can_come_to() -> None:
    headroom = Headroom([Room(10, 2), Room(5, 1)])
    assert headroom.next_above(2, {0: 3, 1: 1}) == 3
    assert headroom.next_above(3, {1: 1}) == 4
    assert headroom.next_above(5, {0: 3, 1: 1}) == headroom.full
