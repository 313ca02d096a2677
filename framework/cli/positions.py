"""`run.py positions`: what each strategy holds."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.ops.asking import answer_of, code_of, json_of, table

    answer = answer_of(args, {"verb": "positions"})
    if args.json:
        print(json_of(answer))
        return code_of(answer)
    rows = answer.get("positions")
    print("\n".join([str(answer["text"]), *table(rows if isinstance(rows, list) else [])]))
    return code_of(answer)
