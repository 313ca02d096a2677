"""How a command asks a running daemon: its common flags, its exit codes, and answers as words or JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from framework.ops.control_client import ANSWER_S, NothingRuns, ask, find

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
NOTHING_RUNS: Final = 3
PENDING: Final = 4


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Where the daemon is, and how to answer."""
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument("--run", metavar="DIR", type=Path, help="a run's folder (default: the newest that runs)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.epilog = (
        "exit codes: 0 done, 1 refused (the answer says why), 2 wrong usage or no such name, 3 nothing runs, "
        "4 the kill holds or is kept, but no loop has answered yet"
    )


def answer_of(
    args: argparse.Namespace, request: Mapping[str, object], *, within_s: float = ANSWER_S
) -> dict[str, object]:
    """The daemon's answer; one that says so where none runs."""
    try:
        return ask(find(Path(args.folder), args.run), dict(request), within_s)
    except NothingRuns as error:
        return {"ok": False, "nothing_runs": True, "text": str(error)}


def told(answer: Mapping[str, object]) -> dict[str, object]:
    """An answer as programs get it."""
    return {name: value for name, value in answer.items() if name not in ("nothing_runs", "is_usage")}


def code_of(answer: Mapping[str, object]) -> int:
    """The exit code of an answer."""
    if answer.get("nothing_runs"):
        return NOTHING_RUNS
    if not answer.get("ok"):
        return USAGE if answer.get("is_usage") else REFUSED
    return PENDING if answer.get("sweep") == "PENDING" else DONE


def json_of(answer: Mapping[str, object]) -> str:
    """An answer as one line of JSON."""
    return json.dumps(told(answer))
