"""One session of a daemon: examine, recover, reconcile, trade, end. The order of these is what keeps an account safe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from math import ceil
from typing import Final

import msgspec

from framework.app.asked_instruments import refuse_missing
from framework.app.assembly import check_currency, check_limits
from framework.app.control.guarded import kill_files_of, reachable, watched
from framework.app.control.killing import Killing
from framework.app.drive import Stop
from framework.app.files import REPORT, SESSIONS, close_log, fresh_folder, open_log
from framework.app.hearing import end, listen, notice
from framework.app.live.drive import LiveDrive
from framework.app.live.earlier import check_clock, read_earlier
from framework.app.live.first_word import FirstWord
from framework.app.live.gateways import Examined, Gateway
from framework.app.live.grids import keep_grids
from framework.app.live.journal import DaemonJournal, tidy_journal
from framework.app.live.journaled_orders import standing_in
from framework.app.live.opened import Opened
from framework.app.live.owner import keep_owner
from framework.app.live.run import LiveRun
from framework.app.live.unheard import UnheardErrors
from framework.app.live.words import left_strangers, live_facts, opening_words, standing_names, standing_orders
from framework.app.refresh import Refresh
from framework.app.running import Running
from framework.app.written_report import written
from framework.data.heard import LiveTape
from framework.data.live_feed import Hosts, LiveFeed
from framework.data.plain_feed import PlainFeed
from framework.kernel.clock import Stopwatch, work_began_s
from framework.kernel.journal import JournalEnd
from framework.kernel.left_standing import note_left
from framework.kernel.logging import get_logger
from framework.kernel.screen import say
from framework.model.errors import FrameworkError, Unreachable
from framework.model.money import plain
from framework.ops.handler_watch import HandlerWatch
from framework.ops.steady import SteadyView
from framework.ops.watched import View
from framework.reports.session import Session
from framework.reports.summary import Summary, summarise
from framework.router.doubt.reconcile import HELD

READY_S: Final = 15.0
RECONCILE_S: Final = 60.0
QUOTES_S: Final = 5.0
CALM_S: Final = 5.0
"""So long the answers to the last cancels may take."""
COMPARED_S: Final = 5.0
"""So long three looks at a difference may take, where there is time left of `END_S`."""
END_S: Final = 9.0
GOODBYE_S: Final = 1.0

MakeView = Callable[[Session, Running], View]

log = get_logger()


class LiveSession:
    """Run it once.

    Args:
        watch: since the command began.
    """

    def __init__(self, opened: Opened, view: MakeView, stop: Stop, watch: Stopwatch) -> None:
        self._opened = opened
        self._view = view
        self._stop = stop
        self._watch = watch
        self._faults: list[str] = []
        self._not_compared = ""
        self._way: asyncio.Task[None] | None = None
        """The gateway's."""
        self._journal_folder = opened.folder / "journal"
        self._unheard = UnheardErrors()
        self._first_word = FirstWord(opened, self._journal_folder, stop)
        self._end: JournalEnd | None = None
        """Where the sessions before ended, until this one's journal goes on from there."""

    async def run(self) -> Summary:
        """Trade until somebody stops it. Raises as `framework.app.live.start.trade_live`."""
        try:
            with self._unheard:
                return await self._run()
        except FrameworkError as error:
            self._first_word.leave(error)
            raise

    async def _run(self) -> Summary:
        opened = self._opened
        examined = await self._first_word.examined(opened.gateway)
        check_clock(examined.skew_ms)
        feed = self._feed(examined)
        try:
            tape = feed.start()
            check_currency(opened.config, tape)
            check_limits(opened.config, tape, (opened.config.live.account,))
            refuse_missing(opened.config, tape.instruments, opened.strategies, "[live] markets")
            tidy_journal(self._journal_folder, opened.config.journal, opened.clock.now_ns, opened.parts.disk)
            run = self._gone_on_with(tape, examined)
            run.hear_books = feed.hear_books
            return await self._journaled(run, examined)
        finally:
            feed.stop()

    def _gone_on_with(self, tape: LiveTape, examined: Examined) -> LiveRun:
        """The session, behind those before it."""
        opened = self._opened
        earlier = read_earlier(self._journal_folder, opened.clock.now_ns, opened.parts.disk)
        self._end = earlier.end
        self._first_word.standing = standing_in(earlier.records)
        drive = LiveDrive(opened.clock, tape.mailbox, self._stop, lambda: None)
        return LiveRun(
            opened.config, tape, examined.rules, opened.strategies, opened.plugins, earlier.records, drive,
            opened.latch, opened.word,
        )  # fmt: skip

    def _feed(self, examined: Examined) -> LiveFeed:
        opened, live = self._opened, self._opened.config.live
        hosts = Hosts(f"http://{opened.host}", f"ws://{opened.host}")
        make = opened.parts.feed or (PlainFeed if live.venue == "plain" else LiveFeed)
        feed = make(
            live.venue, live.markets, examined.rules, hosts, opened.clock, live.seed, opened.config.file,
            examined.instruments,
        )  # fmt: skip
        # A venue tells a whole book once: before a strategy has asked for it, nobody would keep it.
        feed.has_books_at_once = False
        return feed

    async def _journaled(self, run: LiveRun, examined: Examined) -> Summary:
        opened = self._opened
        opened.folder.mkdir(parents=True, exist_ok=True)
        keep_owner(opened.folder, examined.owner, opened.parts.disk)
        keep_grids(opened.folder, run.tape.instruments, opened.parts.disk)
        journal = self._begun_journal(run)
        run.keep_in(journal)
        try:
            async with AsyncExitStack() as beside:
                killing = await self._reconciled(run, beside)
                return await self._shown(run, examined, killing)
        finally:
            run.drive.close()
            if not journal.close():
                self._faults.append("journal: its end could not be written")
            elif lacking := journal.mended():
                self._faults.append(f"journal: {lacking}")

    def _begun_journal(self, run: LiveRun) -> DaemonJournal:
        """The journal, gone on with; its end may hold a whole segment, and is let go of."""
        opened, end, self._end = self._opened, self._end, None
        return opened.parts.journal(
            self._journal_folder, run.id, opened.clock, asyncio.get_running_loop(), run.journal_failed,
            opened.parts.disk, opened.config.journal.keep, end,
        )  # fmt: skip

    async def _reconciled(self, run: LiveRun, beside: AsyncExitStack) -> Killing:
        """Books of the journal, held against the venue's: nothing is wanted by anybody before that is over."""
        opened, gateway, drive = self._opened, self._opened.gateway, run.drive
        run.connect(gateway)
        drive.lead(run.core)
        self._unheard.tell(run.broke_beside)
        opened.parts.made(run)
        self._keep_up(drive)
        beside.push_async_callback(self._hung_up)
        await self._ready(gateway, drive)
        run.recover(gateway)
        self._stop.last_words = lambda: standing_orders(run)
        killing = beside.enter_context(
            watched(
                run.core,
                drive.inbox,
                opened.folder,
                opened.runs,
                opened.parts.stall_s,
                opened.parts.disk,
                partial(opened.parts.room, opened.folder),
            )
        )
        within_s = self._first_word.patience_s(RECONCILE_S)
        if not await drive.until_stopped(run.has_answers, within_s):
            raise Unreachable(f"{gateway.where}: not reconciled within {within_s:g} s; no order was placed")
        await drive.until_stopped(run.has_quotes, QUOTES_S)
        return killing

    async def _ready(self, gateway: Gateway, drive: LiveDrive) -> None:
        """Wait for connections and private stream; it goes on trying by itself, so long is waited."""
        within_s = self._first_word.patience_s(READY_S)
        for _ in range(ceil(within_s / READY_S)):
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_S):
                    await gateway.ready()
                    return
            if drive.failure is not None:
                raise drive.failure from None  # it broke: a venue may well be there
            if self._stop.reason:
                break
        raise Unreachable(
            f"{gateway.where}: expected connections and a private stream within {within_s:g} s, found none; is a venue "
            "there? run.py sandbox serves one"
        )

    def _keep_up(self, drive: LiveDrive) -> None:
        self._way = asyncio.create_task(self._opened.gateway.run(), name="gateway")
        self._way.add_done_callback(lambda task: _pass_on(task, drive))

    async def _hung_up(self) -> None:
        assert self._way is not None
        self._way.cancel()
        with suppress(asyncio.CancelledError, Exception):  # it was passed on when it happened
            await self._way

    async def _shown(self, run: LiveRun, examined: Examined, killing: Killing) -> Summary:
        opened, engine = self._opened, run.core.engine
        folder = fresh_folder(opened.folder / SESSIONS, run.id)
        logged = open_log(folder, opened.config, run.core.clock)
        process = Stopwatch(work_began_s())
        skew = f"venue's clock {examined.skew_ms:+.1f} ms"
        facts = live_facts(run, opened.gateway.where, skew, str(self._journal_folder))
        session = Session(facts, engine.portfolio, engine.quote, lambda: process.elapsed_s)
        run.early_requests.hand_over(session)
        listen(run, session)
        session.hear(lambda happening: notice(happening, run, session, self._stop, self._faults))
        view = SteadyView(self._view(session, run), None, self._faults)
        try:
            with reachable(run, session, self._stop, opened.folder, opened.runs, run.drive.inbox, killing):
                kill_files = kill_files_of(opened.folder, opened.runs)
                words = list(opening_words(run, session, opened.gateway.where, examined, kill_files))
                if not run.has_answers():
                    words = [f"stopped before {opened.gateway.where} had answered: no order was placed"]
                say("\n".join(words), opened.parts.out)
                await self._traded(run, session, view)
        finally:
            close_log(logged)
        end(run, session)
        summary = summarise(
            session,
            duration_s=self._watch.elapsed_s,
            stopped_by=self._stop.reason or "broken",
            ledger_difference={asset: plain(value) for asset, value in run.ledger_difference.items()},
            journal=str(self._journal_folder),
            journal_sha256="",
            report=str(folder / REPORT),
        )
        self._faults += note_left(opened.folder, self._not_compared if standing_names(run) else "")
        left = [*summary.left_open, *left_strangers(run)]
        summary = msgspec.structs.replace(summary, not_compared=self._not_compared, left_open=left)
        self._faults += written(folder / REPORT, session, summary)
        return msgspec.structs.replace(summary, faults=self._faults)

    async def _traded(self, run: LiveRun, session: Session, view: View) -> None:
        watch = HandlerWatch(run.core.engine.host, is_stopping=lambda: bool(self._stop.reason))
        refresh, drive = Refresh(run, session, view), run.drive
        watch.start()
        view.start()
        drive.watch = refresh
        try:
            await self._until_stopped(run)
            await self._ended(run)
        finally:
            drive.inbox.is_idle = True
            session.slow = dict(watch.slow)
            watch.stop()
            refresh.now()
            view.stop()

    async def _until_stopped(self, run: LiveRun) -> None:
        """Start, unless somebody asked to stop before, and trade: what strategies ask for leaves from the start on."""
        try:
            if not self._stop.reason:
                run.start()
            run.drive.inbox.is_idle = False
            await run.drive.until_stopped()
        except Exception as error:  # our own bug: halt, keep the journal, take back, leave
            log.exception("daemon.broken")
            words = f"{type(error).__name__}: {error}"
            self._faults.append(f"the daemon broke and stopped itself: {words}; please report it with log and journal")
            run.broke(words)
            if self._way is not None and self._way.done():
                self._keep_up(run.drive)  # once more: what it was the way of is to be taken back

    async def _ended(self, run: LiveRun) -> None:
        """Take back what is not to stay, hear the answers, and compare a last time; never longer than 10 s."""
        try:
            if not run.has_begun:
                self._note_unreached(run)
                return
            ends_s = asyncio.get_running_loop().time() + END_S
            run.end(self._stop.reason or "broken")
            await run.drive.until(lambda: run.is_calm() and not run.core.effects.flattenings.go_on(), CALM_S)
            if not run.is_calm():
                self._faults.append(f"orders without a last word after {CALM_S:g} s: the next start asks after them")
            run.compare()
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._opened.gateway.end()
            left_s = ends_s - asyncio.get_running_loop().time()
            await run.drive.until(run.has_answers, min(COMPARED_S, left_s))
            self._note_unreached(run)
            if left := run.core.effects.flattenings.left_behind():
                self._faults.append(
                    f"to be flattened and still held: {', '.join(left)}; the next start goes on with it"
                )
            found = [each for venue in run.recovery.differences.values() for each in venue]
            differs = [each.text for each in found if each.kind in HELD]
            if run.has_answers() and differs:
                self._faults.append(f"the books differ from the venue's: {'; '.join(differs)}")
            if run.strangers:
                names = ", ".join(seen.client_order_id for seen in run.strangers)
                self._faults.append(f"orders of our name that no journal tells of stand at the venue: {names}")
        except Exception as error:  # as above: the journal is closed all the same
            log.exception("daemon.broken_at_end")
            self._faults.append(f"the end was not clean: {type(error).__name__}: {error}; {standing_orders(run)}")

    def _note_unreached(self, run: LiveRun) -> None:
        """What the venue did not answer must not read as if all were well."""
        if not run.has_answers():
            seen = "; ".join(run.recovery.doubted())
            why = f"the venue was not asked again after a difference: {seen}" if seen else "the venue was not reached"
            self._not_compared = f"{why}; {standing_orders(run)}"
            self._faults.append(f"{self._not_compared}; the next start asks after them")


def _pass_on(task: asyncio.Task[None], drive: LiveDrive) -> None:
    """What runs beside the drive ended: what broke it ends the run."""
    error = None if task.cancelled() else task.exception()
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]  # what broke, and not in which group of tasks
    if error is not None:
        drive.fail(error)
