"""Daemons that hold an account and whose folder is gone: no socket leads to them, and no file of theirs is read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from framework.kernel.account_lock import holder_of, lock_told


class Adrift(NamedTuple):
    """A daemon that goes on without its folder."""

    account: Path
    process: str

    @property
    def words(self) -> str:
        """What is so, and what a person does about it."""
        return (
            f"{self.account}: process {self.process} trades this account, but its folder was removed, moved or replaced: "
            "neither its control socket nor a KILL file reaches it. It stops placing orders by itself when it writes its "
            f"next record; to close its gate now: kill -USR1 {self.process}; to have it take back its orders and end: "
            f"kill {self.process}; then look at the venue, and put journal and folder back before the next start"
        )


def adrift_below(runs: Path, locks: Path) -> list[Adrift]:
    """Every account below a folder of runs whose lock is held by a process that does not hold the account's folder.

    Args:
        locks: the folder of account locks.
    """
    runs = runs.absolute()
    told = [lock_told(path) for path in sorted(locks.glob("*.lock"))]
    return [
        Adrift(lock.account, lock.holder)
        for lock in told
        if lock is not None and lock.account.is_relative_to(runs) and holder_of(lock.account) != lock.holder
    ]
