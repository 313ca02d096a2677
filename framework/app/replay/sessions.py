"""A daemon's journal as its sessions: what each began with, and what the journal told it of those before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from framework.app.live.earlier import BULKY
from framework.kernel.disk import Disk
from framework.kernel.journal.linked import Link, links
from framework.kernel.records import Checkpoint, Record, RunStarted

NO_BEGINNING: Final = "its beginning was removed ([journal] keep_decisions or max_size)"
NOT_KNOWN: Final = (
    "what came before it was removed ([journal] keep_decisions or max_size), and no checkpoint tells of it"
)
THINNED: Final = "its market data was removed ([journal] keep_inputs or max_size)"


class RecordedSession:
    """One session of a daemon.

    Args:
        started: None: its beginning was removed.
        earlier: what its restart read: since the newest checkpoint, without market data.
    """

    def __init__(self, started: RunStarted | None, earlier: tuple[Record, ...]) -> None:
        self.started = started
        self.earlier = earlier
        self.records: Iterator[Record] = iter(())
        """From its first on; to be read before the next session is asked for."""
        self.obstacle = "" if started is not None else NO_BEGINNING
        """Why it cannot be played again, as far as its records were read; empty where it can."""


class Sessions:
    """Reads a journal once, from its oldest segment on.

    Iterating raises DataError where a segment is damaged or missing.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._links = links(folder, disk)
        self._last: Link | None = None
        self._source = self._read()
        self._ahead: Record | None = None
        self._earlier: list[Record] = []
        self._is_cut = False
        """What stood before was removed, and no checkpoint has told of it yet."""

    @property
    def torn_bytes(self) -> int:
        """Bytes at the journal's end that are no whole record, once it is read."""
        return 0 if self._last is None else self._last.reading.torn_bytes

    @property
    def _is_thinned(self) -> bool:
        """Whether the record that was read last stands where market data was removed."""
        return (
            self._last is not None
            and self._last.reading.opened is not None
            and bool(self._last.reading.opened.original)
        )

    def __iter__(self) -> Iterator[RecordedSession]:
        """The sessions, oldest first."""
        self._ahead = next(self._source, None)
        while self._ahead is not None:
            session = self._session(self._ahead)
            yield session
            for _ in session.records:  # the next one's restart read them too
                pass

    def _session(self, first: Record) -> RecordedSession:
        session = RecordedSession(first if isinstance(first, RunStarted) else None, tuple(self._earlier))
        if self._is_cut:
            session.obstacle = session.obstacle or NOT_KNOWN
        session.records = self._records(session)
        return session

    def _records(self, session: RecordedSession) -> Iterator[Record]:
        """Up to the next session's first, which waits."""
        record = self._ahead
        while record is not None:
            if self._is_thinned:
                session.obstacle = session.obstacle or THINNED
            self._keep(record)
            yield record
            record = self._ahead = next(self._source, None)
            if isinstance(record, RunStarted):
                return

    def _keep(self, record: Record) -> None:
        if isinstance(record, Checkpoint):
            self._earlier.clear()
            self._is_cut = False
        if not isinstance(record, BULKY):
            self._earlier.append(record)

    def _read(self) -> Iterator[Record]:
        for number, (link, records) in enumerate(self._links):
            self._last = link
            self._is_cut = self._is_cut or (not number and link.number > 1)
            yield from records
