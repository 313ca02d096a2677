"""Paper trading as people run it: the four sample strategies on the bundled tape, with the settings that come along."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from benchmarks.measures import COUNT, MEGABYTES, SECONDS, Measure, Scope, count, each, in_loops, rss_mb
from framework.kernel.clock import NS_PER_S

ROOT: Final = Path(__file__).resolve().parents[1]
LOOKS: Final = 4
"""Refreshes of the screen before memory is read: the run is going by then."""


def paper_tape(scope: Scope) -> Sequence[Measure]:
    """The tape at full speed through engine, router, gate, venue, journal and log: no screen, no report."""
    from framework.app.assembly import PaperRun
    from framework.app.files import RunFiles
    from framework.config import load_config

    config = load_config(None, {"paper": {"speed": "max"}, "journal": {"folder": str(scope.folder)}})
    with closing(RunFiles(config)) as files:
        run = PaperRun.of(config, files.open)
        files.begin_log(run.core.clock)
        span = scope.timer().span(lambda: _play(run, scope.of(10**9, 2_000)))
    events, size = run.core.loop.cursor, files.journal.stat().st_size
    tape_s = (run.core.clock.now_ns - run.start_ns) / NS_PER_S
    return (
        each("paper_tape_event", span, events),
        count("paper_tape_events", events),
        count("paper_tape_events_a_second", events / span.cpu_s),
        Measure("paper_journal_bytes_an_event", size / events, COUNT),
        Measure("paper_journal_bytes_a_tape_second", size / tape_s, COUNT),
        Measure("paper_journal_bytes_a_second", size / span.cpu_s, COUNT),
    )


def _play(run: Any, instants: int) -> None:
    for number, _ in enumerate(run.instants()):
        if number >= instants:
            break
    for _ in run.stop("end of tape"):
        pass


def paper_idle(scope: Scope) -> Sequence[Measure]:
    """Memory of a paper run that waits for its next event, at the tape's own speed."""
    from framework.app.drive import Stop
    from framework.app.paper.run import trade_on_paper
    from framework.app.views import view_of
    from framework.config import load_config

    stop = Stop()
    found: list[float] = []

    class Watching:
        """The plain view, and a look at the memory."""

        def __init__(self, session: Any, run: Any) -> None:
            self._view = view_of(is_plain=True, is_json=False)(session, run)
            self.start, self.stop = self._view.start, self._view.stop

        def refresh(self, now_ns: int) -> None:
            self._view.refresh(now_ns)
            found.append(rss_mb())
            if len(found) >= scope.of(LOOKS, 1):
                stop.ask("measured")

    config = load_config(None, {"paper": {"speed": 1}, "journal": {"folder": str(scope.folder)}})
    trade_on_paper(config, Watching, stop)
    return (Measure("paper_idle_rss", found[scope.of(LOOKS, 1) - 1], MEGABYTES),)


def paper_verb(scope: Scope) -> Sequence[Measure]:
    """The whole command at full speed, its report included, in a process of its own."""
    command = [sys.executable, "run.py", "paper", "--json", "--speed", "max", "--folder", str(scope.folder)]
    command += ["--only", "grid"] if scope.is_quick else []
    environment = dict(os.environ, BOT_NO_BOOTSTRAP="1")
    said: list[str] = []

    def work() -> None:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        said.extend(done.stdout.splitlines())

    span = scope.timer().span(work, children_cpu_s)
    summary = json.loads(said[-1])
    return (
        in_loops("paper_verb", span),
        each("paper_verb_event", span, summary["events"]),
        Measure("paper_first_fill", summary["first_fill_s"], SECONDS),
        Measure("paper_verb_peak_rss", children_peak_rss_mb(), MEGABYTES),
    )


def children_cpu_s() -> float:
    """CPU of the processes that this one started and that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def children_peak_rss_mb() -> float:
    """The most memory that the largest of them held. They are larger than this process, whose share they start with."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
