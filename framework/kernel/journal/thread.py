"""The thread that waits for the disk, so that the loop need not."""

from __future__ import annotations

import threading
from typing import Final

from framework.kernel.journal.group import GroupJournal

CLOSE_S: Final = 5.0
"""How long a stop waits for the disk: half of what a daemon has to end."""


class WriterThread:
    """Drains a journal until it is closed."""

    def __init__(self, journal: GroupJournal) -> None:
        self._journal = journal
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Make everything durable and end the journal. False: the disk stands still; what is written may be torn."""
        self._journal.ask_to_close()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._journal.halt(f"journal: the disk did not answer within {timeout_s:g} s")
            return False
        self._journal.close()
        return True

    def _run(self) -> None:
        is_closing = False
        try:
            while not is_closing:
                record = self._journal.wait()
                is_closing = record is None or not self._journal.drain(record)
        finally:
            if not is_closing:  # our own bug: the trace goes to standard error, and nothing new is sent
                self._journal.halt("journal: its writer ended; this is a bug, please report it with the trace")
