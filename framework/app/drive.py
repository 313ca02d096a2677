"""The drive of a tape: a plain loop that plays instants at a pace, and how a person stops it.

A daemon's is `framework.app.live.drive`: it plays the same loop in turns.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Final, Protocol

from framework.app.inbox import Inbox
from framework.kernel.interrupts import interrupt

SIGNALS: Final[Mapping[int, str]] = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    **({signal.SIGHUP: "the terminal went away"} if hasattr(signal, "SIGHUP") else {}),
}
WATCH_EVERY: Final = 64
"""Instants that are told between two looks at the screen when nothing waits."""
FULL_SPEED_STRIDE: Final = 8
"""Where nothing is waited for, each so many instants are told: then a stop is seen, and what other threads want done."""


class Stop:
    """Whether somebody asked the run to end, and how."""

    def __init__(self) -> None:
        self.reason = ""
        self.last_words: Callable[[], str] = lambda: ""
        """What a hard end leaves behind, in a few words."""

    def ask(self, reason: str) -> None:
        """End before the next instant; the first reason is kept."""
        self.reason = self.reason or reason

    def hard_end(self, how: str) -> str:
        """One line on a hard end, and what it leaves behind."""
        words = self.last_words()
        return f"{how}{': ' if words else ''}{words}"

    def on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a lost terminal ask; a second one stops hard."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # under nohup a hangup stays ignored
                signal.signal(number, self._heard)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, self._end_hard)
        self.ask(SIGNALS[number])

    def _end_hard(self, number: int, _frame: FrameType | None) -> None:
        """A second SIGTERM: one line, then the end that this signal brings by itself, whatever the line met with."""
        signal.signal(number, signal.SIG_DFL)
        try:
            os.write(2, f"{self.hard_end('ended hard by a second SIGTERM')}\n".encode(errors="replace"))
        finally:
            signal.raise_signal(number)


class Pacing(Protocol):
    """How long to wait before an instant (`framework.kernel.clock.Pacer`)."""

    def wait_s(self, ts_ns: int) -> float:
        """Seconds to sleep now; 0.0 when the instant is due."""
        ...

    def sleep(self, wait_s: float) -> None:
        """Sleep a slice."""
        ...


def drive(
    instants: Iterator[int], pace: Pacing, stop: Stop, watch: Callable[[], None], inbox: Inbox | None = None
) -> None:
    """Play instants at a pace until they end or somebody asks to stop.

    The first instant is always played. It may be that of the start itself, and by the clock alone a replay could not
    tell whether the stop came before or after it.

    Args:
        watch: called many times a second, between instants; it decides itself how often it does something.
        inbox: what other threads want done; served between instants, from the first one's end on.
    """
    sleep = pace.sleep if inbox is None else inbox.sleep
    for count, ts_ns in enumerate(instants):
        wait_s = pace.wait_s(ts_ns)
        while wait_s > 0 and not stop.reason:
            watch()
            sleep(wait_s)
            if count and inbox is not None and inbox.rings:
                inbox.serve()
            wait_s = pace.wait_s(ts_ns)
        if inbox is not None:
            inbox.beats = count
            inbox.is_idle = False
            if count and inbox.rings:
                inbox.serve()
        if stop.reason and count:
            return
        if count % WATCH_EVERY == 0:
            watch()
