"""`run.py kill`: close the gate of a scope at once, and sweep its orders; only `run.py arm` opens it again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NO_REASON: Final = "killed by hand, no reason given"
ANSWER_S: Final = 7.0
"""A daemon whose loop is busy answers after 5 s."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is journaled and shown")
    parser.add_argument(
        "--scope",
        default="global",
        help="global, venue:bitget, account:main@bitget, instrument:BTC/USDT@bitget or strategy:mm (default: global)",
    )
    parser.add_argument("--hard", action="store_true", help="cancel protective orders too")
    parser.add_argument("--flatten", action="store_true", help="sell or buy back positions, in slices; implies --hard")


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer; where nobody answers, keep the kill for whoever trades there next."""
    from framework.model.scopes import read_scope
    from framework.ops.asking import answer_of, code_of, json_of

    request = {
        "verb": "kill",
        "reason": args.reason.strip() or NO_REASON,  # in a panic nobody is asked for words
        "scope": str(read_scope(args.scope)),
        "hard": args.hard,
        "flatten": args.flatten,
    }
    answer = answer_of(args, request, within_s=ANSWER_S)
    if answer.get("nothing_runs"):
        answer = _kept(args, request) or answer
    if args.json:
        print(json_of(answer))
        return code_of(answer)
    print(answer["text"])
    if answer.get("answered_ms"):
        print(f"gate {answer['gate']} after {answer['answered_ms']} ms; sweep: run.py status")
    return code_of(answer)


def _kept(args: argparse.Namespace, request: Mapping[str, object]) -> dict[str, object] | None:
    """The answer where a live account is traded from that folder; None where none is."""
    from framework.kernel.kill_requests import KillRequest
    from framework.ops.kill_kept import accounts_below, keep_for

    accounts = accounts_below(Path(args.folder), args.run)
    if not accounts:
        return None
    asked = KillRequest(str(request["scope"]), str(request["reason"]), "operator", args.hard, args.flatten)
    try:
        return keep_for(accounts, asked)
    except OSError as error:
        return {"ok": False, "text": f"no daemon answers, and the kill cannot be kept: {error}; end its process"}
