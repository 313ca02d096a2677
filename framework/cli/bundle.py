"""`run.py bundle RUN`: what may be published of a run, for support: versions, journal's state, steps, log; no secrets, no money."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, and where to."""
    parser.add_argument("run", metavar="RUN", help="a run's folder, a daemon's or its session's, or last")
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, default=Path("bundle.zip"), help="a new file (default: bundle.zip)"
    )


def run(args: argparse.Namespace) -> int:
    """Write it, and say what stands in it."""
    import os

    from framework.app.bundle import write_bundle
    from framework.kernel.journal.places import run_named
    from framework.kernel.screen import say

    lines = write_bundle(run_named(args.run, Path(args.folder)), args.out, os.environ)
    say("\n".join([*lines, f"{args.out}: read it before you publish it"]))
    return 0
