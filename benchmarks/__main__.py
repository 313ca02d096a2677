"""`python -m benchmarks`: every workload in fresh processes of its own, then a table and benchmarks/results.json."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Final

from benchmarks.measures import Measure
from benchmarks.results import FILE, ROOT, combined, facts, keep
from benchmarks.table import lines
from benchmarks.workload import WORKLOADS

PROCESSES: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure. 1: a workload failed, and nothing is written."""
    options = _parser().parse_args(arguments)
    names = options.only or list(WORKLOADS)
    found: list[list[Measure]] = []
    for folder in (
        "framework",
        "strategies",
        "benchmarks",
    ):  # a start that nobody waits for twice: bytecode is made once
        compileall.compile_dir(ROOT / folder, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        # A slow minute of the machine then touches one process of each workload, not all of one.
        for number in range(1, options.n + 1):
            for name in names:
                print(f"{name} {number}/{options.n}", file=sys.stderr, flush=True)
                found.append(measured(name, folder, is_quick=options.quick))
    results = combined(found, facts())
    print("\n".join(lines(results)))
    if not options.quick:
        keep(results)
        print(f"\nwritten to {FILE.relative_to(ROOT)}")
    return 0


def measured(name: str, folder: str, *, is_quick: bool) -> list[Measure]:
    """The figures of one workload, measured once in a fresh process.

    Args:
        folder: its own to write to; made-up tapes stay there for the next process.
    """
    command = [sys.executable, "-m", "benchmarks.workload", name, folder, *(["quick"] if is_quick else [])]
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks: {name} failed\n{done.stderr}")
    return [Measure(**measure) for measure in json.loads(done.stdout.splitlines()[-1])]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the framework in steps.")
    parser.add_argument("--only", action="append", choices=WORKLOADS, metavar="NAME", help=", ".join(WORKLOADS))
    parser.add_argument("-n", type=int, default=PROCESSES, help=f"processes of each workload (default {PROCESSES})")
    parser.add_argument("--quick", action="store_true", help="a taste of each, to see that it runs; nothing is written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
