"""Group commit: the loop only puts records down; one writer makes all that lie there durable with one sync.

`write` belongs to the loop's thread, `drain` to one writer: a thread in a daemon (`thread.WriterThread`), a step of
the virtual loop in a simulation.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

import msgspec

from framework.kernel.journal.chain import Chain
from framework.kernel.journal.frames import encode
from framework.kernel.records import Checkpoint, Record
from framework.model.counting import counted
from framework.model.errors import InvariantError

RECORDS_MAX: Final = 65_536
"""Records that may wait for the disk; one more halts the run."""
GROUP_RECORDS_MAX: Final = 4_096
"""Records of one sync."""
LEFT: Final = 4
"""So many times the bound may wait in all: after the halt, cancels and answers are still taken."""


def to_stderr(record: Record) -> None:
    """The last place for a record that no disk takes: one line of JSON on standard error."""
    sys.stderr.write(f"journal, not on the disk: {msgspec.json.encode(record).decode()}\n")


def nothing() -> None:
    """Nobody waits for the writer."""


class GroupJournal:
    """A journal whose records are durable a moment after they were written.

    It never drops a record. When the disk fails, it halts the run, goes on in a new segment, and where that fails too
    keeps the records in memory and tells them to `rescue`; when the disk is slow, it halts at the bound.

    Args:
        halt: called with the first reason, from either thread: nothing new may be sent from then on.
        notify: called by the writer when records became durable that somebody waits for; it has the loop's thread call
            `deliver` (`loop.call_soon_threadsafe(journal.deliver)`).
        rescue: takes each record that cannot be written, once.
        records_max: how many records may wait.
    """

    def __init__(
        self,
        chain: Chain,
        *,
        halt: Callable[[str], None],
        notify: Callable[[], None] = nothing,
        rescue: Callable[[Record], None] = to_stderr,
        records_max: int = RECORDS_MAX,
    ) -> None:
        self._chain = chain
        self._halt = halt
        self._notify = notify
        self._rescue = rescue
        self._records_max = records_max
        self._queue: SimpleQueue[Record | None] = SimpleQueue()
        self._unsynced: list[Record] = []
        """Of the writer: taken from the queue and not known to be durable."""
        self._frames: list[bytes] = []
        """Their bytes."""
        self._is_broken = False
        """Of the writer: the disk failed in this segment, which is not to be touched again."""
        self._is_gone = False
        """Of the writer: what was written is not there any more; what follows it could not be read."""
        self._told = 0
        """How many of them were told to `rescue`."""
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self.written = 0
        """Sequence number of the record that was written last; 0: none."""
        self.durable = 0
        """Every record up to this number survives a power cut."""
        self.halted_because = ""
        """Empty: it did not halt."""
        self._halted_at = 0
        """The last record when it halted."""

    # The loop's thread.

    def write(self, record: Record) -> None:
        """Put one record down. Halts the run when the disk is too far behind.

        Raises:
            InvariantError: it went on writing long after the halt.
        """
        self.written += 1
        self._queue.put(record)
        behind = self.written - self.durable
        if behind <= self._records_max:
            return
        self.halt(f"journal: {self._records_max} records wait for the disk; it is too slow or stands still")
        if behind > LEFT * self._records_max:
            raise InvariantError(f"journal: expected few records after the halt, found {behind} that no disk takes")

    def when_durable(self, sequence: int, action: Callable[[], None]) -> None:
        """Call `action` in the loop's thread when the records up to this number survive a power cut; at once, if so.

        After a failure of the disk it may never be called: whoever halts drops what waits.
        """
        self._waiting.append((sequence, action))
        if self.durable >= sequence:
            self.deliver()

    def deliver(self) -> None:
        """Call what waited for records that are durable now."""
        while self._waiting and self._waiting[0][0] <= self.durable:
            self._waiting.popleft()[1]()

    @property
    def is_pressed(self) -> bool:
        """Half the bound waits: whoever can wait with new records should."""
        return self.written - self.durable > self._records_max // 2

    def mended(self) -> str:
        """Why trading must not go on after a halt; empty: the disk takes records again, and what fails now halts anew."""
        if not self.halted_because:
            return ""
        if self.durable < self._halted_at or self._told:
            return f"{self.halted_because}; {counted(self.written - self.durable, 'record')} not on the disk"
        self.halted_because = ""
        return ""

    # The writer.

    def wait(self) -> Record | None:
        """Wait for a record; None: the journal is to be closed."""
        return self._queue.get()

    def drain(self, first: Record | None = None) -> bool:
        """Make durable what lies there: one buffer, one sync. False when the journal is to be closed.

        Args:
            first: a record that `wait` gave.
        """
        records = [] if first is None else [first]
        is_open = self._take(records)
        self._keep(records)
        if self._unsynced:
            self._commit()
        return is_open

    def close(self) -> None:
        """Make durable what lies there and end the journal. The writer must have ended."""
        while self._queue.qsize():
            self.drain()
        if self._unsynced:
            self._commit()
        try:
            if not self._is_broken:
                self._chain.close()
        except OSError as error:
            self._failed(error)
        self._chain.abandon()

    def ask_to_close(self) -> None:
        """Let the writer end when everything written so far is durable."""
        self._queue.put(None)

    def halt(self, reason: str) -> None:
        """Halt the run, if it is not halted yet."""
        if not self.halted_because:
            self.halted_because, self._halted_at = reason, self.written
            self._halt(reason)

    def _take(self, records: list[Record]) -> bool:
        """Add what lies in the queue, of which nobody else takes. False: somebody asked to close."""
        take = self._queue.get_nowait
        taken = [take() for _ in range(min(self._queue.qsize(), GROUP_RECORDS_MAX - len(records)))]
        kept = [record for record in taken if record is not None]
        records += kept
        return len(kept) == len(taken)

    def _keep(self, records: list[Record]) -> None:
        """Frame what was taken. One that is too large for any reader halts the run and is rescued."""
        while records:
            try:
                self._frames.extend(map(encode, records))
            except InvariantError as error:
                framed = len(self._frames) - len(self._unsynced)
                self._unsynced.extend(records[:framed])
                self.halt(str(error))
                self._rescue(records[framed])
                self.durable += 1  # nobody waits for it any more: the run is halted
                records = records[framed + 1 :]
            else:
                self._unsynced.extend(records)
                return

    def _commit(self) -> None:
        """Write and sync; after a failure halt, and try once in a new segment, unless the old one is gone."""
        for _ in range(0 if self._is_gone else 2):
            try:
                if self._is_broken:
                    self._chain.begin_again()
                    self._is_broken = False
                self._write_out()
            except OSError as error:
                self._is_broken = True
                self._failed(error)
                if self._is_gone:
                    break
            else:
                return
        for record in self._unsynced[self._told :]:
            self._rescue(record)
        self._told = len(self._unsynced)

    def _write_out(self) -> None:
        """Write what is not durable, each part in the segment that it belongs to."""
        chain = self._chain
        while self._unsynced:
            if isinstance(self._unsynced[0], Checkpoint) and not chain.is_at_checkpoint:
                chain.roll(is_checkpoint=True)
            count = self._fitting()
            chain.append(b"".join(self._frames[:count]), count)
            chain.sync()
            self._publish(count)
            if chain.is_full:
                chain.roll()

    def _fitting(self) -> int:
        """How many records still belong to this segment: at least one. It does not depend on how they were grouped."""
        room_bytes, lengths = self._chain.room_bytes, list(map(len, self._frames))
        if sum(lengths) < room_bytes and Checkpoint not in map(type, self._unsynced):
            return len(lengths)  # nearly always
        for number, (record, length) in enumerate(zip(self._unsynced, lengths, strict=True)):
            if number and (room_bytes <= 0 or isinstance(record, Checkpoint)):
                return number
            room_bytes -= length
        return len(lengths)

    def _publish(self, count: int) -> None:
        del self._unsynced[:count], self._frames[:count]
        if self._told:
            self._told = max(0, self._told - count)
        self.durable += count
        if self._waiting:
            self._notify()

    def _failed(self, error: OSError) -> None:
        self._is_gone |= isinstance(error, FileNotFoundError)
        self.halt(f"journal {self._chain.path}: {error.strerror or error}; nothing new is sent without a journal")
