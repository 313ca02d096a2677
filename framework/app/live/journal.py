"""A daemon's journal: durable in a thread of its own, and what must be durable before it is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from framework.config.tables import JournalTable
from framework.kernel.clock import Clock
from framework.kernel.disk import Disk
from framework.kernel.journal import Chain, GroupJournal, JournalEnd, WriterThread
from framework.kernel.journal.retention import Keep, Retention
from framework.kernel.logging import get_logger
from framework.kernel.records import Record
from framework.model.errors import ConfigError, DataError
from framework.router.sending.awaiting import WhenDurable

CHECK_RECORDS: Final = 50_000
"""So often it is looked whether a segment has ended, and whether the journal is within its bound."""

ALL: Final = Keep()
"""All, for ever."""

log = get_logger()


def tidy_journal(folder: Path, settings: JournalTable, now_ns: int, disk: Disk | None = None) -> None:
    """Have a journal that nobody writes lose what is older than is kept, and more where it is too large.

    Raises:
        ConfigError: its bound cannot be held.
    """
    retention = Retention(folder, settings.keep, now_ns, disk)
    try:
        kept = retention.apply()
        if kept.thinned or kept.removed:
            log.info("journal.tidied", **kept._asdict())
    except (DataError, OSError) as error:  # what a restart needs of it is looked at by itself
        log.warning("journal.not_tidied", why=str(error))
    if retention.size_bytes > settings.keep.size_bytes:
        raise ConfigError(
            f"[journal] max_size: expected a journal of at most {settings.max_size} in {folder}, found "
            f"{retention.size_bytes / 10**9:.1f} GB that a restart needs; allow more"
        )


class DaemonJournal:
    """Made and closed in the loop's thread.

    Args:
        folder: of its segments; it goes on behind what is there.
        run_id: of this session.
        loop: whose thread writes and is told.
        keep: how much; more than it allows of all halts, once market data that may go is gone.
        end: of what is there, where it was read a moment ago.
        halt: called from either thread, with the reason, when the journal cannot be kept. Of the kill switch only
            `KillWord.close` may be called from any thread; a trip belongs to the loop's.

    Raises:
        DataError: what is there is damaged, incomplete or an older copy: `run.py journal verify` says all of it.
        ConfigError: it cannot be written.
    """

    writer: type[WriterThread] = WriterThread
    """Waits for the disk."""

    def __init__(
        self,
        folder: Path,
        run_id: str,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        halt: Callable[[str], None],
        disk: Disk | None = None,
        keep: Keep = ALL,
        end: JournalEnd | None = None,
    ) -> None:
        self._folder, self._keep, self._disk = folder, keep, disk
        self.thinning: threading.Thread | None = None
        """Takes market data out of segments that have ended, beside the one that writes."""
        try:
            chain = Chain(folder, run_id, clock, disk, end=end)
        except OSError as error:
            raise ConfigError(
                f"[journal] folder {folder}: expected a folder to write to, found: {error.strerror or error}; "
                "make room or allow writing there, or name another"
            ) from error
        self.torn_bytes = chain.torn_bytes
        """What the session before left unfinished."""
        self._chain = chain
        self._thinned_to = chain.path
        self._clock = clock
        self._loop = loop
        self._journal = GroupJournal(chain, halt=halt, notify=self._notify)
        self._thread = self.writer(self._journal)
        self._thread.start()

    def write(self, record: Record) -> None:
        """Put one record down; it is durable a moment later."""
        self._journal.write(record)
        if self._keep != ALL and self._journal.written % CHECK_RECORDS == 0:
            self._look()

    def _look(self) -> None:
        """Make room where a segment has ended; where none has since, hold the size against its bound."""
        if self.thinning is not None and self.thinning.is_alive():
            return
        if self._chain.path != self._thinned_to:
            self._thinned_to = self._chain.path
            retention = Retention(self._folder, self._keep, self._clock.now_ns, self._disk)
            self.thinning = threading.Thread(target=_thin, args=(retention,), name="retention", daemon=True)
            self.thinning.start()
            return
        size_bytes = Retention(self._folder, self._keep, 0, self._disk).size_bytes
        if 0 < self._keep.size_bytes < size_bytes:
            found = f"{size_bytes / 10**9:.1f} GB in {self._folder}"
            self._journal.halt(f"[journal] max_size is reached: {found}; a restart makes room, or allow more")

    def when_durable(self, action: Callable[[int], None]) -> None:
        """See `framework.router.sending.awaiting.WhenDurable`."""
        self._journal.when_durable(self._journal.written, lambda: action(self._clock.now_ns))

    def before_send(self, settings: JournalTable) -> WhenDurable | None:
        """What the sender is given for `before_send`: `sender.when_durable = journal.before_send(config.journal)`."""
        return self.when_durable if settings.before_send == "sync" else None

    @property
    def durable(self) -> int:
        """How many of this session's records survive a power cut."""
        return self._journal.durable

    @property
    def written(self) -> int:
        """How many were written."""
        return self._journal.written

    def mended(self) -> str:
        """See `GroupJournal.mended`."""
        return self._journal.mended()

    @property
    def is_pressed(self) -> bool:
        """The disk is half the bound behind: whoever can wait with new orders should."""
        return self._journal.is_pressed

    def close(self) -> bool:
        """Make everything durable and end the journal. False: the disk stands still."""
        return self._thread.close()

    def _notify(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._journal.deliver)


def _thin(retention: Retention) -> None:
    try:
        kept = retention.thin()
        if kept.thinned:
            log.info("journal.thinned", **kept._asdict())
    except (DataError, OSError) as error:  # it stays as it is, and is looked at again at the next start
        log.warning("journal.not_thinned", why=str(error))
