"""What a workload gives back: named figures, each in its unit and, where it is a time, in steps."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.calibration import LOOP_STEPS, Span, Timer

MICROSECONDS: Final = "us CPU"
LOOPS: Final = "loops"
SECONDS: Final = "s"
MEGABYTES: Final = "MB"
COUNT: Final = "count"


class Measure(NamedTuple):
    """One figure of one process."""

    name: str
    value: float
    unit: str
    steps: float | None = None
    """None: it is not a time."""


class Scope(NamedTuple):
    """What a workload may use.

    `folder` is its own to write to. `is_quick`: a taste of the work, to see that it runs; its figures mean nothing.
    """

    folder: Path
    is_quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """How much work."""
        return quick if self.is_quick else full

    def timer(self) -> Timer:
        """A timer whose loop is as long as the scope asks for."""
        return Timer(self.of(LOOP_STEPS, 1_000))


Workload = Callable[[Scope], Sequence[Measure]]


def each(name: str, span: Span, count: int) -> Measure:
    """CPU time of one of `count` things."""
    one_s = span.cpu_s / max(1, count)
    return Measure(name, one_s * 1e6, MICROSECONDS, one_s / span.step_s)


def in_loops(name: str, span: Span) -> Measure:
    """CPU time of the whole, in runs of the calibration loop."""
    return Measure(name, span.loops, LOOPS, span.loops * LOOP_STEPS)


def count(name: str, value: float) -> Measure:
    """How many."""
    return Measure(name, value, COUNT)


def peak_rss_mb() -> float:
    """The most memory this process ever held. A process started by a larger one reports too much without /proc."""
    try:
        return _status_mb("VmHWM")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rss_mb() -> float:
    """The memory this process holds now; the most it ever held where the system does not tell."""
    try:
        return _status_mb("VmRSS")
    except OSError:
        return peak_rss_mb()


def _status_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:"))
