"""`run.py replay RUN`: run it again from its journal, and say "identical" or name the first difference."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What replay takes."""
    parser.add_argument("run", metavar="RUN", help="a run's folder or its journal file, or last")
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument(
        "--tape", metavar="PATH", default="", help="the tape, where it is no longer where the run found it"
    )
    parser.add_argument(
        "--with-changes", action="store_true", help="compare although code changed, and name the first difference"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Replay, and print the verdict. 0 identical, 1 different."""
    from pathlib import Path

    from framework.app.replay import replay
    from framework.kernel.interrupts import ctrl_c_ends
    from framework.kernel.journal.places import run_named

    with ctrl_c_ends(), contextlib.redirect_stdout(sys.stderr):  # what strategies print is not ours
        verdict = replay(run_named(args.run, Path(args.folder)), args.tape, with_changes=args.with_changes)
    if args.json:
        print(json.dumps(verdict.facts()))
    else:
        print("\n".join(verdict.lines()))
    return 0 if verdict.is_identical else 1
