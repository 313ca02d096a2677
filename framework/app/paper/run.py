"""A paper run as a person sees it: files, screen, signals, summary and report around a `PaperRun`."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

from framework.app.assembly import END_OF_TAPE, PaperRun, tape_of
from framework.app.control.guarded import guarded, refuse_if_killed
from framework.app.drive import Stop, drive
from framework.app.files import RunFiles
from framework.app.first_record import VERSION
from framework.app.inbox import Inbox
from framework.app.paper.on_feed import feed_of, live_pace
from framework.app.running import Running
from framework.config import Config
from framework.data.heard import LiveTape
from framework.data.laps import LoopedTape
from framework.engine.engine import OFFLOAD_LATENCY_NS
from framework.kernel.clock import Pacer, Stopwatch, work_began_s
from framework.model.errors import DataError
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.ops.handler_watch import HandlerWatch
from framework.ops.steady import SteadyView
from framework.ops.stray_threads import faults_told
from framework.ops.watched import View
from framework.reports.board import Board
from framework.reports.facts import RunFacts
from framework.reports.happenings import Happening, QuarantineSeen
from framework.reports.session import Session
from framework.reports.summary import Summary, summarise

NOBODY_LEFT: Final = "no strategy is left"
REFRESH_S: Final = 0.25
"""Between two pictures of the live view."""
SAMPLE_PRIORITY: Final = 9
"""Curves are sampled after everything else of an instant."""


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
    with contextlib.ExitStack() as around:
        around.enter_context(contextlib.closing(files))
        around.enter_context(_folder_told(files))
        # Standard output is ours (JSON, the live view, the summary): what a plugin prints goes beside it.
        around.enter_context(contextlib.redirect_stdout(sys.stderr))
        around.enter_context(faults_told())
        feed = around.enter_context(feed_of(config, is_fresh=is_fresh))
        run = PaperRun.of(config, files.open, feed.tape or tape_of(config), resumed=feed.resumed)
        feed.keep(run)
        files.begin_log(run.core.clock)
        engine = run.core.engine
        session = Session(facts_of(run, files), engine.portfolio, engine.quote, lambda: process.elapsed_s)
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
    faults += reported(files.report, session, summary)
    return msgspec.structs.replace(summary, faults=faults)


def reported(path: Path, session: Session, summary: Summary) -> list[str]:
    """Write the report. What prevents it, whatever that is, takes nobody the summary; it is given in words."""
    try:
        from framework.reports.html import write_report  # the run is over: its start need not wait for this

        write_report(path, session, summary)
    except DataError as error:
        return [str(error)]
    except Exception as error:  # noqa: BLE001  # names and numbers of plugins are drawn there
        return [f"report {path}: not written, {type(error).__name__}: {error}; please report it with the journal"]
    return []


@contextlib.contextmanager
def _folder_told(files: RunFiles) -> Iterator[None]:
    """Whoever ends a run hard learns where its files are."""
    try:
        yield
    except KeyboardInterrupt as ended:
        if files.is_open:
            ended.add_note(
                f"stopped hard, without a report (run.py report makes it); what was journaled is in {files.folder}"
            )
        raise


def notice(happening: Happening, run: Running, session: Session, stop: Stop, faults: list[str]) -> None:
    """A strategy that never began is a fault of the run; without any strategy there is nothing left to run."""
    if not isinstance(happening, QuarantineSeen) or not run.is_playing:
        return
    if not run.is_started:
        faults.append(f"{happening.strategy} was put aside before it began: {happening.reason}")
    if len(session.quarantines) == len(run.strategies):
        faults.append("every strategy was put aside: no strategy is left")
        stop.ask(NOBODY_LEFT)


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
    refresh = Refresh(run, session, view)
    drive(run.instants(), live_pace(run) or Pacer(0 if speed == "max" else float(speed)), stop, refresh, inbox)
    inbox.close()
    for _ in run.stop(stop.reason or END_OF_TAPE):
        pass
    refresh.now()


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


def end(run: Running, session: Session) -> None:
    """Tell the session what only the engine knows, and take the last point of its curves."""
    engine = run.core.engine
    session.events = run.core.loop.cursor
    session.handled = {name: seat.calls for name, seat in engine.seats.items()}
    session.unpriced_fees = engine.portfolio.unpriced_fees
    session.close(run.core.clock.now_ns)


def listen(run: Running, session: Session) -> None:
    """Tell the session of everything, and let it sample its curves once a second of the run's clock."""
    core = run.core
    core.listeners.append(session)
    core.kill.on_step.append(lambda step: session.killed(core.clock.now_ns, step))
    core.effects.on_sweep.append(lambda step: session.swept(core.clock.now_ns, step))

    def sample() -> None:
        session.sample(core.clock.now_ns)
        if run.is_playing:
            core.loop.at(core.clock.now_ns + NS_PER_S, SAMPLE_PRIORITY, sample)

    core.loop.at(run.start_ns + NS_PER_S, SAMPLE_PRIORITY, sample)


def facts_of(run: PaperRun, files: RunFiles) -> RunFacts:
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
        strategies={seated.name: described(seated.use, seated.capital) for seated in run.strategies},
        capital={seated.name: {amount.asset: amount.value for amount in seated.capital} for seated in run.strategies},
        lap_s=tape.lap_ns / NS_PER_S if isinstance(tape, LoopedTape) else 0.0,
        has_samples_only=all(seated.use in SAMPLES for seated in run.strategies),
        assumptions=(*tape.assumptions, OFFLOADED),
        versions=versions(),
        command=f"python3 run.py replay {files.folder}",
    )


OFFLOADED: Final = f"A function that a strategy offloads runs at once and answers {OFFLOAD_LATENCY_NS / NS_PER_S:g} s of tape time later."
SAMPLES: Final = ("market_maker", "sma_cross", "rebalance", "grid")


def described(use: str, capital: tuple[Any, ...]) -> str:
    """A strategy in a few words."""
    return f"{use}, capital {', '.join(map(str, capital))}"


def fees_words(instruments: Iterable[Instrument]) -> str:
    """What both sides pay: `maker 0.1 %, taker 0.1 %`."""
    fees = {(instrument.maker_fee, instrument.taker_fee) for instrument in instruments}
    return "; ".join(f"maker {plain(maker * 100)} %, taker {plain(taker * 100)} %" for maker, taker in sorted(fees))


def versions() -> dict[str, str]:
    """Of what figures may depend on."""
    names = ("msgspec", "pydantic", "rich", "structlog")
    return {"framework": VERSION, "python": platform.python_version()} | {
        name: metadata.version(name) for name in names
    }


def view_of(*, is_plain: bool, is_json: bool) -> Callable[[Session, Running], View]:
    """What shows a run on the standard output of now: JSON lines, plain lines, or the live view in a terminal."""
    out = sys.stdout

    def make(session: Session, run: Running) -> View:
        from framework.ops.lines import JsonLines, PlainLines, wants_terminal

        board = Board(session)
        if is_json:
            return JsonLines(board, out)
        if is_plain or not wants_terminal(out, os.environ):
            return PlainLines(board, out)
        from framework.ops.terminal import TerminalView

        return TerminalView(board, armed=lambda: run.core.kill.words, budget=lambda: _gauges(run), out=out)

    return make


def _gauges(run: Running) -> list[str]:
    """What is used of the rate limits now, in words: `rate limits, used of allowed: place 3/10, cancel 1/10`."""
    lane = run.core.router.lanes[run.rules.venue]
    used = [
        f"{name.replace('_', ' ')} {used}/{limit}"
        for name, (used, limit) in lane.budget.gauges(run.core.clock.now_ns).items()
        if used and limit < 1000
    ]
    return [f"rate limits, used of allowed: {', '.join(used) or 'none in use'}"]
