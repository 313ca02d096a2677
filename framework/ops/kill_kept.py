"""A kill that no daemon answers: it is kept where one takes it, now or when it starts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from framework.kernel.account_lock import FOLDER_LOCK, holder_of
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.ops.control_client import NAME, answers, is_broken_off

TAKEN_S: Final = 3.0
"""So long a daemon that is there, and does not answer, is given to take it."""
POLL_S: Final = 0.02
BLOCKED: Final = "nothing starts there until it can"
NEVER: Final = threading.Event()


def accounts_below(folder: Path, run: Path | None) -> list[Path]:
    """Folders that a daemon trades from again and again: the one that was named, or all below the folder of runs."""
    if run is not None:
        run = run if run.is_dir() else run.parent
        return [run] if (run / FOLDER_LOCK).exists() else []
    return sorted(path.parent for path in folder.glob(f"*/*/{FOLDER_LOCK}"))


def keep_for(
    accounts: Sequence[Path], request: KillRequest, sleep: Callable[[float], object] = NEVER.wait
) -> dict[str, object]:
    """Keep a kill for each of them, and wait a little for the daemons that are there; gives an answer as of a daemon.

    Raises:
        OSError: it could not be kept.
    """
    kept = [(account, KillRequests(account)) for account in accounts]
    named = [(account, requests, requests.keep(request)) for account, requests in kept]
    for _ in range(round(TAKEN_S / POLL_S)):
        if not any(requests.stands(name) and holder_of(account) for account, requests, name in named):
            break
        sleep(POLL_S)
    lines = [_told(account, is_taken=not requests.stands(name)) for account, requests, name in named]
    is_taken = not any(requests.stands(name) for _, requests, name in named)
    return {
        "ok": True,
        "gate": "CONFIRMED" if is_taken else "KEPT",
        "sweep": "" if is_taken else "PENDING",
        "text": "\n".join(lines),
    }


def kept_below(folder: Path, run: Path | None) -> list[str]:
    """In words each kill that is kept where no daemon answers, and what comes of it."""
    found = []
    for account in accounts_below(folder, run):
        if answers(account / NAME):  # it takes what is kept within 200 ms, and tells of it itself
            continue
        requests = KillRequests(account)
        try:
            kept = requests.fresh()
        except OSError as error:
            found.append(
                f"{requests.folder}: expected a folder that can be read, found: {error.strerror or error}; {BLOCKED}"
            )
            continue
        found += [f"{account}: {_asked(request)}; {_outlook(account)}" for _, request in kept]
    return found


def _asked(request: KillRequest) -> str:
    """A kill as it was asked: `kill --flatten of global, asked by ann: odd fills`."""
    more = " --flatten" if request.flatten else " --hard" if request.is_hard else ""
    return f"kill{more} of {request.scope}, asked by {request.who}: {request.reason}"


def _outlook(account: Path) -> str:
    holder = holder_of(account)
    begins = "what starts there next begins tripped by it"
    taken = f"process {holder} takes it as soon as it goes on, or {begins}" if holder else begins
    return f"{taken}; run.py status names the trip then, and run.py arm lifts it, in two steps"


def _told(account: Path, *, is_taken: bool) -> str:
    holder = holder_of(account)
    if is_taken:
        return f"{account}: its control socket did not answer, but the kill was taken"
    if holder:
        return (
            f"{account}: process {holder} holds it and does not answer; the kill is kept and holds as soon as it goes "
            "on, or at its next start"
        )
    left = "; its last session ended without the venue's last word: until then its orders may stand"
    kept = f"{account}: nothing runs there; the kill is kept: what starts there next begins tripped"
    return kept + (left if is_broken_off(account) else "")
