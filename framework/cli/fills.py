"""`run.py fills`: the last fills of a run."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, and show the answer."""
    from framework.cli.tell import ask_and_show
    from framework.kernel.screen import say
    from framework.ops.asking import NOTHING_RUNS
    from framework.reports.asked import fills

    code = ask_and_show(args, "fills", fills)
    if code == NOTHING_RUNS and not args.json:
        say("the fills of a run that is over: run.py journal fills RUN")
    return code
