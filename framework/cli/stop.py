"""`run.py stop`: end a run cleanly, as Ctrl-C does."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.cli.tell import ask_and_tell

    return ask_and_tell(args, {"verb": "stop"})
