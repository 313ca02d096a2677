"""Clocks. Everything asks ONE of these for the time; nothing else reads a clock."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final, Protocol

from framework.model.instants import NS_PER_S as NS_PER_S  # noqa: PLC0414 - offered here too


class Clock(Protocol):
    """The one source of time."""

    @property
    def now_ns(self) -> int:
        """UTC, in nanoseconds."""
        ...


class ManualClock:
    """Time that somebody sets: a tape's own clock, a virtual clock, a test's."""

    __slots__ = ("now_ns",)

    def __init__(self, now_ns: int = 0) -> None:
        self.now_ns = now_ns


class RealClock:
    """The machine's clock, UTC. It never goes back within a process, whatever is done to the machine's time."""

    __slots__ = ("_offset_ns",)

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    @property
    def now_ns(self) -> int:
        """UTC, nanoseconds."""
        return time.monotonic_ns() + self._offset_ns


class Stopwatch:
    """Seconds since it was made, for figures about the process itself; never for decisions."""

    __slots__ = ("_started_s",)

    def __init__(self, started_s: float | None = None) -> None:
        self._started_s = time.monotonic() if started_s is None else started_s

    @property
    def elapsed_s(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._started_s


SET_UP: Final = "BOT_SET_UP_ENDED"
"""Variable in which `run.py` tells the process that it goes on as when set-up ended: `PID:seconds`."""


def work_began_s() -> float:
    """`time.monotonic()` of the moment this process began, or of the end of the set-up that it began with."""
    pid, _, seconds = os.environ.get(SET_UP, "").partition(":")
    began_s = process_started_s()
    try:
        # Children inherit the variable: theirs is another process id.
        return max(began_s, min(float(seconds), time.monotonic())) if pid == str(os.getpid()) else began_s
    except ValueError:
        return began_s


def process_started_s() -> float:
    """`time.monotonic()` of the moment this process began, as near as the platform tells."""
    try:
        ticks = int(Path("/proc/self/stat").read_bytes().rsplit(b")", 1)[1].split()[19])
        uptime_s = float(Path("/proc/uptime").read_bytes().split()[0])
        return time.monotonic() - (uptime_s - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - time.process_time()


class Pacer:
    """Keeps a tape's time at `speed` times the real one by sleeping before an instant is played.

    Args:
        speed: tape seconds a real second; 0 for as fast as it goes.
    """

    SLICE_S: Final = 0.05
    """Longest sleep, so that a signal or a refresh of the screen never waits longer."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._origin: tuple[int, float] | None = None

    def wait_s(self, ts_ns: int) -> float:
        """Seconds to sleep now on the way to an instant of the tape; 0.0 when it is due."""
        if not self.speed:
            return 0.0
        now_s = time.monotonic()
        if self._origin is None:
            self._origin = (ts_ns, now_s)
        tape_ns, real_s = self._origin
        due_s = real_s + (ts_ns - tape_ns) / (NS_PER_S * self.speed)
        return min(max(0.0, due_s - now_s), self.SLICE_S)

    def sleep(self, wait_s: float) -> None:
        """Sleep a slice."""
        time.sleep(wait_s)
