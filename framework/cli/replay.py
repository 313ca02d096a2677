"""`run.py replay RUN`: run it again from its journal, and say "identical" or name the first difference.

With `--what-if`: the intents that another parameter would have changed.

Exit codes: 0 identical; 1 different, or the journal is damaged; 2 wrong usage or settings; 3 nothing differs, but the
journal no longer holds all that a replay needs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

NOT_WHOLE: Final = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What replay takes."""
    parser.add_argument("run", metavar="RUN", help="a run's folder, a daemon's, or a journal; or last")
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument(
        "--tape", metavar="PATH", default="", help="the tape, where it is no longer where the run found it"
    )
    parser.add_argument(
        "--with-changes", action="store_true", help="compare although code changed, and name the first difference"
    )
    parser.add_argument(
        "--what-if",
        metavar="STRATEGY.PARAMETER=VALUE",
        action="append",
        default=[],
        help="show the intents that this parameter would have changed (may be given again)",
    )
    parser.add_argument("--show", metavar="N", type=int, default=20, help="instants that are shown (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Replay, and print what was found. Exit codes as above."""
    from pathlib import Path

    from framework.app.replay.recorded import refuse_tape
    from framework.kernel.interrupts import ctrl_c_ends
    from framework.kernel.journal.places import find_journal, run_named
    from framework.kernel.screen import say

    with ctrl_c_ends(), contextlib.redirect_stdout(sys.stderr):  # what strategies print is not ours
        place = run_named(args.run, Path(args.folder))
        is_daemon = find_journal(place).is_dir()
        if is_daemon:
            refuse_tape(args.tape, f"a daemon's ({place})")
        found = (_what_if if args.what_if else _replayed)(args, find_journal(place) if is_daemon else place, is_daemon)
    if args.json:
        print(json.dumps(found.facts))
    else:
        say("\n".join(found.lines))
    return 1 if found.is_different else 0 if found.is_identical else NOT_WHOLE


class Printed(NamedTuple):
    """What is printed, and what decides the exit code."""

    lines: list[str]
    facts: dict[str, Any]
    is_different: bool
    is_identical: bool


def _replayed(args: argparse.Namespace, place: Path, is_daemon: bool) -> Printed:
    from framework.app.replay.daemon import replay_daemon
    from framework.app.replay.recorded import replay
    from framework.app.replay.what_if import what_if_of_run

    if is_daemon:
        sessions = replay_daemon(place, with_changes=args.with_changes)
        return Printed(sessions.lines(), sessions.facts(), sessions.is_different, sessions.is_identical)
    verdict = replay(place, args.tape, with_changes=args.with_changes)
    lines, facts = verdict.lines(), verdict.facts()
    if verdict.is_different and verdict.changes:  # other code decides otherwise: where, and how often
        parted = what_if_of_run(place, (), args.tape, with_changes=True)
        lines += parted.lines(args.show)
        facts["intents"] = parted.facts(args.show)
    return Printed(lines, facts, verdict.is_different, verdict.is_identical)


def _what_if(args: argparse.Namespace, place: Path, is_daemon: bool) -> Printed:
    from framework.app.replay.what_if import what_if_of_daemon, what_if_of_run

    if is_daemon:
        sessions = what_if_of_daemon(place, args.what_if, with_changes=args.with_changes)
        facts: dict[str, Any] = {"journal": str(place), "sessions": [each.facts(args.show) for each in sessions]}
    else:
        sessions = [what_if_of_run(place, args.what_if, args.tape, with_changes=args.with_changes)]
        facts = sessions[0].facts(args.show)
    lines = [line for each in sessions for line in each.lines(args.show)]
    is_whole = not any(each.obstacle for each in sessions)
    return Printed(lines, facts, any(each.is_different for each in sessions), is_whole)
