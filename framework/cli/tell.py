"""What the verbs that only ask a running daemon have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from framework.kernel.screen import say

if TYPE_CHECKING:
    from framework.reports.asked import Shown


def ask_and_tell(args: argparse.Namespace, request: Mapping[str, object]) -> int:
    """Ask, print the answer's words or, with --json, all of it; gives the exit code."""
    from framework.ops.asking import answer_of, code_of, json_of

    answer = answer_of(args, request)
    if args.json:
        print(json_of(answer))
    else:
        say(str(answer["text"]))
    return code_of(answer)


def ask_and_show(args: argparse.Namespace, verb: str, shown: Callable[[Mapping[str, object]], Shown]) -> int:
    """Ask, print the answer's words and table or, with --json, all of it; gives the exit code."""
    from framework.ops.asking import answer_of, code_of, json_of

    answer = answer_of(args, {"verb": verb})
    if args.json:
        print(json_of(answer))
    else:
        say(str(answer["text"]))
        show(shown(answer))
    return code_of(answer)


def show(shown: Shown) -> None:
    """Print a table that has rows, after an empty line."""
    from framework.ops.tables import show_table

    if shown.rows:
        print(flush=True)
        show_table(*shown)
