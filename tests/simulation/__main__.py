"""Play seeds: `make sim SEEDS=2000 [FROM=1]`. The last line is one JSON object; the exit code is 1 where a seed broke."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from framework.kernel.clock import Stopwatch
from tests.reliability import keep_and_show
from tests.simulation.seed import Told, begin, play, shrink, silence
from tests.simulation.swarm import FAULTS

FAILED: Final = Path(__file__).with_name("seeds.txt")
FIGURES: Final = (
    "intents", "requests", "crashes", "trips", "network_faults", "duplicates", "lost", "orphans",
    "position_differences", "writes_after_trip", "open_after_sweep", "budget_overruns", "virtual_seconds",
)  # fmt: skip
LEAST: Final = {"intents": 60, "requests": 40, "virtual_seconds": 30, "crashes": 0.5}
"""What a seed must hold on average, for a thousand of them to count for a thousand."""
KEPT_SEEDS: Final = 2_000
"""From so many seeds on, what they counted is kept for the README."""
SHRUNK_MAX: Final = 5
"""So many broken seeds are made smaller; of the others only the line is printed."""


def seeds_that_failed() -> list[int]:
    """Seeds that once broke: they are always played again."""
    lines = FAILED.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


def commit() -> str:
    """The commit that is played, as far as git tells."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def play_all(seeds: Iterable[int], off: list[str], focus: list[str], processes: int) -> Iterator[Told]:
    """Play seeds in so many processes; they come as they end."""
    with get_context("spawn").Pool(processes, initializer=begin) as pool:
        yield from pool.imap_unordered(partial(play, off=off, focus=focus), seeds, chunksize=4)


def describe(told: Told, off: list[str], focus: list[str], *, is_shrunk: bool) -> str:
    """How a seed broke, and the one line that shows it again."""
    off = shrink(told, off, focus) if is_shrunk else off
    left = [name for name in told.on if name not in off]
    again = f"make sim SEEDS=1 FROM={told.seed}"
    again += f" FOCUS={','.join(focus)}" if focus else ""
    again += f" OFF={','.join(off)}" if off else ""
    return f"seed {told.seed} at {commit()}: {told.broken}\n{told.trace}  faults: {', '.join(left) or 'none'}\n  again: {again}"


def describe_seed(counts: Mapping[str, int], seeds: int) -> str:
    """How much a seed held on average."""
    held = [f"{counts.get(name, 0) / seeds:.2f} {name.replace('_', ' ')} ({least})" for name, least in LEAST.items()]
    return f"a seed on average (at least): {', '.join(held)}"


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=count, default=2000, help="how many (2000)")
    parser.add_argument("--from", dest="first", type=count, default=1, help="the first (1)")
    parser.add_argument("--off", type=classes, default=[], help=f"classes of faults to switch off: {', '.join(FAULTS)}")
    parser.add_argument(
        "--focus", type=classes, default=[], help="classes of faults that are on alone, and strike often"
    )
    parser.add_argument("--processes", type=count, default=2)
    return parser.parse_args()


def count(word: str) -> int:
    """A whole number from 1 on.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (word.isascii() and word.isdigit()) or not (found := int(word)):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, found {word[:20]!r}")
    return found


def classes(words: str) -> list[str]:
    """Classes of faults, with commas between.

    Raises:
        ArgumentTypeError: there is no such class.
    """
    names = [name for name in words.split(",") if name]
    for name in names:
        if name not in FAULTS:
            raise argparse.ArgumentTypeError(f"expected classes of faults ({', '.join(FAULTS)}), found {name}")
    return names


def main() -> int:
    """Play, show, and say what came of it."""
    asked = arguments()
    off, focus = asked.off, asked.focus
    seeds = list(
        dict.fromkeys(
            [
                *(seeds_that_failed() if asked.seeds > 1 and not focus else ()),
                *range(asked.first, asked.first + asked.seeds),
            ]
        )
    )
    silence()
    console, counts, broken, watch = Console(stderr=True), Counter[str](), list[Told](), Stopwatch()
    columns = (
        TextColumn("seeds"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]} broken"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=2) as progress:  # it shares the cores
        task = progress.add_task("seeds", total=len(seeds), bad=0)
        for told in play_all(seeds, off, focus, asked.processes):
            counts.update(told.counts)
            if told.broken:
                broken.append(told)
            progress.update(task, advance=1, bad=len(broken))
    minutes = watch.elapsed_s / 60
    for number, told in enumerate(sorted(broken, key=lambda told: told.seed)):
        words = describe(told, off, focus, is_shrunk=number < SHRUNK_MAX)
        console.print(words, highlight=False, markup=False, soft_wrap=True)
    console.print(describe_seed(counts, len(seeds)), highlight=False, soft_wrap=True)
    figures = {"seeds": len(seeds), "failed": len(broken)} | {name: counts[name] for name in FIGURES}
    per_minute = round(len(seeds) / minutes)
    if asked.seeds >= KEPT_SEEDS and not off and not focus:
        keep_and_show("simulation", {**figures, "seeds_per_minute_and_core": round(per_minute / asked.processes)})
    sys.stdout.write(json.dumps({**figures, "seeds_per_minute": per_minute}) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
