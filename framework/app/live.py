"""A live run as a person starts it: checks, lock, journal, recovery; then trading, watched; then a clean end.

Until the gateway is a process of its own, only venues on this machine are served: see `framework.gateway.dial`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import msgspec

from framework.app.asked_instruments import check_instruments
from framework.app.assembly import check_currency, check_limits
from framework.app.canary import caps_words, loss_words, with_caps
from framework.app.daemon_journal import DaemonJournal
from framework.app.drive import Stop
from framework.app.files import REPORT, close_log, fresh_folder, open_log
from framework.app.gateways import Examined, Gateway
from framework.app.guarded import LATCH, refuse_if_killed, watched
from framework.app.live_drive import LiveDrive
from framework.app.live_run import LiveRun, earlier_records
from framework.app.paper import SAMPLES, Refresh, described, end, fees_words, listen, notice, reported, versions
from framework.app.plain_gateway import PlainGateway
from framework.app.running import Running
from framework.app.seated import Seated, seat_strategies
from framework.config import Config
from framework.config.readiness import live_faults
from framework.data.heard import LiveTape
from framework.data.live_feed import Hosts, LiveFeed
from framework.data.plain_feed import PlainFeed
from framework.gateway.dial import Dial, TcpDial
from framework.kernel.account_lock import AccountLock
from framework.kernel.clock import Clock, RealClock, Stopwatch, work_began_s
from framework.kernel.disk import Disk
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import Latch
from framework.kernel.logging import get_logger
from framework.kernel.records import Record
from framework.model.errors import ConfigError, Unreachable
from framework.model.money import plain
from framework.ops.handler_watch import HandlerWatch
from framework.ops.steady import SteadyView
from framework.ops.stray_threads import faults_told
from framework.ops.watched import View
from framework.reports.board import Board
from framework.reports.facts import RunFacts
from framework.reports.session import Session
from framework.reports.summary import Summary, summarise
from framework.router.kill.states import KillState
from framework.venues.named import rules_named

STALL_S: Final = 1.0
"""A loop that stands still for longer closes the gate (RELIABILITY, section 4)."""
HEARD_S: Final = 10.0
RECONCILE_S: Final = 60.0
QUOTES_S: Final = 5.0
CALM_S: Final = 5.0
"""So long the answers to the last cancels may take."""
COMPARED_S: Final = 3.0
LOCKS: Final = f"bot-locks-{os.getuid()}"

log = get_logger()


@dataclass(frozen=True)
class Parts:
    """What a live run stands on. A test gives others; nothing of a person's settings or environment does."""

    disk: Disk | None = None
    """Of journal and latch; None: this machine's."""
    dial: Dial | None = None
    """How order connections come up; None: TCP."""
    locks: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / LOCKS)
    """Of account locks: one folder for all daemons of a user."""
    made: Callable[[LiveRun], None] = lambda run: None  # noqa: ARG005
    """Told of the run before it recovers."""
    out: TextIO = field(default_factory=lambda: sys.stderr)
    """For the person who starts it."""


MakeView = Callable[[Session, Running], View]


def trade_live(config: Config, view: MakeView, stop: Stop, parts: Parts | None = None) -> Summary:
    """Trade until somebody stops it.

    Raises:
        ConfigError, PluginError, DataError, VenueError: what is wrong, where, and what to do. What was journaled stays.
    """
    watch = Stopwatch()
    with contextlib.redirect_stdout(sys.stderr), faults_told(), opening(config, parts or Parts()) as opened:
        return asyncio.run(LiveSession(opened, view, stop, watch).run())


@dataclass(frozen=True)
class Opened:
    """Everything that a session is given."""

    config: Config
    host: str
    port: int
    folder: Path
    """Of the account."""
    runs: Path
    tape: LiveTape
    clock: Clock
    strategies: Sequence[Seated]
    plugins: dict[str, str]
    earlier: Sequence[Record]
    latch: Latch
    parts: Parts


@contextlib.contextmanager
def opening(config: Config, parts: Parts) -> Iterator[Opened]:
    """Everything that a session needs, for the length of a block: the account's lock is held, its feed is heard.

    Raises: as `trade_live`.
    """
    config, host, port = checked(config)
    runs, live, clock = Path(config.journal.folder), config.live, RealClock()
    refuse_if_killed(runs)
    strategies, plugins = seat_strategies(config)
    folder = runs / "live" / f"{live.venue}-{live.account}"
    with contextlib.ExitStack() as around:
        around.enter_context(AccountLock(parts.locks, f"{live.venue} {host}:{port} {live.account}"))
        feed = feed_of(config, host, port, clock)
        around.callback(feed.stop)
        tape = feed.start()
        check_currency(config, tape)
        check_limits(config, tape, (live.account,))
        check_instruments(config, tape.instruments, strategies, "[live] markets")
        latch = Latch(folder / LATCH, parts.disk)
        around.callback(latch.close)
        earlier = earlier_records(folder / "journal", clock.now_ns, parts.disk)
        yield Opened(config, host, port, folder, runs, tape, clock, strategies, plugins, earlier, latch, parts)


def checked(config: Config) -> tuple[Config, str, int]:
    """The settings with the caps of their stage, and where the venue is.

    Raises:
        ConfigError: with a line for each thing that live trading needs and does not find.
    """
    live = config.live
    if not live.venue:
        raise ConfigError(f"{config.file}: [live] venue: missing; live trading needs the table, see docs/live.md")
    if not config.seats():
        raise ConfigError(f"{config.file}: expected at least one enabled [strategy.NAME] table, found none")
    faults = live_faults(config)
    if faults:
        raise ConfigError("\n".join(f"{config.file}: {line}" for line in faults))
    host, _, number = live.host.rpartition(":")
    if not number.isascii() or not number.isdecimal() or not 0 < int(number) < 65_536:
        raise ConfigError(
            f"{config.file}: [live] host: expected host and port such as 127.0.0.1:8080, found {live.host}"
        )
    TcpDial(host.strip("[]"), int(number))  # refuses every other machine, and says why
    return with_caps(config), host.strip("[]"), int(number)


def feed_of(config: Config, host: str, port: int, clock: Clock) -> LiveFeed:
    """The public feed of the venue."""
    live, name = config.live, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hosts = Hosts(f"http://{name}", f"ws://{name}")
    make = PlainFeed if live.venue == "plain" else LiveFeed
    return make(live.venue, live.markets, rules_named(live.rules), hosts, clock, live.seed, config.file)


def gateway_of(opened: Opened, word: KillWord) -> Gateway:
    """The gateway of the venue."""
    instruments = tuple(opened.tape.instruments)
    return PlainGateway(opened.host, opened.port, instruments, word, opened.clock, opened.parts.dial)


class LiveSession:
    """One session, from recovery to the last answer.

    Args:
        watch: since the command began.
    """

    def __init__(self, opened: Opened, view: MakeView, stop: Stop, watch: Stopwatch) -> None:
        self._opened = opened
        self._view = view
        self._stop = stop
        self._watch = watch
        self._faults: list[str] = []

    async def run(self) -> Summary:
        """Recover, trade, end. Raises as `trade_live`."""
        opened, word = self._opened, KillWord()
        gateway = gateway_of(opened, word)
        async with gateway.up():
            examined = await gateway.examine()
            drive = LiveDrive(opened.clock, opened.tape.mailbox, self._stop, lambda: None)
            config = opened.config
            run = LiveRun(
                config, opened.tape, rules_named(config.live.rules), opened.strategies, opened.plugins, opened.earlier,
                drive, opened.latch, word,
            )  # fmt: skip
            opened.folder.mkdir(parents=True, exist_ok=True)
            loop = asyncio.get_running_loop()
            journal = DaemonJournal(
                opened.folder / "journal", run.id, opened.clock, loop, run.journal_failed, opened.parts.disk
            )
            run.keep_in(journal)
            try:
                return await self._recovered(run, drive, gateway, examined)
            finally:
                drive.close()
                if not journal.close():
                    self._faults.append("journal: its end could not be written")

    async def _recovered(self, run: LiveRun, drive: LiveDrive, gateway: Gateway, examined: Examined) -> Summary:
        run.connect(gateway)
        drive.lead(run.core)
        self._opened.parts.made(run)
        listening = asyncio.create_task(gateway.listen(), name="private stream")
        listening.add_done_callback(lambda task: _pass_on(task, drive))
        try:
            await self._reconciled(run, drive, gateway)
            return await self._shown(run, drive, gateway, examined)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _reconciled(self, run: LiveRun, drive: LiveDrive, gateway: Gateway) -> None:
        try:
            async with asyncio.timeout(HEARD_S):
                await gateway.heard()
        except TimeoutError:
            raise Unreachable(f"{gateway.where}: no private stream within {HEARD_S:g} s") from None
        run.recover()
        if not await drive.until_stopped(run.has_answers, RECONCILE_S):
            raise Unreachable(f"{gateway.where}: not reconciled within {RECONCILE_S:g} s; nothing was sent")
        await drive.until_stopped(run.has_quotes, QUOTES_S)

    async def _shown(self, run: LiveRun, drive: LiveDrive, gateway: Gateway, examined: Examined) -> Summary:
        opened, engine = self._opened, run.core.engine
        files = fresh_folder(opened.folder / "sessions", run.id)
        logged = open_log(files, opened.config, run.core.clock)
        process = Stopwatch(work_began_s())
        session = Session(
            facts_of(run, gateway, examined, opened), engine.portfolio, engine.quote, lambda: process.elapsed_s
        )
        listen(run, session)
        session.hear(lambda happening: notice(happening, run, session, self._stop, self._faults))
        view = SteadyView(self._view(session, run), self._stop, self._faults)
        refresh = Refresh(run, session, view)
        try:
            with watched(run, session, self._stop, opened.folder, opened.runs, drive.inbox, STALL_S):
                tell(run, session, gateway, examined, opened)
                await self._traded(run, session, drive, view, refresh)
        finally:
            close_log(logged)
        end(run, session)
        summary = summarise(
            session,
            duration_s=self._watch.elapsed_s,
            stopped_by=self._stop.reason or "broken",
            ledger_difference={asset: plain(value) for asset, value in run.ledger_difference.items()},
            journal=str(opened.folder / "journal"),
            journal_sha256="",
            report=str(files / REPORT),
        )
        self._faults += reported(files / REPORT, session, summary)
        return msgspec.structs.replace(summary, faults=self._faults)

    async def _traded(self, run: LiveRun, session: Session, drive: LiveDrive, view: View, refresh: Refresh) -> None:
        watch = HandlerWatch(run.core.engine.host, is_stopping=lambda: bool(self._stop.reason))
        watch.start()
        view.start()
        drive.watch = refresh
        try:
            if not self._stop.reason:
                run.start()
            drive.inbox.is_idle = False
            await self._until_stopped(run, drive)
            await self._ended(run, drive)
        finally:
            drive.inbox.is_idle = True
            session.slow = dict(watch.slow)
            watch.stop()
            refresh.now()
            view.stop()

    async def _until_stopped(self, run: LiveRun, drive: LiveDrive) -> None:
        try:
            await drive.until_stopped()
        except Exception as error:  # our own bug: halt, keep the journal, take back, leave
            log.exception("daemon.broken")
            words = f"{type(error).__name__}: {error}"
            self._faults.append(f"the daemon broke and stopped itself: {words}; please report it with log and journal")
            run.broke(words)

    async def _ended(self, run: LiveRun, drive: LiveDrive) -> None:
        """Take back what is not to stay, hear the answers, and compare a last time; never longer than 10 s."""
        try:
            if not run.is_started:
                return
            run.end(self._stop.reason or "broken")
            if not await drive.until(run.is_calm, CALM_S):
                self._faults.append(f"orders without a last word after {CALM_S:g} s: the next start asks after them")
            run.recovery.compare_anew(run.recovery.compared_ns)
            if not await drive.until(run.has_answers, COMPARED_S):
                self._faults.append(f"books and venue were not compared at the end: no answers in {COMPARED_S:g} s")
        except Exception as error:  # as above: the journal is closed all the same
            log.exception("daemon.broken_at_end")
            self._faults.append(f"the end was not clean: {type(error).__name__}: {error}")


def _pass_on(task: asyncio.Task[None], drive: LiveDrive) -> None:
    """A task beside the drive ended: what broke it ends the run."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        drive.fail(error)


def facts_of(run: LiveRun, gateway: Gateway, examined: Examined, opened: Opened) -> RunFacts:
    """What is known of a session before it starts, for views and report."""
    config = run.config
    return RunFacts(
        run_id=run.id,
        mode="LIVE",
        promise=f"orders go to {gateway.where}, account {config.live.account}",
        tape=run.tape.title,
        rules=f"{run.rules.title} rules",
        rules_as_of=run.rules.as_of,
        fill_model="the venue's fills",
        latency=f"venue's clock {examined.skew_ms:+.1f} ms",
        fees=fees_words(run.tape.instruments),
        speed="1",
        seed=config.live.seed,
        ts_start_ns=run.start_ns,
        instruments=tuple(run.tape.instruments),
        balances=run.balances,
        currency=config.report_currency,
        display_tz=config.display_tz,
        journal=str(opened.folder / "journal"),
        strategies={seated.name: described(seated.use, seated.capital) for seated in run.strategies},
        capital={seated.name: {amount.asset: amount.value for amount in seated.capital} for seated in run.strategies},
        has_samples_only=all(seated.use in SAMPLES for seated in run.strategies),
        assumptions=(caps_words(config),),
        versions=versions(),
        command=f"python3 run.py journal verify {opened.folder / 'journal'}",
    )


def tell(run: LiveRun, session: Session, gateway: Gateway, examined: Examined, opened: Opened) -> None:
    """What a person must know before anything is sent: account, equity, limits, largest loss, and what holds it back."""
    config, board = run.config, Board(session)
    held = ", ".join(f"{plain(value)} {asset}" for asset, value in run.balances.items()) or "nothing"
    lines = [
        f"LIVE  {config.live.venue} at {gateway.where}, account {config.live.account} ({examined.account}): {examined.rights}",
        f"equity {board.equity()}: {held}",
        caps_words(config),
        f"largest loss before trading stops: {'; '.join(loss_words(config))}",
        *(f"differs: {each.text}" for differences in run.recovery.differences.values() for each in differences),
        f"{run.core.kill.words}{'' if run.core.kill.state() is KillState.ARMED else HOW_TO_ARM}",
    ]
    opened.parts.out.write("\n".join(lines) + "\n")
    opened.parts.out.flush()


HOW_TO_ARM: Final = ": nothing is sent; start trading with run.py arm --reason WHY"
