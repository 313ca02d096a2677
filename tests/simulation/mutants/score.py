"""Which seed caught which bug last: it is played first, so that a hunt is short. `make mutants` keeps the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

CAUGHT: Final = Path(__file__).with_name("caught.txt")
SEEDS_MAX: Final = 500
QUICK: Final = 2
"""Bugs that one of the first seeds catches are hunted in every test run."""


def read_caught(path: Path = CAUGHT) -> dict[str, int]:
    """Bug -> the seed that caught it last."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: int(seed) for name, seed in (line.split() for line in lines if line.strip())}


def write_caught(caught: Mapping[str, int], path: Path = CAUGHT) -> None:
    """Keep them, by name."""
    path.write_text("".join(f"{name} {seed}\n" for name, seed in sorted(caught.items())), encoding="utf-8")


def seeds_for(name: str, caught: Mapping[str, int], most: int = SEEDS_MAX, but: Collection[int] = ()) -> list[int]:
    """The seeds to hunt a bug with: the one that caught it last, then all from the first, without some."""
    known = [caught[name]] if name in caught else []
    return [seed for seed in dict.fromkeys([*known, *range(1, most + 1)]) if seed not in but]
