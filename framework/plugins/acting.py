"""What a plugin may not do while it is imported or made: reach out, start processes, or change the process for all others.

The interpreter tells of connections and processes before they happen, so those are refused; what can only be seen
afterwards is taken back. It is no wall against who means harm: plugins run in the daemon's own process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Final

from framework.model.errors import PluginError

NETWORK: Final = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
)
PROCESSES: Final = frozenset(
    {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.exec", "os.startfile"}
)
"""Libraries ask the machine what it is by a process of a moment while they are imported: those may."""
SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)
)
"""Which a run listens to itself."""
LATER: Final = "do it in on_start or later"
IMPORTS: Final = "importlib._bootstrap"

_is_loading: Final[ContextVar[bool]] = ContextVar("is_loading", default=False)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """For the length of a block this thread runs the code of a plugin that is being loaded.

    Raises:
        PluginError: it did what it may not, and that was refused or taken back.
    """
    _listen()
    folder, handlers, threads = (
        _here(),
        {number: signal.getsignal(number) for number in SIGNALS},
        set(threading.enumerate()),
    )
    before = _is_loading.set(True)
    try:
        yield
    finally:
        _is_loading.reset(before)
        changed = [*_taken_back(folder, handlers), *_started(threads)]
    if changed:
        raise PluginError(f"{' and '.join(changed)} while it was loaded; {LATER}")


def _here() -> Path | None:
    """The working directory; None where it was removed."""
    with contextlib.suppress(OSError):
        return Path.cwd()
    return None


def _taken_back(folder: Path | None, handlers: dict[int, Any]) -> Iterator[str]:
    if folder is not None and _here() != folder:
        os.chdir(folder)
        yield "it changed the working directory"
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)
                yield f"it took {signal.Signals(number).name} away from the run"


def _started(before: set[threading.Thread]) -> Iterator[str]:
    """Threads of its own; those of libraries are theirs. They end with the process."""
    for thread in threading.enumerate():
        module = getattr(getattr(thread, "_target", None), "__module__", "") or ""
        if thread not in before and module.startswith("strategy_plugin_"):
            yield f"it started the thread {thread.name!r}"


@cache
def _listen() -> None:
    """Once for the process: an audit hook stays for its life."""
    sys.addaudithook(_heard)


def _heard(event: str, _args: tuple[Any, ...]) -> None:
    if event not in NETWORK and event not in PROCESSES:
        return
    if not _is_loading.get():
        return
    if event in NETWORK:
        raise PluginError(f"it opens a connection ({event}) while it is loaded; {LATER}")
    if not _is_of_an_import(sys._getframe(1)):  # noqa: SLF001  # the interpreter's own name for it
        raise PluginError(f"it starts a process ({event}) while it is loaded; strategies start none")


def _is_of_an_import(frame: FrameType | None) -> bool:
    """Whether a library that is being imported does it, and not the plugin that imports it."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("strategy_plugin_"):
            return False
        if name == IMPORTS:
            return True
        frame = frame.f_back
    return False
