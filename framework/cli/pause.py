"""`run.py pause STRATEGY`: hold one strategy back until `resume`; only what lowers its exposure passes."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("strategy", metavar="STRATEGY", help="its name in the settings; sma means sma/BTC and sma/ETH")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is journaled")


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.cli.tell import ask_and_tell

    return ask_and_tell(args, {"verb": "pause", "strategy": args.strategy, "reason": args.reason})
