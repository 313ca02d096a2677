"""`run.py replay RUN`: run it again from its journal, and say "identical" or name the first difference.

Exit codes: 0 identical; 1 different, or the journal is damaged; 2 wrong usage or settings; 3 nothing differs, but the
journal no longer holds all that a replay needs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import Final

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
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Replay, and print the verdict. Exit codes as above."""
    from pathlib import Path

    from framework.app.replay.daemon import replay_daemon
    from framework.app.replay.recorded import replay
    from framework.kernel.interrupts import ctrl_c_ends
    from framework.kernel.journal.places import find_journal, run_named

    with ctrl_c_ends(), contextlib.redirect_stdout(sys.stderr):  # what strategies print is not ours
        place = run_named(args.run, Path(args.folder))
        is_daemon = find_journal(place).is_dir()
        verdict = (
            replay_daemon(find_journal(place), with_changes=args.with_changes)
            if is_daemon
            else replay(place, args.tape, with_changes=args.with_changes)
        )
    if args.json:
        print(json.dumps(verdict.facts()))
    else:
        print("\n".join(verdict.lines()))
    return 1 if verdict.is_different else 0 if verdict.is_identical else NOT_WHOLE
