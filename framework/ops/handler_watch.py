"""Watches for handlers that take too long, and tells where they are: a strategy that blocks, blocks everybody."""

from __future__ import annotations

import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Final

from framework.engine.host import Host, Subscription
from framework.kernel.clock import Stopwatch
from framework.kernel.logging import get_logger

POLL_S: Final = 0.05
SLOW_S: Final = 0.25
"""A handler that runs longer than this is reported, once a call, with its stack."""

log = get_logger()


class HandlerWatch:
    """A thread that looks at the host from outside; it costs the hot path nothing and changes nothing.

    Args:
        thread_id: of the thread in which handlers run.
        elapsed_s: seconds on a steady clock.
    """

    def __init__(self, host: Host, thread_id: int | None = None, elapsed_s: Callable[[], float] | None = None) -> None:
        self.slow: Counter[str] = Counter()
        """Strategy -> calls that took too long."""
        self._host = host
        self._thread_id = threading.get_ident() if thread_id is None else thread_id
        watch = Stopwatch()
        self._elapsed_s = elapsed_s or (lambda: watch.elapsed_s)
        self._seen: tuple[str, int] = ("", 0)
        self._since_s = 0.0
        self._told = self._seen
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
        """Report the handler that runs now if it has run for too long."""
        running = self._host.current
        call = ("", 0) if running is None else (running.seat.name, running.seat.calls)
        if running is None or call != self._seen:
            self._seen, self._since_s = call, self._elapsed_s()
            return
        elapsed_s = self._elapsed_s() - self._since_s
        if elapsed_s >= SLOW_S and call != self._told:
            self._told = call
            self._tell(running, elapsed_s)

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
