"""One seeded bug, hunted by seeds, in a process of its own: `python -m tests.simulation.mutants.hunt NAME FOCUS SEED...`.

FOCUS is a list of classes of faults with commas (`Bug.focus`), or empty. Says as JSON which seed caught it, and by what. Nothing of the framework is imported before the bug is in.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.simulation.mutants.bugs import BUGS
from tests.simulation.mutants.patched import ROOT, exchange

HONEST: Final = "none"
"""The name of no bug: seeds are played with the code as it is."""
CAUGHT_BY: Final = re.compile(r"(I[0-9]+|AssertionError):")
"""What counts as caught: an invariant, or an assertion of the code itself. Anything else is a bug that is badly made."""


class Caught(NamedTuple):
    """At which seed a bug was caught, and by what; 0: it was not."""

    name: str
    seed: int = 0
    broken: str = ""


def hunt(name: str, focus: Sequence[str], seeds: Sequence[int]) -> Caught:
    """Play seeds with a bug, in this process, until one breaks. The bug stays in it."""
    exchange(BUGS[name].edits if name != HONEST else ())
    from tests.simulation.seed import begin, play  # the bug comes first

    begin()
    for seed in seeds:
        told = play(seed, focus=focus)
        if told.broken:
            is_caught = CAUGHT_BY.match(told.broken) is not None
            return Caught(name, seed if is_caught else -seed, told.broken if is_caught else told.broken + told.trace)
    return Caught(name)


def hunt_apart(name: str, seeds: Sequence[int], focus: Sequence[str] = ()) -> Caught:
    """Hunt in a process of its own."""
    words = [sys.executable, "-m", "tests.simulation.mutants.hunt", name, ",".join(focus), *map(str, seeds)]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        return Caught(name, broken=found.stderr)
    return Caught(**json.loads(found.stdout))


if __name__ == "__main__":
    classes = [word for word in sys.argv[2].split(",") if word]
    sys.stdout.write(json.dumps(hunt(sys.argv[1], classes, [int(word) for word in sys.argv[3:]])._asdict()))
