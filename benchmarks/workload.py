"""One workload in one fresh process: `python -m benchmarks.workload NAME --folder DIR`; prints one JSON line.

Started by `python -m benchmarks`. Nothing is imported here but what the workload itself needs: start-up is measured.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.measures import Scope, Workload

WORKLOADS: Final = {
    "ticks": "benchmarks.drive",
    "ticks_250k": "benchmarks.drive",
    "ticks_quoted": "benchmarks.drive",
    "bars": "benchmarks.drive",
    "event_stages": "benchmarks.stages",
    "order_stages": "benchmarks.road",
    "order_road": "benchmarks.order_road",
    "feed": "benchmarks.feed",
    "tick_bytes": "benchmarks.tick_bytes",
    "tick_road": "benchmarks.tick_road",
    "grouping": "benchmarks.grouping",
    "journal": "benchmarks.durability",
    "router_delay": "benchmarks.delay",
    "planner_steps": "benchmarks.delay",
    "sustained": "benchmarks.load",
    "full_hour": "benchmarks.load",
    "streams": "benchmarks.streams",
    "first_event": "benchmarks.startup",
    "first_event_paper": "benchmarks.startup",
    "paper_tape": "benchmarks.paper",
    "paper_verb": "benchmarks.paper",
    "paper_idle": "benchmarks.paper",
    "kill_switch": "benchmarks.kill",
}
"""Name -> the module that holds the function of that name."""

ONCE: Final = frozenset({"sustained", "full_hour", "streams"})
"""Figures of the simulated venue and its clock alone: a second process would find the same."""


def workload(name: str) -> Workload:
    """The function of a name."""
    found: Workload = getattr(import_module(WORKLOADS[name]), name)
    return found


def main() -> None:
    """Measure once."""
    name, folder, *quick = sys.argv[1:]
    measures = workload(name)(Scope(Path(folder), is_quick=bool(quick)))
    print(json.dumps([measure._asdict() for measure in measures]))


if __name__ == "__main__":
    main()
