"""`run.py kill`: close the gate of a scope at once, and sweep its orders; only `run.py arm` opens it again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from framework.kernel.screen import say

NO_REASON: Final = "killed by hand, no reason given"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser, meant="every run that goes on")
    parser.add_argument("loose", nargs="*", help=argparse.SUPPRESS)  # `kill mm`: told what to say instead
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is journaled and shown")
    parser.add_argument(
        "--scope",
        default="global",
        help="global, venue:bitget, account:main@bitget, instrument:BTC/USDT@bitget or strategy:mm (default: global)",
    )
    parser.add_argument("--hard", action="store_true", help="cancel protective orders too")
    parser.add_argument("--flatten", action="store_true", help="sell or buy back positions, in slices; implies --hard")


def run(args: argparse.Namespace) -> int:
    """Ask every run, or the one that was named, and tell the answers; where one does not answer, the kill is kept."""
    from framework.kernel.kill_requests import KillRequest
    from framework.model.errors import ConfigError
    from framework.model.scopes import read_scope
    from framework.model.storable import storable
    from framework.ops.asking import code_of_all, facts_of
    from framework.ops.kill_each import kill_each

    if args.loose:
        raise ConfigError(_not_killed(args.loose))
    reason = storable(args.reason.strip()) or NO_REASON  # in a panic nobody is asked for words
    asked = KillRequest(str(read_scope(storable(args.scope))), reason, "operator", args.hard, args.flatten)
    answers = kill_each(Path(args.folder), args.run, asked)
    if args.json:
        print(json.dumps(_as_one([facts_of(answer) for answer in answers])))
    elif len(answers) == 1:
        say("\n".join([str(answers[0]["text"]), *_times(answers[0])]))
    else:
        say("\n".join(_line(answer) for answer in answers))
    return code_of_all(answers)


def _not_killed(loose: list[str]) -> str:
    """What to say instead of a word that belongs to no flag: it could mean less than all, or more."""
    word = loose[0]
    scope = word if ":" in word or word == "global" else f"strategy:{word}"
    return (
        f"kill: NOTHING WAS KILLED: expected flags alone, found {' '.join(loose)!r}; run.py kill stops everything, "
        f"run.py kill --scope {scope} that alone"
    )


def _as_one(answers: list[dict[str, object]]) -> dict[str, object]:
    """One object, whatever the number of runs."""
    if len(answers) == 1:
        return answers[0]
    return {
        "ok": all(answer["ok"] for answer in answers),
        "text": "\n".join(_line(answer) for answer in answers),
        "runs": answers,
    }


def _line(answer: Mapping[str, object]) -> str:
    """What one of several runs said."""
    run, said = str(answer["run"]), "; ".join(str(answer["text"]).splitlines())
    named = said if said.startswith(f"{run}: ") else f"{run}: {said}"
    return "; ".join([named, *_times(answer)])


def _times(answer: Mapping[str, object]) -> Iterator[str]:
    if answer.get("gate") == "UNCHANGED":
        yield "nothing was killed: the gate is as it was"
    elif answer.get("answered_ms") and answer.get("sweep") == "PENDING":
        yield (
            f"gate {answer['gate']}, closed from outside of the loop; the loop itself was waited for, "
            f"{answer['answered_ms']} ms, and is still busy; sweep: run.py status"
        )
    elif answer.get("answered_ms"):
        yield f"gate {answer['gate']} after {answer['answered_ms']} ms; sweep: run.py status"
