"""A run under its kill switch: latch, control socket, KILL file, SIGUSR1 and watchdog around the drive."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from framework.app.control.commands import Commands
from framework.app.control.disk_watch import KILL_FILE, DiskWatch, stands
from framework.app.control.kill_watch import STALL_S, KillWatch
from framework.app.control.killing import Killing
from framework.app.drive import Stop
from framework.app.inbox import Inbox
from framework.app.running import Running
from framework.core import Core
from framework.kernel.disk import Disk
from framework.kernel.kill_requests import KillRequests
from framework.kernel.latch import Latch
from framework.kernel.screen import say
from framework.model.errors import ConfigError
from framework.ops.control import NAME, ControlServer
from framework.reports.session import Session

LATCH: Final = "latch"
NEVER_S: Final = 1e9
"""A tape at full speed is not watched: it stands still wherever its strategies compute."""


@contextlib.contextmanager
def guarded(run: Running, session: Session, stop: Stop, folder: Path, runs: Path) -> Iterator[Inbox]:
    """Everything that may stop a paper run from outside; gives the inbox that the drive serves.

    Args:
        folder: of this run.
        runs: where all runs are kept: a KILL file there stops every one of them.
    """
    inbox, latch = Inbox(), Latch(folder / LATCH)
    run.core.kill.latched.keep_in(latch)
    stall_s = NEVER_S if run.config.paper.speed == "max" else STALL_S
    try:
        with (
            watched(run.core, inbox, folder, runs, stall_s) as killing,
            reachable(run, session, stop, folder, runs, inbox, killing),
        ):
            yield inbox
    finally:
        latch.close()


@contextlib.contextmanager
def watched(
    core: Core,
    inbox: Inbox,
    folder: Path,
    runs: Path,
    stall_s: float,
    disk: Disk | None = None,
    room: Callable[[], str] = lambda: "",
) -> Iterator[Killing]:
    """KILL files, kept kills, SIGUSR1 and watchdog around a drive that serves an inbox; gives how it is killed.

    Args:
        folder, runs: as for `guarded`.
        stall_s: a loop that stands still for longer closes the gate.
        disk: of kept kills.
        room: why the disk is too full to trade on; a tape, which sends no real order, does not ask.
    """
    killing = Killing(core, inbox, KillRequests(folder, disk))
    killing.take_now()
    word = core.kill.word
    watch = KillWatch(word, inbox, killing.command, stall_s=stall_s)
    disk_watch = DiskWatch(kill_files_of(folder, runs), word, killing.command, take=killing.take, room=room)
    watch.start()
    disk_watch.start()
    try:
        yield killing
    finally:
        inbox.close()
        disk_watch.stop()
        watch.stop()


@contextlib.contextmanager
def reachable(
    run: Running, session: Session, stop: Stop, folder: Path, runs: Path, inbox: Inbox, killing: Killing
) -> Iterator[None]:
    """The control socket of a run that can be killed already."""
    control = Commands(run, session, stop, inbox, folder, kill_files_of(folder, runs), killing)
    server = ControlServer(folder / NAME, control.answer)
    if not server.start():
        words = (
            f"{server.path}: expected to make the control socket there, found that it cannot be made (why: run.log); no "
            f"command reaches this run: a file {folder / KILL_FILE} or SIGUSR1 kills it, Ctrl-C or SIGTERM ends it"
        )
        with contextlib.suppress(OSError):  # nobody may be left to read it
            say(words, sys.stderr)
    try:
        yield
    finally:
        server.stop()


def kill_files_of(folder: Path, runs: Path) -> tuple[Path, Path]:
    """Where a KILL file stops a run: in its own folder, or where all runs are kept."""
    return folder / KILL_FILE, runs / KILL_FILE


def refuse_if_killed(runs: Path) -> None:
    """Nothing starts while a KILL file is there.

    Raises:
        ConfigError: it is; the message says where.
    """
    path = runs / KILL_FILE
    if stands(path):
        raise ConfigError(f"{path}: expected no KILL file, found one; nothing trades while it is there: remove it")
