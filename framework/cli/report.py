"""`run.py report RUN`: make a run's report again from its journal, as after a hard end."""

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
    """Play the run again, write its report, say where it is."""
    from pathlib import Path

    from framework.app.report import report_again
    from framework.kernel.interrupts import ctrl_c_ends
    from framework.kernel.journal.places import run_named

    with ctrl_c_ends(), contextlib.redirect_stdout(sys.stderr):  # what strategies print is not ours
        report = report_again(run_named(args.run, Path(args.folder)), args.tape)
    print(f"report      {report}")
    return 0
