"""The picture of a run, drawn anew a few times a second."""

from __future__ import annotations

from typing import Final

from framework.app.running import Running
from framework.kernel.clock import Stopwatch
from framework.ops.watched import View
from framework.reports.session import Session

REFRESH_S: Final = 0.25
"""Between two pictures of the live view."""


class Refresh:
    """Shows the run a few times a second."""

    def __init__(self, run: Running, session: Session, view: View) -> None:
        self._run = run
        self._session = session
        self._view = view
        self._watch = Stopwatch()
        self._due_s = 0.0

    def __call__(self) -> None:
        """Show it when it is time."""
        if self._watch.elapsed_s >= self._due_s:
            self.now()
            self._due_s = self._watch.elapsed_s + REFRESH_S

    def now(self) -> None:
        """Show it."""
        self._session.events = self._run.core.loop.cursor
        self._view.refresh(self._run.core.clock.now_ns)
