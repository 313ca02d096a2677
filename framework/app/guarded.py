"""A run under its kill switch: latch, control socket, KILL file, SIGUSR1 and watchdog around the drive."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from framework.app.assembly import PaperRun
from framework.app.control import Control
from framework.app.drive import Stop
from framework.app.inbox import Inbox
from framework.app.kill_watch import KILL_FILE, STALL_S, KillWatch
from framework.kernel.latch import Latch
from framework.model.errors import ConfigError
from framework.ops.control import NAME, ControlServer
from framework.reports.session import Session

LATCH: Final = "latch"
NEVER_S: Final = 1e9
"""A tape at full speed is not watched: it stands still wherever its strategies compute."""


@contextlib.contextmanager
def guarded(run: PaperRun, session: Session, stop: Stop, folder: Path, runs: Path) -> Iterator[Inbox]:
    """Everything that may stop the run from outside; gives the inbox that the drive serves.

    Args:
        folder: of this run.
        runs: where all runs are kept: a KILL file there stops every one of them.
    """
    kill_files = (folder / KILL_FILE, runs / KILL_FILE)
    inbox, latch, core = Inbox(), Latch(folder / LATCH), run.core
    core.kill.keep_in(latch)
    control = Control(run, session, stop, inbox, folder, kill_files)
    server = ControlServer(folder / NAME, control.answer)
    stall_s = NEVER_S if run.config.paper.speed == "max" else STALL_S
    watch = KillWatch(kill_files, core.kill.word, inbox, control.command, stall_s=stall_s)
    server.start()
    watch.start()
    try:
        yield inbox
    finally:
        inbox.close()
        watch.stop()
        server.stop()
        latch.close()


def refuse_if_killed(runs: Path) -> None:
    """Nothing starts while a KILL file is there.

    Raises:
        ConfigError: it is; the message says where.
    """
    path = runs / KILL_FILE
    if path.exists():
        raise ConfigError(f"{path}: expected no KILL file, found one; nothing trades while it is there: remove it")
