"""A time limit on a plugin's code while it is loaded: a loop there would hold up the process for ever."""

from __future__ import annotations

import contextlib
import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

SECONDS_MAX: Final = 20.0
"""For one plugin to be imported, or one strategy to be made: big libraries on a slow disk take some."""
NOTICE_S: Final = 3.0
"""After which a person who waits is told what for."""
AGAIN_S: Final = 1.0
"""Between two tries to end code that catches everything."""
HARD_S: Final = 10.0
"""After the limit, code that still goes on, in C or by catching every exception, ends with the process."""
STANDARD_ERROR: Final = 2


class Overdue(BaseException):
    """Raised into code that takes too long; no `except Exception` of a plugin holds it up."""


@contextlib.contextmanager
def time_limit(what: str, seconds: float | None = None) -> Iterator[None]:
    """While this lasts, code that takes longer than `seconds` (by default `SECONDS_MAX`) is ended.

    Code that cannot be ended so, a loop within C, ends with the process: its place stands on standard error, exit
    code 1. Where a system has no timer signal that alone holds; away from the main thread nothing does.

    Args:
        what: for the person who waits: `strategies/x.py`.

    Raises:
        Overdue: from within the code.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seconds = SECONDS_MAX if seconds is None else seconds
    faulthandler.dump_traceback_later(seconds + HARD_S, exit=True, file=STANDARD_ERROR)
    try:
        with _timer(what, seconds):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def _timer(what: str, seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):
        yield
        return
    notice_s = min(NOTICE_S, seconds)
    has_told = notice_s == seconds

    def ring(_number: int, frame: FrameType | None) -> None:
        nonlocal has_told
        if has_told:
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
            raise Overdue(f"still running after {seconds:g} s; what stands here runs before the start, so end it soon")
        has_told = True
        place = f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}" if frame is not None else "unknown"
        sys.stderr.write(f"{what}: still loading after {notice_s:g} s, at {place}; given up after {seconds:g} s\n")
        signal.setitimer(signal.ITIMER_REAL, seconds - notice_s)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, notice_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
