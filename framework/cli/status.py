"""`run.py status`: what runs, its kill switch, its strategies."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from framework.kernel.screen import say

LABELS: Final = {name: name for name in ("run", "time", "progress", "feed", "equity", "net", "requests")} | {
    "latch_fault": "fault"  # it names the latch itself
}

WORDS_MAX: Final = 1_000
"""Letters of one line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, and tell the answer."""
    from framework.ops.asking import answer_of, code_of, json_of
    from framework.ops.control_client import adrift, broken_off
    from framework.ops.kill_kept import kept_below

    answer = answer_of(args, {"verb": "status"})
    if args.run is None and not answer.get("nothing_runs"):
        answer["broken_off"] = [str(account) for account in broken_off(Path(args.folder))]
        answer["adrift"] = [each.words for each in adrift(Path(args.folder))] if answer.get("ok") else []
    answer["kept_kills"] = kept_below(Path(args.folder), args.run)
    if args.json:
        print(json_of(answer))
    else:
        tell(answer)
    return code_of(answer)


def texts(answer: Mapping[str, object], name: str) -> list[str]:
    """A list of words of an answer; none where it has none."""
    found = answer.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []


def _held(answer: Mapping[str, object]) -> list[str]:
    """Every scope that is not armed, with its state: `global REDUCING`."""
    scopes = answer.get("scopes")
    found = scopes.items() if isinstance(scopes, Mapping) else ()
    return [f"{scope} {str(state).upper()}" for scope, state in found if state != "armed"]


def tell(answer: Mapping[str, object]) -> None:
    """Print an answer: the run in lines, then what tripped, then its strategies."""
    from framework.cli.tell import show
    from framework.ops.control_client import STANDING
    from framework.reports.asked import strategies, trips
    from framework.reports.words import clean

    say(str(answer["text"]))
    for name, label in LABELS.items():
        if answer.get("ok") and answer.get(name):
            say(f"{label:<12}{answer[name]}")
    if len(held := _held(answer)) > 1:  # the first line has the worst of them alone
        say(f"{'held':<12}{', '.join(held)}")
    for text in texts(answer, "differences"):
        say(f"{'differs':<12}{text}")
    for order in texts(answer, "unknown"):
        say(
            f"{'unknown':<12}{order}: look at the venue; run.py resolve {order} --absent --reason WHY if it is not there"
        )
    for words in texts(answer, "adrift"):
        say(f"{'adrift':<12}{words}")
    for account in texts(answer, "broken_off"):
        say(f"{'broken off':<12}{account}: {STANDING}")
    for words in texts(answer, "kept_kills"):  # with a reason as it stood in a file
        say(f"{'kept kill':<12}{clean(words, WORDS_MAX)}")
    show(trips(answer))
    show(strategies(answer))
