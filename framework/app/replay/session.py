"""A live session played again: the same core, fed with what its journal says came from outside, in the same order.

Turns go by the journal: time is brought to the instant of the next one, which plays what was due, and then its inputs
are taken one by one, each as the session took it. Whatever is written meanwhile is held against the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import msgspec

from framework.app.drive import Stop
from framework.app.live.drive import LiveDrive
from framework.app.live.run import LiveRun
from framework.app.replay.comparison import Comparison, Differs, difference_of
from framework.app.replay.other_code import other_code
from framework.app.replay.script import Script
from framework.app.replay.sessions import RecordedSession
from framework.app.replay.silent import ComparedJournal, NoWay, ReadLatch
from framework.app.replay.verdict import Verdict
from framework.app.seated import seat_strategies
from framework.config import Config
from framework.data.heard import HeardTape, event_of, instrument_of
from framework.kernel.clock import ManualClock
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import decode
from framework.kernel.market_records import FiltersListed, MarketListed
from framework.kernel.records import (
    AnswerTaken,
    EventHeard,
    HistoryHeard,
    KillNoticed,
    MadeDurable,
    OperatorAsked,
    Record,
    ReplyTaken,
    ReportTaken,
    RunStarted,
    RunStopped,
    SessionOpened,
    Turn,
)
from framework.model.errors import DataError
from framework.model.events import Bar, MarketEvent, Source
from framework.model.instrument import Instrument
from framework.model.rules import VenueRules
from framework.venues.mailbox import Mailbox

OUTSIDE: Final = frozenset({Source.VENUE, Source.GATEWAY})
"""Whose reports are inputs; all others were decided here."""
TOO_OLD: Final = (
    "its journal does not hold what it began with: it was cut off before that, or an older version wrote it"
)
NOTHING: Final = "nothing more in this turn"


@dataclass(frozen=True)
class Beginning:
    """What a session's journal tells before its first turn."""

    started: RunStarted
    opened: SessionOpened
    config: Config
    rules: VenueRules
    instruments: tuple[Instrument, ...]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Self | None:
        """Read it; None where it was written by a version that did not keep it, or is cut off.

        Raises:
            DataError, ConfigError: it cannot be read.
        """
        started = next((record for record in records if isinstance(record, RunStarted)), None)
        opened = next((record for record in records if isinstance(record, SessionOpened)), None)
        listed = [record for record in records if isinstance(record, MarketListed)]
        if started is None or opened is None or not listed:
            return None
        try:
            rules = msgspec.msgpack.decode(opened.rules, type=VenueRules)
            markets = tuple(map(instrument_of, listed))
        except (msgspec.MsgspecError, ArithmeticError, AssertionError, ValueError) as error:
            raise DataError(f"run {started.run_id}: expected a venue's rules and markets, found {error!r}") from error
        return cls(started, opened, Config.from_canonical(started.config), rules, markets)


class SessionAgain:
    """Plays one session; made and used within an asyncio loop, which a drive belongs to."""

    def __init__(self, head: Beginning, session: RecordedSession, script: Script, *, with_changes: bool) -> None:
        strategies, plugins = seat_strategies(head.config)
        self._script = script
        self._known = {there.id: there for there in head.instruments}
        self._session = session
        self.stopped_by = ""
        """Why it was stopped; empty where its journal does not tell of that."""
        self.before_start: Callable[[], None] = lambda: None
        """Called when the books are those of the journal and the venue's, and no strategy has begun."""
        self.comparison = Comparison(script)
        self._journal = ComparedJournal(self.comparison)
        clock = ManualClock(head.started.started_ns)
        self._drive = LiveDrive(clock, Mailbox(clock), Stop(), lambda: None)
        name, digest = head.started.tape, head.started.tape_digest
        tape = HeardTape(
            name, f"{name}, from the journal", head.instruments, clock.now_ns, digest, history=self._history
        )
        self.run = LiveRun(
            head.config, tape, head.rules, strategies, plugins, session.earlier, self._drive,
            ReadLatch(decode(head.opened.latch), script.peek), KillWord(), head.started.run_id,
        )  # fmt: skip
        run = f"run {head.started.run_id}"
        self.changes = other_code(run, head.started, self.run.started, is_fine=with_changes)

    def play(self) -> str:
        """Play it to where it ended. Gives the first difference in words; empty: none."""
        try:
            self._recover()
            if not self._script.is_empty:
                self._play(self._script.rest)
            while not self._session.obstacle and (turn := self._script.load()):
                self._play(turn)
        except Differs as error:
            return str(error)
        return ""

    def _recover(self) -> None:
        run, way = self.run, NoWay()
        run.keep_in(self._journal)
        run.connect(way)
        self._drive.arrivals.lead_to(run.core)
        self._unbroken(lambda: run.recover(way))

    def _play(self, turn: Sequence[Record]) -> None:
        """Bring time to a turn's instant, then take what came from outside."""
        at = turn[0] if isinstance(turn[0], Turn) else self.comparison.turn
        ts_ns = self.run.start_ns if at is None else at.ts_ns
        self.run.core.kill.expect([record for record in turn if isinstance(record, KillNoticed)])
        is_first = self.comparison.turn is None
        while is_first and isinstance(kept := self._script.peek(), OperatorAsked):
            self._feed_whole(kept, ts_ns)  # a kill that was kept is taken before any question leaves
        self._unbroken(lambda: self.run.core.loop.reach(self._events(ts_ns), ts_ns))
        while (record := self._script.peek()) is not None:
            self._feed_whole(record, ts_ns)

    def _feed_whole(self, record: Record, ts_ns: int) -> None:
        """Take one input; at least the input itself is written again."""
        equal = self.comparison.equal
        self._unbroken(partial(self._feed, record, ts_ns))
        if self.comparison.equal == equal:
            raise Differs(difference_of(equal + 1, self.comparison.turn, record, NOTHING))

    def _unbroken(self, action: Callable[[], None]) -> None:
        """Do something; where the core breaks, the session must have broken there too: it says so next, or ends."""
        try:
            action()
        except Exception as error:
            expected = self._script.peek() or next(iter(self._script.load()), None)
            if expected is None or (isinstance(expected, OperatorAsked) and expected.verb == "broke"):
                return
            words = f"it broke: {type(error).__name__}: {error}"
            raise Differs(difference_of(self.comparison.equal + 1, self.comparison.turn, expected, words)) from error

    def _feed(self, record: Record, ts_ns: int) -> None:
        """Take one input as the session took it; what is none, nothing comes of."""
        core, arrivals = self.run.core, self._drive.arrivals
        match record:
            case EventHeard():
                core.loop.reach(self._events(ts_ns), ts_ns)
            case ReportTaken(report) if report.source in OUTSIDE:
                arrivals.report(report)
            case AnswerTaken(answer):
                arrivals.answered(answer)
            case ReplyTaken(reply):
                arrivals.replied(reply)
            case MadeDurable() if self._journal.waiting:
                self._journal.waiting.popleft()(ts_ns)
            case RunStopped():
                self.stopped_by = record.reason
                self.run.end(record.reason)
            case OperatorAsked():
                self._operate(record)
            case FiltersListed(market):
                self.run.relist(market)
            case _:
                pass
        while (action := arrivals.take()) is not None:
            action()
            core.loop.settle()

    def _operate(self, asked: OperatorAsked) -> None:
        match asked.verb:
            case "begin":
                self.before_start()
                self.run.start()
            case "broke":
                self.run.broke(asked.reason)
            case _:
                self.run.core.operate(asked)

    def _events(self, ts_ns: int) -> Iterator[MarketEvent]:
        """The market events that the session heard at an instant, one after the other, as its core takes them."""
        record: Record | None = self._script.next_event(ts_ns)
        while isinstance(record, EventHeard) and record.ts_recv_ns == ts_ns:
            yield event_of(record, self._known)
            record = self._script.peek()

    def _history(self, instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        """The bars before the start that come next in the journal."""
        record = self._script.peek()
        if not isinstance(record, HistoryHeard):
            return ()
        if (record.instrument, record.timeframe, record.count) != (instrument.id, timeframe, count):
            return ()
        return [bar for row in record.bars if isinstance(bar := event_of(row, self._known), Bar)]


def session_verdict(
    session: RecordedSession, *, with_changes: bool, watch: Callable[[SessionAgain], None] = lambda _: None
) -> Verdict:
    """Play a session again; what it found.

    Args:
        watch: given what plays it, before it does.

    Raises:
        DataError, PluginError, ConfigError: it was made with something else.
    """
    script = Script(session.records)
    records = script.load()
    run_id = "" if session.started is None else session.started.run_id
    if not session.obstacle:
        head = Beginning.of(records)
        if head is not None:
            return asyncio.run(_played(head, records, session, script, watch, with_changes=with_changes))
        session.obstacle = TOO_OLD
    return Verdict(run_id, 0, obstacle=session.obstacle)


async def _played(
    head: Beginning,
    records: Sequence[Record],
    session: RecordedSession,
    script: Script,
    watch: Callable[[SessionAgain], None],
    *,
    with_changes: bool,
) -> Verdict:
    again = SessionAgain(head, session, script, with_changes=with_changes)
    watch(again)
    script.restate(_restated(again.run, records))
    difference = again.play()
    return Verdict(head.started.run_id, again.comparison.equal, difference, 0, again.changes, session.obstacle)


def _restated(run: LiveRun, records: Iterable[Record]) -> list[Record]:
    """What a session's journal begins with, as it is written today: what it was made with is compared by itself."""
    today: dict[type, Record] = {RunStarted: run.started, SessionOpened: run.opened}
    return [today.get(type(record), record) for record in records]
