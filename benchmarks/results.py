"""From the figures of several processes to one result each, and the file that keeps them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from benchmarks.measures import Measure

ROOT: Final = Path(__file__).resolve().parents[1]
FILE: Final = Path(__file__).with_name("results.json")
PACKAGES: Final = ("aiohttp", "ccxt", "msgspec", "pydantic", "rich", "structlog")
"""Those that figures depend on; ccxt is measured beside us (`tick_road_ccxt_*`)."""

Result = dict[str, Any]


def combined(found: Iterable[Sequence[Measure]], facts: Mapping[str, Any]) -> dict[str, Result]:
    """Name -> median, least and most over the processes, in the figure's unit and in steps.

    Args:
        found: the figures of each process.
        facts: what is known of all of them: machine, versions, date, commit.
    """
    by_name: dict[str, list[Measure]] = {}
    for measures in found:
        for measure in measures:
            by_name.setdefault(measure.name, []).append(measure)
    return {name: _result(measures) | dict(facts) for name, measures in by_name.items()}


def _result(measures: Sequence[Measure]) -> Result:
    values = [measure.value for measure in measures]
    steps = [measure.steps for measure in measures if measure.steps is not None]
    return {
        "value": _round(statistics.median(values)),
        "unit": measures[0].unit,
        "steps": _round(statistics.median(steps)) if steps else None,
        "min": _round(min(values)),
        "max": _round(max(values)),
        "steps_min": _round(min(steps)) if steps else None,
        "steps_max": _round(max(steps)) if steps else None,
        "n": len(measures),
    }


def _round(value: float) -> float:
    """Five digits are more than is known."""
    return float(f"{value:.5g}") if abs(value) < 10_000 else round(value)


def facts() -> dict[str, Any]:
    """Where and when: no name of a machine, no path."""
    return {
        "machine": f"{os.cpu_count()} cores, {_processor()}",
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
    }


def kept(path: Path = FILE) -> dict[str, Result]:
    """What was measured before."""
    results: dict[str, Result] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return results


def keep(results: Mapping[str, Result], path: Path = FILE) -> None:
    """Write results, over those of the same names; others stay."""
    merged = dict(sorted((kept(path) | dict(results)).items()))
    path.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """Of the code that was measured; `+` when it had changes."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "framework", "strategies", "config") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
