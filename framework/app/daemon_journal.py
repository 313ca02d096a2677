"""A daemon's journal: durable in a thread of its own, and what must be durable before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from framework.config.tables import JournalTable
from framework.kernel.clock import Clock
from framework.kernel.disk import Disk
from framework.kernel.journal import Chain, GroupJournal, WriterThread
from framework.kernel.records import Record
from framework.model.errors import ConfigError
from framework.router.sending.awaiting import WhenDurable


class DaemonJournal:
    """Made and closed in the loop's thread.

    Args:
        folder: of its segments; it goes on behind what is there.
        run_id: of this session.
        loop: whose thread writes and is told.
        halt: called from either thread, with the reason, when the journal cannot be kept. Of the kill switch only
            `KillWord.close` may be called from any thread; a trip belongs to the loop's.

    Raises:
        DataError: what is there is damaged, incomplete or an older copy: `run.py journal verify` says all of it.
        ConfigError: it cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        run_id: str,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        halt: Callable[[str], None],
        disk: Disk | None = None,
    ) -> None:
        try:
            chain = Chain(folder, run_id, clock, disk)
        except OSError as error:
            raise ConfigError(
                f"[journal] folder {folder}: expected a folder to write to, found: {error.strerror or error}; "
                "make room or allow writing there, or name another"
            ) from error
        self.torn_bytes = chain.torn_bytes
        """What the session before left unfinished."""
        self._clock = clock
        self._loop = loop
        self._journal = GroupJournal(chain, halt=halt, notify=self._notify)
        self._thread = WriterThread(self._journal)
        self._thread.start()

    def write(self, record: Record) -> None:
        """Put one record down; it is durable a moment later."""
        self._journal.write(record)

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
