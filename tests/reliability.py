"""What the long commands found, kept in tests/reliability.json and shown in the README: `python -m tests.reliability`.

Each of these commands keeps its figures with the commit, the date and the machine (`keep`); nothing is run here but the
count of the faults that have tests. The README's table stands between two marks and is made from the file alone.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.results import FILE as BENCHMARKS
from benchmarks.results import Result, facts, kept
from tests.faults import ROOT, marked, read_catalogue

FIGURES: Final = ROOT / "tests" / "reliability.json"
README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- made by `make reliability` -->"
END: Final = "<!-- end of what is made -->"
KILL: Final = ("kill_gate_closed", "kill_stalled_loop_closed", "kill_confirmed")
"""Figures of `make bench` that the table shows as median and worst of a hundred."""
SWEPT: Final = "kill_swept"

Words = Callable[[Result], str]


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        words: the figures as they are shown.
        command: what measures them.
    """

    name: str
    about: str
    words: Words
    command: str


def count(*names: str) -> Words:
    """Whole numbers, side by side."""
    return lambda figures: ", ".join(f"{figures[name]:,}" for name in names)


def share(part: str, whole: str) -> Words:
    """`40/40`."""
    return lambda figures: f"{figures[part]:,}/{figures[whole]:,}"


SIM: Final = "make sim SEEDS=20000"
ROWS: Final = (
    Row("faults", "faults of the catalogue with a test ([docs/faults.md](docs/faults.md))", share("automated", "all"), "make reliability"),
    Row("simulation", "simulated lives; of these broken", count("seeds", "failed"), SIM),
    Row("simulation", "in them: intents, requests, trips, network faults, crashes",
        count("intents", "requests", "trips", "network_faults", "crashes"), SIM),
    Row("simulation", "orders sent twice, lost, orphaned; differences of position",
        count("duplicates", "lost", "orphans", "position_differences"), SIM),
    Row("simulation", "creating bytes after a trip, orders open after a sweep, limits passed",
        count("writes_after_trip", "open_after_sweep", "budget_overruns"), SIM),
    Row("simulation", "lives a minute and core", count("seeds_per_minute_and_core"), SIM),
    Row("mutants", "seeded bugs that the simulation catches", share("caught", "bugs"), "make mutants"),
    Row("crash_matrix", "real processes killed at a point of their own; restarts; with nothing twice, lost or unknown",
        count("points", "restarts"), "make long"),
    Row("journal_prefixes", "prefixes of a journal recovered", share("recovered", "prefixes"), "make long"),
    Row("gate_race", "rounds of trips against the real transport; bytes after the trip", count("rounds", "bytes_after"), "make long"),
    Row("live_bitget", "an hour of two sample strategies live on Bitget's sandbox, with faults, a kill and a restart: orders, requests",
        count("orders", "requests"), "make long"),
    Row("live_bitget", "orders and cancels a request in it; answers of 429, differences of the ledger",
        lambda figures: f"{figures['per_request']:.2f}; {count('limited', 'differences')(figures)}", "make long"),
    *[
        Row(f"live_bitget_{name}", f"such an hour on {about}: orders, requests; answers of 429, differences of the ledger",
            lambda figures: f"{count('orders', 'requests')(figures)}; {count('limited', 'differences')(figures)}", "make long")
        for name, about in (
            ("swap", "perpetuals of a classic account"), ("unified", "spot of a unified account"),
            ("unified_swap", "perpetuals of a unified account"),
        )
    ],
    *[
        Row(name, f"{about}: median, worst of a hundred", lambda figures: f"{figures['p50']:.3g} ms, {figures['p99']:.3g} ms", "make bench")
        for name, about in zip(KILL, (
            "from a trip to the closed gate (to be less than 1 ms)",
            "from a kill while the loop stands still to the closed gate (100 ms)",
            "from `run.py kill` to its confirmation (50 ms)",
        ), strict=True)
    ],
    Row(SWEPT, "200 orders on 20 symbols, 10 requests a second: from the trip to the last one taken back (2,000 ms)",
        lambda figures: f"{figures['value']:,.0f} ms of the venue's clock", "make bench"),
)  # fmt: skip


def keep(name: str, figures: Mapping[str, Any], path: Path = FIGURES) -> None:
    """Keep what a command found, with commit, date and machine, over what it had found before."""
    known = kept(path) | {name: dict(figures) | {key: facts()[key] for key in ("commit", "date", "machine")}}
    path.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


def sums_of(reports: Iterable[Any]) -> dict[str, dict[str, int]]:
    """What tests have counted by `record_property("gate_race", {"rounds": 100})`, added up, for each row of the table."""
    names, sums = {row.name for row in ROWS}, dict[str, Counter[str]]()
    for report in reports:
        for name, counts in report.user_properties:
            if name in names:
                sums.setdefault(name, Counter()).update(counts)
    return {name: dict(found) for name, found in sums.items()}


def latencies(benchmarks: Mapping[str, Result]) -> dict[str, Result]:
    """The kill switch's figures, from those of `make bench`."""
    found = {SWEPT: dict(benchmarks[SWEPT])} if SWEPT in benchmarks else {}
    for name in KILL:
        middle, worst = benchmarks.get(f"{name}_p50"), benchmarks.get(f"{name}_p99")
        if middle is not None and worst is not None:
            found[name] = dict(middle) | {"p50": middle["value"], "p99": worst["value"]}
    return found


def table(figures: Mapping[str, Result]) -> str:
    """The README's table. What nobody has measured yet is said so."""
    lines = ["| | | by | commit, date |", "|---|---|---|---|"]
    for row in ROWS:
        found = figures.get(row.name)
        words = "not kept yet" if found is None else row.words(found)
        where = "" if found is None else f"{found['commit']}, {found['date']}"
        lines.append(f"| {row.about} | {words} | `{row.command}` | {where} |")
    machines = dict.fromkeys(found["machine"] for found in figures.values())
    return "\n".join([*lines, "", f"Measured on: {'; '.join(machines) or 'nothing yet'}."])


def with_table(readme: str, made: str) -> str:
    """The README with the table between its marks.

    Raises:
        ValueError: it has not both marks, once each.
    """
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise ValueError(f"README.md: expected {BEGIN} and {END} once each; put them where the table belongs")
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}"


def write_readme() -> None:
    """Put the table of what is kept into the README."""
    made = table(kept(FIGURES))
    README.write_text(with_table(README.read_text(encoding="utf-8"), made), encoding="utf-8")


def keep_and_show(name: str, figures: Mapping[str, Any]) -> None:
    """Keep what a command found, and show it."""
    keep(name, figures)
    write_readme()


def main() -> int:
    """Count the faults that have tests, take over what was benchmarked, and write the table."""
    catalogue, tests = read_catalogue(), marked()
    keep("faults", {"automated": sum(id_ in tests for id_ in catalogue.ids), "all": len(catalogue.ids)})
    known = kept(FIGURES) | latencies(kept(BENCHMARKS))
    FIGURES.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
    write_readme()
    sys.stderr.write("README.md: the table of reliability\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
