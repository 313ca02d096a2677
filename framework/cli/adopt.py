"""`run.py adopt`: accept what a reconcile found and nobody can explain; it is journaled."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is journaled")
    parser.add_argument(
        "--close",
        metavar="STRATEGY",
        help="you closed its position by hand: close it in the books with what is nobody's",
    )


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.cli.tell import ask_and_tell

    return ask_and_tell(args, {"verb": "adopt", "reason": args.reason, "close": args.close})
