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
        if stop is None:
            start, stop = 0, start
        assert start < stop and step == 1, (start, stop, step)
        return start + int(self.random() * (stop - start))

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]  # of what has a length and is indexed
        """See `random.Random`."""
        return seq[int(self.random() * len(seq))]


class Streams(dict[str, Chance]):
    """Streams of chance of a seed by their names, each from where it is first asked for: none draws from another."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def __missing__(self, name: str) -> Chance:
        stream = self[name] = Chance(f"{self._seed}/{name}")
        return stream
