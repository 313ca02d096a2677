from __future__ import annotations

from framework.kernel.seldom import Seldom


def test_the_first_is_told_at_once_and_later_ones_together() -> None:
    seldom = Seldom(10.0)
    assert [seldom.take(now_s) for now_s in (5.0, 5.0, 14.9, 15.0, 16.0, 100.0)] == [1, 0, 0, 3, 0, 2]
