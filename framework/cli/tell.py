"""What the verbs that only ask a running daemon have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping


def ask_and_tell(args: argparse.Namespace, request: Mapping[str, object]) -> int:
    """Ask, print the answer's words or, with --json, all of it; gives the exit code."""
    from framework.ops.asking import answer_of, code_of, json_of

    answer = answer_of(args, request)
    print(json_of(answer) if args.json else answer["text"])
    return code_of(answer)
