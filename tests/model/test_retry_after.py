"""The header that says how long to wait."""

from __future__ import annotations

import pytest

from framework.model.retry_after import wait_ns


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("1", 1), ("600", 600), ("9999999", 9_999_999)])
def test_whole_seconds_are_read(text: str, seconds: int) -> None:
    assert wait_ns(text) == seconds * 1_000_000_000


@pytest.mark.parametrize("text", ["", "-1", "1.5", " 1", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999", "\u0661"])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert wait_ns(text) == 0
