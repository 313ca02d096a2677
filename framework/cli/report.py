"""`run.py report RUN`: make a run's report again from its journal, as after a hard end."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What report takes."""
    parser.add_argument("run", metavar="RUN", help="a run's folder or its journal file")
    parser.add_argument(
        "--tape", metavar="PATH", default="", help="the tape, where it is no longer where the run found it"
    )


def run(args: argparse.Namespace) -> int:
    """Play the run again, write its report, say where it is."""
    from pathlib import Path

    from framework.app.report import report_again

    print(f"report      {report_again(Path(args.run), args.tape)}")
    return 0
