"""`run.py status`: what runs, its kill switch, its strategies."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.ops.asking import answer_of, code_of, json_of, table

    answer = answer_of(args, {"verb": "status"})
    if args.json:
        print(json_of(answer))
        return code_of(answer)
    print("\n".join(words_of(answer, table)))
    return code_of(answer)


def words_of(answer: dict[str, object], table: Callable[[Sequence[Mapping[str, object]]], list[str]]) -> list[str]:
    """An answer in lines."""
    if not answer.get("ok"):
        return [str(answer["text"])]
    names = ("run", "time", "progress", "feed", "equity", "net", "requests", "latch_fault")
    lines = [str(answer["text"])] + [f"{name:<9} {answer[name]}" for name in names if answer[name]]
    for name in ("trips", "strategies"):
        rows = answer[name]
        lines += ["", *table(rows)] if isinstance(rows, list) and rows else []
    return lines
