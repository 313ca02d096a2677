"""What a journal tells of the load that a run was for its venue: of a tape's run, of paper, or of a daemon's sessions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from framework.app.first_record import started_of
from framework.app.replay.session import Beginning
from framework.app.replay.sessions import Sessions
from framework.config import Config
from framework.kernel.account_lock import holder_of
from framework.kernel.journal.places import find_journal
from framework.kernel.journal.reading import read_file
from framework.kernel.records import Record, RunStarted, RunStopped, Turn
from framework.model.counting import counted
from framework.model.errors import ConfigError, DataError
from framework.model.rules import VenueRules
from framework.reports.streams import RecordedLoad, recorded_load
from framework.venues.named import rules_named


class Evidence(NamedTuple):
    """A recorded load, and what it was recorded under."""

    source: str
    config: Config
    rules: VenueRules
    load: RecordedLoad
    notes: tuple[str, ...]


def evidence_of(run: Path) -> Evidence:
    """Read a run's journal; of a daemon's all sessions under the rules of the newest.

    Args:
        run: its folder, or its journal.

    Raises:
        ConfigError: no such place. DataError: no journal, a damaged one, or one that does not tell what it began with.
    """
    journal = find_journal(run)
    return _of_daemon(journal) if journal.is_dir() else _of_run(journal)


def unended_words(folder: Path) -> str:
    """Why a daemon's last session has no end: the daemon runs still, or it was cut off.

    Args:
        folder: of the journal.
    """
    holder = holder_of(folder.parent)
    return f"its daemon runs still (process {holder})" if holder else "it was cut off"


def _of_run(journal: Path) -> Evidence:
    reading = read_file(journal)
    records = reading.records()
    started = started_of(journal, next(records, None))
    config = Config.from_canonical(started.config)
    rules = rules_named(config.paper.rules)
    load = recorded_load(records, rules)
    return Evidence(f"run {started.run_id}", config, rules, load, tuple(_torn_words(reading.torn_bytes)))


def _of_daemon(folder: Path) -> Evidence:
    heads = [_head_of(session.records) for session in Sessions(folder)]
    newest = next((head for head in reversed(heads) if head is not None), None)
    if newest is None:
        raise DataError(
            f"journal {folder}: expected a session that tells its settings and its venue's rules, found none"
        )
    reckoned = [head is not None and head.rules.name == newest.rules.name for head in heads]
    journal = _Read(folder, reckoned)
    load = recorded_load(journal.records(), newest.rules)
    source = f"{counted(sum(reckoned), 'session')} of {folder.parent.name}"
    return Evidence(source, newest.config, newest.rules, load, tuple(journal.notes()))


def _head_of(records: Iterator[Record]) -> Beginning | None:
    """What a session began with; None where its journal does not tell, or in a way that is no longer understood."""
    try:
        return Beginning.of(list(takewhile(lambda record: not isinstance(record, Turn), records)))
    except (DataError, ConfigError):
        return None


class _Read:
    """The records of a daemon's sessions in one row.

    Args:
        reckoned: which of the sessions count.
    """

    def __init__(self, folder: Path, reckoned: list[bool]) -> None:
        self._folder = folder
        self._reckoned = reckoned
        self._sessions = Sessions(folder)
        self._has_ended = False

    def records(self) -> Iterator[Record]:
        """Of a daemon that writes on: as many sessions as there were at the first look."""
        for is_reckoned, session in zip(self._reckoned, self._sessions, strict=False):
            for record in session.records:
                self._has_ended = isinstance(record, RunStopped) or (
                    self._has_ended and not isinstance(record, RunStarted)
                )
                if is_reckoned:
                    yield record

    def notes(self) -> Iterator[str]:
        """What a reader must know of it, once it was read."""
        left_out = self._reckoned.count(False)
        if left_out:
            yield f"{counted(left_out, 'session')} under other rules, or whose beginning was removed, are not reckoned"
        if not self._has_ended:
            yield f"the last session has no end: {unended_words(self._folder)}; reckoned up to there"
        yield from _torn_words(self._sessions.torn_bytes)


def _torn_words(torn_bytes: int) -> Iterator[str]:
    if torn_bytes:
        yield f"the journal ends inside a record ({torn_bytes:,} bytes); reckoned up to there"
