"""A paper run as a person sees it: files, screen, signals, summary and report around a `PaperRun`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from framework.app.assembly import END_OF_TAPE, PaperRun, tape_of
from framework.app.control.guarded import guarded, refuse_if_killed
from framework.app.drive import FULL_SPEED_STRIDE, Stop, drive
from framework.app.fact_words import SAMPLES, fees_words, strategy_words, versions
from framework.app.files import RunFiles
from framework.app.hearing import end, listen, notice
from framework.app.inbox import Inbox
from framework.app.paper.on_feed import feed_of, live_pace
from framework.app.refresh import Refresh
from framework.app.written_report import written
from framework.config import Config
from framework.data.heard import LiveTape
from framework.data.laps import LoopedTape
from framework.engine.engine import OFFLOAD_LATENCY_NS
from framework.kernel.clock import Pacer, Stopwatch, work_began_s
from framework.model.errors import DataError
from framework.model.instants import NS_PER_S
from framework.model.money import plain
from framework.ops.handler_watch import HandlerWatch
from framework.ops.steady import SteadyView
from framework.ops.stray_threads import faults_told
from framework.ops.watched import View
from framework.reports.facts import RunFacts
from framework.reports.session import Session
from framework.reports.summary import Summary, summarise


def trade_on_paper(
    config: Config, view: Callable[[Session, PaperRun], View], stop: Stop, *, is_fresh: bool = False
) -> Summary:
    """Play the tape or feed of the settings to its end or until somebody stops it, and write journal and report.

    Args:
        view: makes what shows the run.
        is_fresh: of a live feed: open the account anew instead of resuming it.

    Raises:
        ConfigError, PluginError, DataError: what is wrong, where, and what to do. What was journaled stays.
    """
    watch, process = Stopwatch(), Stopwatch(work_began_s())
    refuse_if_killed(Path(config.journal.folder))
    files = RunFiles(config)
    faults: list[str] = []
    with _folder_told(files):
        with contextlib.ExitStack() as around:
            around.enter_context(contextlib.closing(files))
            # Standard output is ours (JSON, the live view, the summary): what a plugin prints goes beside it.
            around.enter_context(contextlib.redirect_stdout(sys.stderr))
            around.enter_context(faults_told())
            feed = around.enter_context(feed_of(config, is_fresh=is_fresh))
            run = PaperRun.of(config, files.open, feed.tape or tape_of(config), resumed=feed.resumed)
            feed.keep(run)
            files.begin_log(run.core.clock)
            engine = run.core.engine
            session = Session(paper_facts(run, files), engine.portfolio, engine.quote, lambda: process.elapsed_s)
            listen(run, session)
            session.hear(lambda happening: notice(happening, run, session, stop, faults))
            with guarded(run, session, stop, files.folder, Path(config.journal.folder)) as inbox:
                feed.wake(inbox)
                session.slow = _show(run, session, SteadyView(view(session, run), stop, faults), stop, inbox)
            end(run, session)
        summary = summarise(
            session,
            duration_s=watch.elapsed_s,
            stopped_by=stop.reason or END_OF_TAPE,
            ledger_difference={asset: plain(value) for asset, value in run.ledger_difference.items()},
            journal=str(files.journal),
            journal_sha256=files.journal_sha256,
            report=str(files.report),
        )
        faults += written(files.report, session, summary)
    return msgspec.structs.replace(summary, faults=faults)


@contextlib.contextmanager
def _folder_told(files: RunFiles) -> Iterator[None]:
    """Who ends a run hard, or what breaks it, leaves files: where they are is told."""
    try:
        yield
    except KeyboardInterrupt as ended:
        if files.is_open:
            report = "" if files.report.exists() else ", without a report (run.py report makes it)"
            ended.add_note(f"stopped hard{report}; what was journaled is in {files.folder}")
        raise
    except DataError as error:
        if not files.is_open or str(files.folder) in str(error):
            raise
        raise DataError(f"{error}; the run ended there, what was journaled is in {files.folder}") from error


def _show(run: PaperRun, session: Session, view: View, stop: Stop, inbox: Inbox) -> dict[str, int]:
    """Play and show; gives strategy -> handlers that took too long."""
    watch = HandlerWatch(run.core.engine.host, is_stopping=lambda: bool(stop.reason))
    watch.start()
    view.start()
    try:
        _play(run, session, view, stop, inbox)
    finally:
        watch.stop()
        view.stop()
    return dict(watch.slow)


def _play(run: PaperRun, session: Session, view: View, stop: Stop, inbox: Inbox) -> None:
    """Play at the wanted speed, then stop the strategies and wait for the answers."""
    speed = run.config.paper.speed
    if speed == "max":
        run.core.loop.stride = FULL_SPEED_STRIDE
    refresh = Refresh(run, session, view)
    drive(run.instants(), live_pace(run) or Pacer(0 if speed == "max" else float(speed)), stop, refresh, inbox)
    inbox.close()
    for _ in run.stop(stop.reason or END_OF_TAPE):
        pass
    refresh.now()


def paper_facts(run: PaperRun, files: RunFiles) -> RunFacts:
    """What is known of a run before it starts, for views and report."""
    config, tape, rules = run.config, run.tape, run.rules
    return RunFacts(
        run_id=run.id,
        tape=tape.title,
        rules=f"{rules.title} rules",
        rules_as_of=rules.as_of,
        fill_model="queue fills",
        latency=config.paper.latency.describe(),
        fees=fees_words(tape.instruments),
        speed="1" if isinstance(tape, LiveTape) else str(config.paper.speed),
        seed=config.paper.seed,
        ts_start_ns=run.start_ns,
        ts_end_ns=tape.end_ns if tape.laps else 0,
        instruments=tuple(tape.instruments),
        balances=run.balances,
        currency=config.report_currency,
        display_tz=config.display_tz,
        journal=str(files.journal),
        strategies={seated.name: strategy_words(seated.use, seated.capital) for seated in run.strategies},
        capital={seated.name: {amount.asset: amount.value for amount in seated.capital} for seated in run.strategies},
        lap_s=tape.lap_ns / NS_PER_S if isinstance(tape, LoopedTape) else 0.0,
        has_samples_only=all(seated.use in SAMPLES for seated in run.strategies),
        assumptions=(*tape.assumptions, OFFLOADED),
        versions=versions(),
        command=f"python3 run.py replay {files.folder}",
    )


OFFLOADED: Final = f"A function that a strategy offloads runs at once and answers {OFFLOAD_LATENCY_NS / NS_PER_S:g} s of tape time later."
