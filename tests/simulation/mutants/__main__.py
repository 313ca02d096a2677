"""Let the simulation catch seeded bugs: `make mutants`. Prints caught/total; the exit code is 1 unless all are caught."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from framework.kernel.clock import Stopwatch
from tests.reliability import keep_and_show
from tests.simulation.mutants.bugs import BUGS
from tests.simulation.mutants.hunt import HONEST, Caught, hunt_apart
from tests.simulation.mutants.score import read_caught, seeds_for, write_caught

PROCESSES = 2


def describe(caught: Caught) -> str:
    """One line of a hunt; several where the bug itself is badly made."""
    if caught.seed > 0:
        return f"{caught.name:<34} seed {caught.seed:>3}: {caught.broken[:90]}"
    return f"{caught.name:<34} NOT CAUGHT {caught.broken}".rstrip()


Focus = tuple[str, ...]


def hunt_all(
    names: Iterable[str], known: Mapping[str, int], broken: Mapping[Focus, Collection[int]]
) -> dict[str, Caught]:
    """Hunt bugs, two at a time, with seeds that break only by them."""

    def hunt(name: str) -> Caught:
        focus = BUGS[name].focus
        return hunt_apart(name, seeds_for(name, known, but=broken.get(focus, ())), focus)

    found: dict[str, Caught] = {}
    with ThreadPoolExecutor(PROCESSES) as pool:
        for caught in pool.map(hunt, names):
            found[caught.name] = caught
            _tell(describe(caught))
    return found


def broken_without_a_bug(found: Iterable[Caught]) -> dict[Focus, list[int]]:
    """Which of the seeds that caught bugs break with the code as it is, by focus: they are evidence of nothing."""
    seeds: dict[Focus, set[int]] = {}
    for caught in found:
        if caught.seed > 0:
            seeds.setdefault(BUGS[caught.name].focus, set()).add(caught.seed)
    return {focus: _broken(there, focus) for focus, there in seeds.items()}


def _broken(seeds: Collection[int], focus: Focus) -> list[int]:
    left, broken = sorted(seeds), list[int]()
    while left:
        honest = hunt_apart(HONEST, left, focus)
        seed = abs(honest.seed)
        if not seed:
            assert not honest.broken, honest.broken
            break
        _tell(f"seed {seed} breaks without any bug: {honest.broken.partition(chr(10))[0]}")
        broken.append(seed)
        left = [each for each in left if each > seed]
    return broken


def main() -> int:
    """Hunt all; then play the seeds that caught them with the code as it is, and hunt again where those break too."""
    watch, known = Stopwatch(), read_caught()
    names = sys.argv[1:] or list(BUGS)
    if unknown := [name for name in names if name not in BUGS]:
        _tell(f"expected names of seeded bugs, found {', '.join(unknown)}; there are {', '.join(BUGS)}")
        return 1
    found = hunt_all(names, known, {})
    broken = broken_without_a_bug(found.values())
    again = [name for name, caught in found.items() if caught.seed in broken.get(BUGS[name].focus, ())]
    found |= hunt_all(again, known, broken)
    seeds = {name: caught.seed for name, caught in found.items() if caught.seed > 0}
    write_caught({name: seed for name, seed in {**known, **seeds}.items() if name in BUGS})
    if len(names) == len(BUGS):
        keep_and_show("mutants", {"caught": len(seeds), "bugs": len(names)})
    _tell(f"caught {len(seeds)}/{len(names)} in {watch.elapsed_s:.0f} s")
    return 0 if len(seeds) == len(names) else 1


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
