"""`run.py arm`: let a tripped scope trade again, in two steps, by a person who looked."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why it may trade again")
    parser.add_argument("--trip", metavar="ID", default="", help="the id of the trip, as run.py status shows it")
    parser.add_argument("--scope", default="global", help="as for kill (default: global, or where that trip holds)")


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.cli.tell import ask_and_tell
    from framework.model.errors import ConfigError
    from framework.model.scopes import read_scope

    if not args.reason.strip():
        raise ConfigError("arm --reason: expected why it may trade again, found nothing")
    scope = str(read_scope(args.scope))
    return ask_and_tell(args, {"verb": "arm", "reason": args.reason, "trip": args.trip, "scope": scope})
