"""A kill for every run below a folder at once; for one that does not answer it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from framework.kernel.account_lock import holder_of
from framework.kernel.adrift import Adrift
from framework.kernel.kill_requests import KillRequest
from framework.model.scopes import EVERYTHING
from framework.ops.control_client import NAME, NothingRuns, adrift, ask, broken_off, running
from framework.ops.kill_kept import accounts_below, keep_for

ANSWER_S: Final = 7.0
"""A daemon whose loop is busy answers after 5 s."""

Answer = dict[str, object]


def kill_each(folder: Path, run: Path | None, request: KillRequest) -> list[Answer]:
    """The answers of every run that answers, live before paper, then of accounts that may stand without one.

    These are held by a process that does not answer, or were left by a daemon that ended otherwise than cleanly. Last
    come those whose folder is gone though a daemon goes on: a signal is all that reaches it, and it cannot answer.

    Args:
        run: only this one.
    """
    accounts, unreached = accounts_below(folder, run), _unreached(run or folder, request)
    try:
        sockets = running(folder, run)
    except NothingRuns as error:
        return [*([_kept(accounts, request, error)] if accounts or not unreached else []), *unreached]
    others = [account for account in accounts if account / NAME not in sockets]
    broken = broken_off(folder) if others else []
    silent = [account for account in others if holder_of(account) or account in broken]
    # All at once: a run that hangs must not hold up the kill of another.
    with ThreadPoolExecutor(len(sockets) + len(silent)) as pool:
        asked = [pool.submit(_kill, socket, request) for socket in sockets]
        asked += [pool.submit(_kept, [account], request) for account in silent]
        return [*(each.result() for each in asked), *unreached]


def _unreached(folder: Path, request: KillRequest) -> list[Answer]:
    return [{"run": str(each.account), **_signalled(each, request)} for each in adrift(folder)]


def _signalled(lost: Adrift, request: KillRequest) -> Answer:
    """A signal reaches a daemon whose folder is gone, and trips all of it; no answer of it reaches us."""
    if request.scope != str(EVERYTHING):
        return {"ok": False, "text": f"NOTHING WAS KILLED: {lost.words}"}
    if why := lost.close_gate():
        sure = f"if it is the daemon (ps -fp {lost.process}): kill -USR1 {lost.process}"
        return {
            "ok": False,
            "text": f"NOTHING WAS KILLED: {lost.lost}, and no signal was sent: {why}; {sure}; {lost.end}",
        }
    less = "; protective orders stay and positions too, for a signal says no more" if request.is_hard else ""
    text = f"{lost.lost}: SIGUSR1 was sent, by which it closes its gate and takes its orders back{less}; {lost.end}"
    return {"ok": True, "gate": "PENDING", "sweep": "PENDING", "text": text}


def _kill(socket: Path, request: KillRequest) -> Answer:
    wanted = {
        "verb": "kill",
        "reason": request.reason,
        "scope": request.scope,
        "hard": request.is_hard,
        "flatten": request.flatten,
    }
    try:
        return {"run": str(socket.parent), **ask(socket, wanted, ANSWER_S)}
    except NothingRuns as error:
        return {"run": str(socket.parent), **_kept(accounts_below(socket.parent, socket.parent), request, error)}


def _kept(accounts: Sequence[Path], request: KillRequest, error: NothingRuns | None = None) -> Answer:
    """The answer where live accounts are traded from; the error in words where none is."""
    if not accounts:
        return {"ok": False, "nothing_runs": True, "text": str(error)}
    try:
        kept = keep_for(accounts, request)
    except OSError as fault:
        holders = [str(holder) for account in accounts if (holder := holder_of(account))]
        end = f"; end its process: {', '.join(holders)}" if holders else "; none runs: make room before the next start"
        text = f"no daemon answers, and the kill cannot be kept: {fault}{end}"
        kept = {"ok": False, "text": text}
    return {"run": str(accounts[0]), **kept} if len(accounts) == 1 else kept
