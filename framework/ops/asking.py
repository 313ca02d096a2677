"""How a command asks a running daemon: its common flags, its exit codes, and answers as words or JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from framework.model.counting import counted
from framework.ops.control_client import ANSWER_S, NothingRuns, OutOfReach, ask, running

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
NOTHING_RUNS: Final = 3
PENDING: Final = 4

LOOKS: Final = frozenset({"status", "orders", "fills", "positions"})
"""What changes nothing, and where several runs go on is told of the first of them."""


def add_flags(parser: argparse.ArgumentParser, *, meant: str = "the one that runs") -> None:
    """Where the daemon is, and how to answer.

    Args:
        meant: which run where none is named.
    """
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument("--run", metavar="DIR", type=Path, help=f"a run's folder (default: {meant})")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.epilog = (
        "exit codes: 0 done, 1 refused (the answer says why), 2 wrong usage or no such name, 3 nothing runs, "
        "4 the kill holds or is kept, but no loop has answered yet"
    )


def answer_of(
    args: argparse.Namespace, request: Mapping[str, object], *, within_s: float = ANSWER_S
) -> dict[str, object]:
    """The daemon's answer; one that says so where none runs, or several do and it would change one."""
    try:
        sockets = running(Path(args.folder), args.run)
        if len(sockets) > 1 and request["verb"] not in LOOKS:
            return not_meant(str(request["verb"]), sockets)
        return among(ask(sockets[0], dict(request), within_s), sockets)
    except NothingRuns as error:
        return unanswered(error)


def unanswered(error: NothingRuns) -> dict[str, object]:
    """The answer where no daemon gives one; one that goes on and cannot be asked is not nothing."""
    return {"ok": False, "nothing_runs": not isinstance(error, OutOfReach), "text": str(error)}


def not_meant(verb: str, sockets: Sequence[Path]) -> dict[str, object]:
    """The answer to a command that would change one of several runs, and names none."""
    runs = [f"--run {socket.parent}" for socket in sockets]
    text = f"{verb}: expected --run, for {len(runs)} runs go on, found none; nothing was done: add {' or '.join(runs)}"
    return {"ok": False, "is_usage": True, "text": text}


def among(answer: dict[str, object], sockets: Sequence[Path]) -> dict[str, object]:
    """An answer of the first of several runs: its text says whose it is, and which others go on."""
    first, *others = [str(socket.parent) for socket in sockets]
    if not others:
        return answer
    more = counted(len(others), "more run goes on", "more runs go on")
    text = f"{first}: {answer['text']}\n{more}: {', '.join(others)}; --run names the one that is meant"
    return {**answer, "text": text, "others": others}


def facts_of(answer: Mapping[str, object]) -> dict[str, object]:
    """An answer as programs get it."""
    return {name: value for name, value in answer.items() if name not in ("nothing_runs", "is_usage")}


def code_of(answer: Mapping[str, object]) -> int:
    """The exit code of an answer."""
    if answer.get("nothing_runs"):
        return NOTHING_RUNS
    if not answer.get("ok"):
        return USAGE if answer.get("is_usage") else REFUSED
    return PENDING if answer.get("sweep") == "PENDING" else DONE


def code_of_all(answers: Sequence[Mapping[str, object]]) -> int:
    """The exit code of several answers: that of all, or else the worst there is."""
    codes = {code_of(answer) for answer in answers}
    if len(codes) == 1:
        return codes.pop()
    return PENDING if codes == {DONE, PENDING} else REFUSED


def json_of(answer: Mapping[str, object]) -> str:
    """An answer as one line of JSON."""
    return json.dumps(facts_of(answer))
