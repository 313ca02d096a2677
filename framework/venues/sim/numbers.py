"""The venue's own numbers for orders and trades: 19 digits, rising, the same in every run of one tape and seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

LEAST: Final = 10**18
"""The first number of 19 digits. A real clock's nanoseconds have 19 since 2001; a test's clock may begin at 0."""


def numbers(start_ns: int) -> Iterator[str]:
    """Numbers as text, up from the clock's start."""
    return map(str, count((start_ns if start_ns >= LEAST else LEAST + start_ns) + 1))
