"""Chance of a seed: `random.Random`, with the two draws that a seed makes thousands of at a third of their price."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """One stream of chance. What it draws is even enough: of spans far below 2**53."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """See `random.Random`; the step is one."""
        assert step == 1
        if stop is None:
            start, stop = 0, start
        assert start < stop, (start, stop)
        return start + int(self.random() * (stop - start))

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]  # of what has a length and is indexed
        """See `random.Random`."""
        return seq[int(self.random() * len(seq))]
