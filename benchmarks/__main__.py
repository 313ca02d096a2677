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
from benchmarks.results import FILE, ROOT, Result, combined, facts, keep
from benchmarks.table import lines
from benchmarks.workload import ONCE, WORKLOADS
from framework.kernel.clock import Stopwatch

PROCESSES: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and keep what was found after each process. 1: a workload failed; the others were measured."""
    options = _parser().parse_args(arguments)
    for folder in ("framework", "strategies", "benchmarks"):
        compileall.compile_dir(ROOT / folder, quiet=2)  # a start that nobody waits for twice: bytecode is made once
    rounds, watch = planned(options.only or list(WORKLOADS), options.n), Stopwatch()
    results, failures = _run(rounds, is_quick=options.quick)
    print("\n".join(lines(results)))
    where = "" if options.quick else f", kept in {FILE.relative_to(ROOT)}"
    print(f"\n{len(rounds)} processes in {watch.elapsed_s / 60:.1f} minutes{where}")
    return 1 if failures else 0


def _run(rounds: Sequence[str], *, is_quick: bool) -> tuple[dict[str, Result], int]:
    """Run these workloads, one at a time; gives the results, and how many failed."""
    found: dict[str, list[list[Measure]]] = {name: [] for name in rounds}
    results: dict[str, Result] = {}
    failures, around = 0, facts()
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(rounds, 1):
            watch = Stopwatch()
            try:
                found[name].append(measured(name, folder, is_quick=is_quick))
            except WorkloadFailed as error:
                failures += 1
                _tell(f"[{number}/{len(rounds)}] {name} failed\n{error}")
                continue
            _tell(f"[{number}/{len(rounds)}] {name}: {watch.elapsed_s:.1f} s")
            results |= combined(found[name], around)
            if not is_quick:
                keep(results)
    return results, failures


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def planned(names: Sequence[str], processes: int) -> list[str]:
    """The workloads in the order in which they are run, one at a time: round after round.

    A slow minute of the machine then touches one process of each workload, not all of one. What depends on the
    simulated clock alone is run in the first round only.
    """
    return [name for number in range(processes) for name in names if not number or name not in ONCE]


class WorkloadFailed(Exception):
    """A workload's process ended with an error. Says what it wrote."""


def measured(name: str, folder: str, *, is_quick: bool) -> list[Measure]:
    """The figures of one workload, measured once in a fresh process.

    Args:
        folder: its own to write to; made-up tapes stay there for the next process.

    Raises:
        WorkloadFailed: it did not come to its end.
    """
    command = [sys.executable, "-m", "benchmarks.workload", name, folder, *(["quick"] if is_quick else [])]
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkloadFailed(done.stderr)
    return [Measure(**measure) for measure in json.loads(done.stdout.splitlines()[-1])]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the framework in steps.")
    parser.add_argument("--only", action="append", choices=WORKLOADS, metavar="NAME", help=", ".join(WORKLOADS))
    parser.add_argument("-n", type=int, default=PROCESSES, help=f"processes of each workload (default {PROCESSES})")
    parser.add_argument("--quick", action="store_true", help="a taste of each, to see that it runs; nothing is written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
