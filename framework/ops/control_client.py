"""Asking a running daemon: find its socket, send a line, read the answer. Imports nothing heavy."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from framework.kernel.account_lock import FOLDER_LOCK, holder_of, locks_folder
from framework.kernel.adrift import Adrift, adrift_below
from framework.kernel.left_standing import is_noted
from framework.model.errors import ConfigError, FrameworkError

NAME: Final = "control.sock"
LIVE: Final = "live"
"""The folder of live accounts, below that of runs."""
ANSWER_S: Final = 15.0
CONNECT_S: Final = 2.0
STANDING: Final = (
    "its last session ended without the venue's last word, and its orders may stand there; start it again with "
    "run.py live, which asks after them"
)


class NothingRuns(FrameworkError):
    """No daemon answers there."""


class OutOfReach(NothingRuns):
    """A daemon goes on there, and no command reaches it."""


def find(folder: Path, run: Path | None = None) -> Path:
    """The first of `running`. Raises as that."""
    return running(folder, run)[0]


def running(folder: Path, run: Path | None = None) -> list[Path]:
    """The socket of the run that was named, or of all that run below a folder: live before paper, the newest first.

    Raises:
        NothingRuns: none answers.
        OutOfReach: the same, and some go on whose folder is gone, or that cannot be asked now.
    """
    if run is not None:
        found = run if run.name == NAME else run / NAME
        if answers(found):
            return [found]
        _refuse_adrift(found.parent)
        _refuse_held([found.parent])
        end = STANDING if run in broken_off(run.parent.parent) else "see run.py status"
        raise NothingRuns(f"{run}: expected a run that goes on, found none; {end}")
    paths = [path for path in folder.glob(f"*/*/{NAME}") if answers(path)]
    if paths:
        return sorted(paths, key=_precedence, reverse=True)
    _refuse_adrift(folder)
    _refuse_held([path.parent for path in sorted(folder.glob(f"*/*/{FOLDER_LOCK}"))])
    if not folder.is_dir():  # in another folder every question would be answered by `nothing runs`
        raise NothingRuns(
            f"{folder}: no such folder{'' if folder.is_absolute() else f' below {_here()}'}: no run was ever started "
            "there; go to the folder of the bot first, or name its folder of runs by --folder"
        )
    lines = [f"nothing runs under {folder}; start one with run.py paper or run.py live, or say where with --folder"]
    raise NothingRuns("\n".join([*lines, *[f"{account}: {STANDING}" for account in broken_off(folder)]]))


def adrift(folder: Path) -> list[Adrift]:
    """Daemons of accounts in a folder, or below it, that go on though the account's folder is gone."""
    with contextlib.suppress(ConfigError):  # no home, no locks there
        return adrift_below(folder, locks_folder())
    return []


def _refuse_adrift(folder: Path) -> None:
    if found := adrift(folder):
        raise OutOfReach("\n".join(each.words for each in found))


def _refuse_held(accounts: Iterable[Path]) -> None:
    """A daemon that is there and cannot be asked is not nothing."""
    held = [f"{path} (process {holder})" for path in accounts if (holder := holder_of(path))]
    if held:
        raise OutOfReach(f"{', '.join(held)}: it is starting, comparing its books, or stopped; ask again in a while")


def broken_off(folder: Path) -> list[Path]:
    """Live accounts that nobody trades now, and whose last session ended hard or without an answer of the venue."""
    return [path.parent for path in sorted(folder.glob(f"{LIVE}/*/{FOLDER_LOCK}")) if is_broken_off(path.parent)]


def is_broken_off(account: Path) -> bool:
    """Whether orders may stand at the venue: a clean end takes its socket away, and leaves no note where it was answered."""
    path = account / NAME
    return not answers(path) and (path.exists() or is_noted(account)) and not holder_of(account)


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "a folder that is gone"


def _precedence(path: Path) -> tuple[bool, int, str]:
    """Real orders first; a socket is made when its run starts."""
    try:
        started_ns = path.stat().st_mtime_ns
    except FileNotFoundError:  # it ended meanwhile
        started_ns = 0
    return path.parent.parent.name == LIVE, started_ns, path.parent.name


def answers(path: Path) -> bool:
    """Whether somebody listens; a socket that a crash left behind does not count."""
    try:
        connect(path).close()
    except OSError:
        return False
    return True


def connect(path: Path, within_s: float = ANSWER_S) -> socket.socket:
    """A connection. OSError: nobody listens."""
    from framework.ops.control import address

    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(CONNECT_S)
        with address(path) as name:
            client.connect(name)
        client.settimeout(within_s)
    except OSError:
        client.close()
        raise
    return client


def ask(path: Path, request: dict[str, object], within_s: float = ANSWER_S) -> dict[str, object]:
    """Ask one thing.

    Raises:
        NothingRuns: it went away without an answer.
        OutOfReach: it is there, and gives none.
    """
    try:
        with connect(path, within_s) as client:
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as lines:
                answer = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        what = f"{path.parent}: expected an answer, found none: {error}"
        if holder := holder_of(path.parent):
            raise OutOfReach(f"{what}; process {holder} holds it and does not answer") from error
        raise NothingRuns(f"{what}; see run.py status") from error
    assert isinstance(answer, dict), answer
    return answer
