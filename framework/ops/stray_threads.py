"""Threads that a strategy starts: their faults are told in a line, and none of them keeps the process alive."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

STANDARD: Final = Path(traceback.__file__).parent
"""Where Python's own modules lie."""
PATIENCE_S: Final = 0.2
"""For all that are about to end when the run does."""
NAMED_MAX: Final = 5


@contextlib.contextmanager
def faults_told() -> Iterator[None]:
    """While this lasts, what ends a thread is one line on standard error, and no traceback."""
    before = threading.excepthook
    threading.excepthook = _tell
    try:
        yield
    finally:
        threading.excepthook = before


def _tell(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_type is SystemExit:
        return
    frames = [(entry.filename, entry.lineno) for entry in traceback.extract_tb(fault.exc_traceback)]
    name = fault.thread.name if fault.thread is not None else "unknown"
    text = " ".join(str(fault.exc_value).split())
    sys.stderr.write(f"the thread {name!r} ended{_place(frames)}: {fault.exc_type.__name__}: {text}\n")


def left() -> list[threading.Thread]:
    """Threads that would keep the process alive."""
    found = [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]
    for thread in found:
        thread.join(PATIENCE_S / len(found))
    return [thread for thread in found if thread.is_alive()]


def leave(code: int) -> int:
    """The exit code, where nothing holds up the end; else the process ends here, with it and the names of what does."""
    threads = left()
    if not threads:
        return code
    for thread in threads[:NAMED_MAX]:
        sys.stderr.write(
            f"the thread {thread.name!r} still runs{_where(thread)}; the process ends without it: "
            "what a strategy starts it ends in on_stop\n"
        )
    if len(threads) > NAMED_MAX:
        sys.stderr.write(f"and {len(threads) - NAMED_MAX} more threads\n")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  # the interpreter's own name for it
    return _place([(entry.filename, entry.lineno) for entry in traceback.extract_stack(frame)]) if frame else ""


def _place(frames: list[tuple[str, int | None]]) -> str:
    """The innermost line that is neither Python's own nor ours: ` at feeder.py:9`."""
    package = Path(__file__).parents[1]
    own = [
        f" at {Path(file).name}:{line}"
        for file, line in frames
        if not Path(file).is_relative_to(package) and not Path(file).is_relative_to(STANDARD)
    ]
    return own[-1] if own else ""
