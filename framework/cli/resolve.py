"""`run.py resolve ORDER --absent --reason`: a person knows that an order without an answer never reached its venue."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("order", metavar="ORDER", help="its client order id, as run.py orders shows it")
    parser.add_argument("--absent", action="store_true", required=True, help="it never reached the venue")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="how you know; it is journaled")
    parser.add_argument(
        "--though-acknowledged",
        action="store_true",
        help="even though the venue has told of it: nothing of it is left there, and no fill of it is missing here",
    )


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.cli.tell import ask_and_tell

    request = {"verb": "resolve", "order": args.order, "reason": args.reason}
    return ask_and_tell(args, {**request, "though_acknowledged": args.though_acknowledged})
