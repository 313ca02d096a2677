"""A view whose output fails must not take the run with it: it falls silent, and asks to stop where nothing else shows the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from framework.ops.watched import View

NOBODY_READS: Final = "nobody reads"


class Stoppable(Protocol):
    """Whoever can be asked to end the run."""

    def ask(self, reason: str) -> None:
        """End before the next instant."""
        ...


class SteadyView:
    """Passes everything on to a view until that cannot write.

    Args:
        stop: asked to end the run then, so that journal and report are finished as always. None: it goes on, for a
            daemon is asked on its control socket, and ending would leave positions that it was flattening.
        faults: takes one sentence on what failed.
    """

    def __init__(self, view: View, stop: Stoppable | None, faults: list[str]) -> None:
        self._view = view
        self._stop = stop
        self._faults = faults
        self._is_silent = False

    def start(self) -> None:
        """See View."""
        self._shown(self._view.start)

    def refresh(self, now_ns: int) -> None:
        """See View."""
        self._shown(lambda: self._view.refresh(now_ns))

    def stop(self) -> None:
        """See View."""
        self._shown(self._view.stop)

    def _shown(self, show: Callable[[], None]) -> None:
        if self._is_silent:
            return
        try:
            show()
        except (OSError, ValueError) as error:  # ValueError: a file that was closed
            self._is_silent = True
            self._faults.append(f"standard output cannot be written: {getattr(error, 'strerror', None) or error}")
            if self._stop is not None:
                self._stop.ask(NOBODY_READS)
