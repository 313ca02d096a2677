"""`run.py report RUN`: make a run's report again from its journal, as after a hard end; a daemon's for every session.

Exit codes: 0 made; 1 the journal is damaged, or a session cannot be played again; 2 wrong usage or settings.
"""

from __future__ import annotations

import argparse
import contextlib
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What report takes."""
    parser.add_argument("run", metavar="RUN", help="a run's folder or its journal file, or last")
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument(
        "--tape", metavar="PATH", default="", help="the tape, where it is no longer where the run found it"
    )


def run(args: argparse.Namespace) -> int:
    """Play the run again, write its report, say where it is. Exit codes as above."""
    from pathlib import Path

    from framework.app.daemon_report import reports_of_daemon
    from framework.app.replay.recorded import refuse_tape
    from framework.app.report import report_again
    from framework.kernel.interrupts import ctrl_c_ends
    from framework.kernel.journal.places import find_journal, run_named
    from framework.kernel.screen import say

    place = run_named(args.run, Path(args.folder))
    journal = find_journal(place)
    with ctrl_c_ends(), contextlib.redirect_stdout(sys.stderr):  # what strategies print is not ours
        if journal.is_dir():
            refuse_tape(args.tape, f"a daemon's ({place})")
        made = list(reports_of_daemon(journal)) if journal.is_dir() else []
        lines = [each.line for each in made] or [f"report      {report_again(place, args.tape)}"]
    for line in lines:
        say(line)
    return int(any(each.report is None for each in made))
