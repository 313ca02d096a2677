"""`run.py kill`: close the gate of a scope at once, and sweep its orders; only `run.py arm` opens it again."""

from __future__ import annotations

import argparse
from typing import Final

NO_REASON: Final = "killed by hand, no reason given"


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
    """Ask, and tell the answer."""
    from framework.model.scopes import read_scope
    from framework.ops.asking import answer_of, code_of, json_of

    request = {
        "verb": "kill",
        "reason": args.reason.strip() or NO_REASON,  # in a panic nobody is asked for words
        "scope": str(read_scope(args.scope)),
        "hard": args.hard,
        "flatten": args.flatten,
    }
    answer = answer_of(args, request)
    if args.json:
        print(json_of(answer))
        return code_of(answer)
    print(answer["text"])
    if answer.get("ok"):
        print(f"gate {answer['gate']} after {answer['answered_ms']} ms; sweep: run.py status")
    return code_of(answer)
