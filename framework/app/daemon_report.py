"""The reports of a daemon's sessions, each made again by playing the session again from the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from framework.app.files import REPORT, SESSIONS
from framework.app.hearing import end, listen
from framework.app.live.run import LiveRun
from framework.app.live.words import live_facts, standing_orders
from framework.app.recorded_load import unended_words
from framework.app.replay.session import SessionAgain, session_verdict
from framework.app.replay.sessions import RecordedSession, Sessions
from framework.kernel.clock import Stopwatch
from framework.kernel.logging import configure
from framework.kernel.records import RunStarted
from framework.model.errors import ConfigError, DataError, PluginError
from framework.model.instants import utc
from framework.model.money import plain
from framework.reports.html import write_report
from framework.reports.session import Session
from framework.reports.summary import summarise

RUN_DIGITS: Final = 8
MADE_AGAIN: Final = (
    "This report was made by playing the session again from its journal, which took the same {records:,} recorded decisions. Times "
    "on the wall are those of playing it again; when the first fill came, and which handlers were slow, is not known."
)
CUT_OFF: Final = "cut off"
NO_RUN: Final = "a session"


class MadeAgain(NamedTuple):
    """What became of one session's report."""

    run_id: str
    report: Path | None = None
    why_not: str = ""
    note: str = ""
    """What the report does not tell of."""

    @property
    def line(self) -> str:
        """For people."""
        if self.report is None:
            return f"no report    of {f'run {self.run_id}' if self.run_id else NO_RUN}: {self.why_not}"
        return f"report      {self.report}{f' ({self.note})' if self.note else ''}"


def reports_of_daemon(folder: Path) -> Iterator[MadeAgain]:
    """Write the report of every session that can be played again; gives what became of each, oldest first.

    Args:
        folder: of the journal's segments.

    Raises:
        DataError: the journal is damaged or holds no session, or a report cannot be written.
    """
    configure(lambda: 0, level="critical")  # what it logs happened then, not now
    sessions = Sessions(folder)
    waiting: _Played | None = None  # which session is the last is known when the journal is read
    for session in sessions:
        if waiting is not None:
            yield waiting.written(CUT_OFF)
        waiting = _Played(folder, session)
    if waiting is None:
        raise DataError(f"journal {folder}: expected a session of a daemon, found none")
    torn = f"the journal ends inside a record, {sessions.torn_bytes:,} bytes" if sessions.torn_bytes else ""
    yield waiting.written(f"no end in the journal: {unended_words(folder)}", torn)


class _Played:
    """A session that was played again, and what was told of it meanwhile."""

    def __init__(self, folder: Path, recorded: RecordedSession) -> None:
        self._folder = folder
        self._started = recorded.started
        self._watch = Stopwatch()
        self._again: SessionAgain | None = None
        self._session: Session | None = None
        self._why_not = ""
        try:
            verdict = session_verdict(recorded, with_changes=False, watch=self._attend)
        except (DataError, ConfigError, PluginError) as error:  # other sessions may be told of all the same
            self._why_not = str(error)
        else:
            self._why_not = verdict.obstacle or verdict.difference
            self._records = verdict.records
        self._took_s = self._watch.elapsed_s

    def _attend(self, again: SessionAgain) -> None:
        self._again = again
        again.before_start = self._begin

    def _begin(self) -> None:
        assert self._again is not None
        run = self._again.run
        live = run.config.live
        facts = live_facts(run, live.venue, "the venue's own", str(self._folder))
        self._session = Session(facts, run.core.engine.portfolio, run.core.engine.quote)
        run.early_requests.hand_over(self._session)
        listen(run, self._session)

    def written(self, no_end: str, torn: str = "") -> MadeAgain:
        """Write it, where there is one.

        Args:
            no_end: why the session has none, where the journal holds none.
            torn: what is wrong with the journal's end.
        """
        run_id = "" if self._started is None else self._started.run_id
        if self._why_not or self._again is None or self._started is None:
            return MadeAgain(run_id, why_not=self._why_not)
        if self._session is None:
            self._begin()  # it ended before its strategies began
        assert self._session is not None
        path = _place(self._folder.parent, self._started)
        stopped_by = self._again.stopped_by
        self._write(path, self._session, self._again.run, stopped_by or no_end)
        return MadeAgain(run_id, path, note="; ".join(filter(None, ("" if stopped_by else no_end, torn))))

    def _write(self, path: Path, session: Session, run: LiveRun, stopped_by: str) -> None:
        end(run, session)
        session.facts = msgspec.structs.replace(
            session.facts, assumptions=(*session.facts.assumptions, MADE_AGAIN.format(records=self._records))
        )
        summary = summarise(
            session,
            duration_s=self._took_s,
            stopped_by=stopped_by,
            ledger_difference={asset: plain(value) for asset, value in run.ledger_difference.items()},
            journal=str(self._folder),
            report=str(path),
        )
        unreached = "" if run.has_answers() else f"the venue was not reached; {standing_orders(run)}"
        write_report(path, session, msgspec.structs.replace(summary, not_compared=unreached))


def _place(daemon: Path, started: RunStarted) -> Path:
    """Where the session kept its own report; where its folder is gone, one of that name."""
    run = started.run_id[:RUN_DIGITS]
    kept = next(iter(sorted((daemon / SESSIONS).glob(f"*-{run}*"))), None)
    return (kept or daemon / SESSIONS / f"{utc(started.started_ns):%Y%m%d-%H%M%S}-{run}") / REPORT
