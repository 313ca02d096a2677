"""Let the simulation catch seeded bugs: `make mutants`. Prints caught/total; the exit code is 1 unless all are caught."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from framework.kernel.clock import Stopwatch
from tests.simulation.mutants.bugs import BUGS
from tests.simulation.mutants.hunt import HONEST, Caught, hunt_apart
from tests.simulation.mutants.score import read_caught, seeds_for, write_caught

PROCESSES = 2


def describe(caught: Caught) -> str:
    """One line of a hunt; several where the bug itself is badly made."""
    if caught.seed > 0:
        return f"{caught.name:<34} seed {caught.seed:>3}: {caught.broken[:90]}"
    return f"{caught.name:<34} NOT CAUGHT {caught.broken}".rstrip()


def main() -> int:
    """Hunt all, two at a time; then play the seeds that caught them with the code as it is: none may break."""
    watch, known = Stopwatch(), read_caught()
    names = sys.argv[1:] or list(BUGS)
    found: list[Caught] = []
    with ThreadPoolExecutor(PROCESSES) as pool:
        for caught in pool.map(lambda name: hunt_apart(name, seeds_for(name, known)), names):
            found.append(caught)
            _tell(describe(caught))
    seeds = {caught.name: caught.seed for caught in found if caught.seed > 0}
    honest = hunt_apart(HONEST, sorted(set(seeds.values())))
    if honest.seed or honest.broken:
        _tell(f"seed {abs(honest.seed)} breaks without any bug: {honest.broken}")
        return 1
    write_caught({name: seed for name, seed in {**known, **seeds}.items() if name in BUGS})
    _tell(f"caught {len(seeds)}/{len(names)} in {watch.elapsed_s:.0f} s; without a bug none of these seeds breaks")
    return 0 if len(seeds) == len(names) else 1


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
