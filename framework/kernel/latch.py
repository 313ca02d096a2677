"""The latch: a small file that says, positively, that trading is armed. What it does not say, is not so.

It holds the last trip and the last arming of each scope. Armed is a scope whose arming is newer than its trip; missing,
unreadable or damaged, the file arms nothing. It is replaced whole (temporary file, fsync, rename, fsync of the folder),
so that a crash leaves the old page or the new one.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import zlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.model.scopes import EVERYTHING, Scope

MAGIC: Final = b"BOT-LATCH-1 "
BOUND_S: Final = 0.1
"""How long a trip waits for the disk. Trading is stopped all the same; only the proof of it comes later."""
AGAIN_S: Final = 0.2
"""Until a trip that could not be written is tried again."""
ARM_BOUND_S: Final = 5.0
"""How long an arming waits: without a record on the disk nothing is armed."""


class LatchedTrip(Struct, frozen=True):
    """The last trip of a scope."""

    serial: int
    """Counts trips and armings of the latch; newer is larger."""
    trip_id: str
    cause: str
    reason: str
    who: str
    ts_ns: int
    is_hard: bool = False
    """Its sweep takes back what guards a position, too."""
    flatten: bool = False
    """Its positions are to go, and have not yet."""


class LatchedArm(Struct, frozen=True):
    """The last arming of a scope."""

    serial: int
    reason: str
    who: str
    ts_ns: int


class LatchPage(Struct, frozen=True):
    """All a latch holds, by scope as text."""

    serial: int = 0
    trips: dict[str, LatchedTrip] = {}
    arms: dict[str, LatchedArm] = {}
    limits: str = ""
    """Those under which everything was armed last, as text; empty: nobody knows."""

    def tripped(
        self,
        scope: Scope,
        trip_id: str,
        cause: str,
        reason: str,
        who: str,
        ts_ns: int,
        *,
        is_hard: bool = False,
        flatten: bool = False,
    ) -> LatchPage:
        """The page after a trip."""
        trip = LatchedTrip(self.serial + 1, trip_id, cause, reason, who, ts_ns, is_hard, flatten)
        return structs.replace(self, serial=trip.serial, trips={**self.trips, str(scope): trip})

    def flattened(self, scope: Scope) -> LatchPage:
        """The page once nobody brings the positions of a tripped scope down any more."""
        trip = structs.replace(self.trips[str(scope)], flatten=False)
        return structs.replace(self, trips={**self.trips, str(scope): trip})

    def armed(self, scope: Scope, reason: str, who: str, ts_ns: int, limits: str = "") -> LatchPage:
        """The page after an arming."""
        arm = LatchedArm(self.serial + 1, reason, who, ts_ns)
        limits = limits if scope == EVERYTHING else self.limits
        return structs.replace(self, serial=arm.serial, arms={**self.arms, str(scope): arm}, limits=limits)

    def is_armed(self, scope: Scope) -> bool:
        """Whether nothing tripped it since its last arming. Everything needs an arming; a narrower scope only where it tripped."""
        arm, trip = self.arms.get(str(scope)), self.trips.get(str(scope))
        if trip is None:
            return arm is not None or scope != EVERYTHING
        return arm is not None and arm.serial > trip.serial


class Latch:
    """One latch file, written by a thread of its own so that no disk can hold a trip up.

    Args:
        path: of the file; its folder must exist when something is kept.
        disk: this machine's by default.
        bound_s: how long a trip waits for that.
    """

    def __init__(self, path: Path, disk: Disk | None = None, bound_s: float = BOUND_S) -> None:
        self.path = path
        self._disk = disk or RealDisk()
        self._bound_s = bound_s
        self._jobs: queue.SimpleQueue[_PageWrite | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._last: _PageWrite | None = None

    @property
    def fault(self) -> str:
        """What keeps the newest page from being durable now; empty when it is, however late it came."""
        if self._last is None:
            return ""
        return (
            self._last.fault
            if self._last.is_over.is_set()
            else f"latch {self.path}: not on the disk yet: until it is, a restart may not know"
        )

    def read(self) -> LatchPage | None:
        """The page on the disk; None where there is none that can be trusted: then everything counts as tripped."""
        try:
            return decode(self._disk.read(self.path))
        except OSError:
            return None

    def keep_trip(self, page: LatchPage) -> str:
        """Put a page down, waiting no longer than the bound. Gives what went wrong; empty when it is durable.

        Where it cannot be written, the page of before goes, for it may arm what has tripped; and it is tried again until
        it is down, or a newer page comes.
        """
        return self._keep(page, self._bound_s, must_hold=True)

    def keep_arm(self, page: LatchPage) -> str:
        """Put a page down and wait for it. Gives what went wrong, and then it is not tried again; empty when it is durable."""
        return self._keep(page, ARM_BOUND_S, must_hold=False)

    def close(self) -> None:
        """End the thread once it has written what it was given."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join(ARM_BOUND_S)
            self._writer = None

    def _keep(self, page: LatchPage, bound_s: float, *, must_hold: bool) -> str:
        self._last = job = _PageWrite(encode(page), must_hold=must_hold)
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="latch", daemon=True)
            self._writer.start()
        self._jobs.put(job)
        if not job.is_over.wait(bound_s):
            return f"latch {self.path}: not on the disk after {bound_s * 1000:g} ms"
        return job.fault

    def _run(self) -> None:
        job = self._jobs.get()
        while job is not None:
            self._write(job)
            job = self._after(job)

    def _after(self, job: _PageWrite) -> _PageWrite | None:
        """The next one; until it comes, a trip that is not down is tried again, and once more at the end."""
        while job.must_hold and job.fault:
            try:
                following = self._jobs.get(timeout=AGAIN_S)
            except queue.Empty:
                self._write(job)
                continue
            if following is None:
                self._write(job)
            return following
        return self._jobs.get()

    def _write(self, job: _PageWrite) -> None:
        try:
            durable_replace(self.path, job.content, self._disk)
            job.fault = ""
        except OSError as error:
            after = f"; {self._removed()}" if job.must_hold else ""
            job.fault = f"latch {self.path}: cannot be written: {error.strerror or error}{after}"
        job.is_over.set()

    def _removed(self) -> str:
        """No page is better than one that may arm what has tripped."""
        try:
            with contextlib.suppress(FileNotFoundError):
                self._disk.remove(self.path)
            self._disk.sync_folder(self.path.parent)
        except OSError as error:
            return f"the page of before cannot be removed either: {error.strerror or error}; a restart may begin ARMED"
        return "the page of before is removed, so that a restart begins tripped"


class _PageWrite:
    """One page on its way to the disk."""

    def __init__(self, content: bytes, *, must_hold: bool) -> None:
        self.content = content
        self.must_hold = must_hold
        self.fault = ""
        self.is_over = threading.Event()


def encode(page: LatchPage) -> bytes:
    """A page as the file's bytes: magic, CRC-32 in hex, JSON. People can read it."""
    body = msgspec.json.encode(page)
    return MAGIC + b"%08x " % zlib.crc32(body) + body + b"\n"


def decode(content: bytes) -> LatchPage | None:
    """The page of a file's bytes; None where they are not wholly what was written."""
    checked, body = content[len(MAGIC) : len(MAGIC) + 9], content[len(MAGIC) + 9 : -1]
    if content != MAGIC + checked + body + b"\n" or checked != b"%08x " % zlib.crc32(body):
        return None
    try:
        return msgspec.json.decode(body, type=LatchPage)
    except msgspec.MsgspecError:
        return None
