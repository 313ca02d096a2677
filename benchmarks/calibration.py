"""The unit: one *step* is a millionth of the time of a fixed loop of a million plain Python steps.

The loop is part of every figure ever published in steps: whoever changes it starts anew.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

LOOP_STEPS: Final = 1_000_000
SLICE: Final = 25_000
"""Pieces of work between two looks at the machine's speed."""
SLICE_PART: Final = 10
"""Such a look is this part of the loop."""


def loop_cpu_s(steps: int = LOOP_STEPS) -> float:
    """CPU seconds of the loop. Each step: a call, float maths, a slot set and read, a dict entry read and set."""

    class Box:
        __slots__ = ("v",)
        v: float

    def step(x: float, y: float) -> float:
        return x + (y - x) * 0.1

    b = Box()
    b.v = 0.0
    d = {i: 0 for i in range(64)}  # noqa: C420 - as it always was
    started_s = time.process_time()
    for i in range(steps):
        b.v = step(b.v, i & 1023)
        k = i & 63
        d[k] = d[k] + 1
    return time.process_time() - started_s


class Span(NamedTuple):
    """What a piece of work took, and what a step took around it. CPU seconds."""

    cpu_s: float
    step_s: float

    @property
    def loops(self) -> float:
        """In runs of the whole loop."""
        return self.cpu_s / self.step_s / LOOP_STEPS


class Timer:
    """Times pieces of work, and the loop before and after each, in this process."""

    def __init__(self, steps: int = LOOP_STEPS) -> None:
        self._steps = steps
        self._last_s: float | None = None

    def step_s(self, part: int = 1) -> float:
        """CPU seconds of a step, now; by that part of the loop."""
        steps = self._steps // part
        self._last_s = loop_cpu_s(steps) / steps
        return self._last_s

    def span(self, work: Callable[[], None], cpu_s: Callable[[], float] = time.process_time) -> Span:
        """Do some work once.

        Args:
            cpu_s: what the work's processes used so far; this one's, unless said otherwise.
        """
        before_s = self.step_s() if self._last_s is None else self._last_s
        gc.collect()
        started_s = cpu_s()
        work()
        used_s = cpu_s() - started_s
        return Span(used_s, (before_s + self.step_s()) / 2)

    def slices(self, work: Iterator[object], pieces: int = SLICE) -> Span:
        """Do long work that yields, and time a part of the loop after every slice of so many pieces.

        A machine's speed changes from second to second; a loop before and a loop after would not see it.
        """
        gc.collect()
        before_s = self.step_s()
        cpu_s = steps = 0.0
        is_left = True
        while is_left:
            is_left = False
            started_s = time.process_time()
            for _ in islice(work, pieces):
                is_left = True
            used_s = time.process_time() - started_s
            after_s = self.step_s(SLICE_PART)
            cpu_s += used_s
            steps += used_s / ((before_s + after_s) / 2)
            before_s = after_s
        return Span(cpu_s, cpu_s / steps)
