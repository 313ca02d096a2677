"""Watches for handlers that take too long, and tells where they are: a strategy that blocks, blocks everybody."""

from __future__ import annotations

import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final, TextIO

from framework.engine.host import Host, Subscription, files_of
from framework.kernel.clock import Stopwatch
from framework.kernel.logging import get_logger

POLL_S: Final = 0.05
SLOW_S: Final = 0.25
"""A handler that runs longer than this is reported, once a call, with its stack."""

HANGS_S: Final = 3.0
"""A handler that runs this long is named to the person who looks on, and again whenever it has run twice as long."""

HOLD_UP_S: Final = 1.0
"""A handler that runs this much longer after a stop was asked is named to the person who waits."""

log = get_logger()


class HandlerWatch:
    """A thread that looks at the host from outside; it costs the hot path nothing and changes nothing.

    Args:
        thread_id: of the thread in which handlers run.
        elapsed_s: seconds on a steady clock.
        is_stopping: whether somebody asked the run to end; a handler that holds that up is told of on `out`.
        out: for the person who waits; standard error by default.
    """

    def __init__(
        self,
        host: Host,
        thread_id: int | None = None,
        elapsed_s: Callable[[], float] | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
        out: TextIO | None = None,
    ) -> None:
        self.slow: Counter[str] = Counter()
        """Strategy -> calls that took too long."""
        self._host = host
        self._thread_id = threading.get_ident() if thread_id is None else thread_id
        watch = Stopwatch()
        self._elapsed_s = elapsed_s or (lambda: watch.elapsed_s)
        self._seen: tuple[str, int] = ("", 0)
        self._since_s = 0.0
        self._told = self._seen
        self._hangs_s = HANGS_S
        self._is_stopping = is_stopping
        self._out = out
        self._asked: tuple[tuple[str, int], float] | None = None
        self._has_warned = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="handler-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Report the handler that runs now if it has run for too long, or holds up a stop."""
        running = self._host.current
        call = ("", 0) if running is None else (running.seat.name, running.seat.calls)
        if running is None or call != self._seen:
            self._seen, self._since_s, self._hangs_s = call, self._elapsed_s(), HANGS_S
            return
        elapsed_s = self._elapsed_s() - self._since_s
        if elapsed_s >= SLOW_S and call != self._told:
            self._told = call
            self._tell(running, elapsed_s)
        if elapsed_s >= self._hangs_s:
            self._hangs_s *= 2
            self._hangs(running, elapsed_s)
        if self._is_stopping() and not self._has_warned:
            self._holds_up(running, call, elapsed_s)

    def _holds_up(self, running: Subscription, call: tuple[str, int], elapsed_s: float) -> None:
        """Say once who it is that a person who asked to stop waits for."""
        if self._asked is None or self._asked[0] != call:
            self._asked = call, elapsed_s
            return
        if elapsed_s - self._asked[1] < HOLD_UP_S:
            return
        self._has_warned = True
        self._name(running, elapsed_s, "Ctrl-C again ends hard")

    def _hangs(self, running: Subscription, elapsed_s: float) -> None:
        """While it runs nothing else does, not even the view: whoever looks at one that stands still learns why."""
        log.error(
            "handler.hangs",
            strategy=running.seat.name,
            handler=getattr(running.handler, "__name__", "handler"),
            elapsed_s=round(elapsed_s),
            stack=stack_of(self._thread_id),
        )
        self._name(running, elapsed_s, "nothing else goes on meanwhile")

    def _name(self, running: Subscription, elapsed_s: float, what: str) -> None:
        name = f"{running.seat.name}.{getattr(running.handler, '__name__', 'handler')}"
        place = place_of(self._thread_id, files_of(running.seat.strategy))
        out = self._out or sys.stderr
        out.write(f"{name} has been running for {elapsed_s:.0f} s{place}; {what}\n")
        out.flush()

    def _tell(self, running: Subscription, elapsed_s: float) -> None:
        name = running.seat.name
        self.slow[name] += 1
        log.warning(
            "handler.overran",
            strategy=name,
            handler=getattr(running.handler, "__name__", "handler"),
            elapsed_ms=round(elapsed_s * 1000),
            limit_ms=round(SLOW_S * 1000),
            stack=stack_of(self._thread_id),
            remedy="move slow work into self.offload(function, ..., then=self.on_result)",
        )

    def _run(self) -> None:
        while not self._ended.wait(POLL_S):
            self.look()


def stack_of(thread_id: int) -> list[str]:
    """Where a thread is, innermost last: `market_maker.py:41 on_quote`. Empty when it is gone."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  # the interpreter's own name for it
    stack = traceback.extract_stack(frame) if frame is not None else []
    return [f"{entry.filename.rsplit('/', 1)[-1]}:{entry.lineno} {entry.name}" for entry in stack]


def place_of(thread_id: int, files: Collection[str]) -> str:
    """The innermost line of these files that a thread is in: ` (market_maker.py:41)`. Empty when it is in none."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  # as above
    stack = traceback.extract_stack(frame) if frame is not None else []
    own = [entry for entry in stack if entry.filename in files]
    return f" ({own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno})" if own else ""
