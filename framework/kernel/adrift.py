"""Daemons that hold an account and whose folder is gone: no socket leads to them, and no file of theirs is read."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final, NamedTuple

from framework.kernel.account_lock import holder_of, lock_told

SYSTEM: Final = Path("/proc")
"""Where Linux tells of processes and locks."""


class Adrift(NamedTuple):
    """A daemon that goes on without its folder."""

    account: Path
    process: str
    lock: Path
    """Of the account."""

    @property
    def words(self) -> str:
        """What is so, and what a person does about it."""
        return (
            f"{self.lost}: neither its control socket nor a KILL file reaches it. It stops placing orders by itself when it "
            f"writes its next record; to close its gate now: run.py kill, or kill -USR1 {self.process}; {self.end}"
        )

    @property
    def lost(self) -> str:
        """What is so."""
        return (
            f"{self.account}: process {self.process} trades this account, but its folder was removed, moved or replaced"
        )

    @property
    def end(self) -> str:
        """How a person ends it."""
        return (
            f"to have it take back its orders and end: kill {self.process}; then look at the venue, and put journal and "
            "folder back before the next start"
        )

    def close_gate(self) -> str:
        """Send it SIGUSR1, which trips everything there and sweeps.

        It would end another process. So it goes to the very one that took the account's lock, by the system's own word, and
        only if that hears it; a process that got its number since cannot be hit, for it is held by a descriptor.

        Returns:
            Why it was not sent; empty: it was.
        """
        if not hasattr(signal, "pidfd_send_signal"):
            return "this system cannot hold on to a process"
        try:
            process = os.pidfd_open(int(self.process))
        except (ValueError, OSError) as error:
            return f"process {self.process} cannot be held on to: {error}"
        try:
            if stranger := self._stranger():
                return stranger
            signal.pidfd_send_signal(process, signal.SIGUSR1)
        except (ValueError, OSError) as error:
            return str(error)
        finally:
            os.close(process)
        return ""

    def _stranger(self) -> str:
        """Why it is not known for certain that its process is a daemon of ours that hears SIGUSR1; empty: it is."""
        held = [line.split() for line in (SYSTEM / "locks").read_text().splitlines()]
        inode = str(self.lock.stat().st_ino)
        if not any(
            kind == "FLOCK" and (process, file.rpartition(":")[2]) == (self.process, inode)
            for _, kind, _, _, process, file, *_ in held
        ):
            return f"{SYSTEM / 'locks'} does not say that process {self.process} holds {self.lock}"
        status = (SYSTEM / self.process / "status").read_text().splitlines()
        facts = dict(line.split(":", 1) for line in status if ":" in line)
        if facts["Uid"].split()[1] != str(os.geteuid()):
            return f"process {self.process} is another user's"
        if not int(facts["SigCgt"], 16) >> (signal.SIGUSR1 - 1) & 1:
            return f"process {self.process} does not hear SIGUSR1, and would end"
        return ""


def adrift_below(runs: Path, locks: Path) -> list[Adrift]:
    """Every account below a folder of runs whose lock is held by a process that does not hold the account's folder.

    Args:
        locks: the folder of account locks.
    """
    runs = runs.absolute()
    told = [(lock_told(path), path) for path in sorted(locks.glob("*.lock"))]
    return [
        Adrift(lock.account, lock.holder, path)
        for lock, path in told
        if lock is not None and lock.account.is_relative_to(runs) and holder_of(lock.account) != lock.holder
    ]
