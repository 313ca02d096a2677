"""One seed, told: what it counted, and where it broke; a broken one shrinks by switching classes of faults off."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from framework.kernel.logging import configure
from tests.simulation.history import Broken
from tests.simulation.swarm import FAULTS
from tests.simulation.world import World

TRACE_LINES: Final = 6
GARBAGE: Final = 20_000
"""So many new objects until the collector looks again: a life's core hangs together until the life is over."""


class Told(Struct):
    """What became of a seed."""

    seed: int
    counts: dict[str, int]
    on: list[str]
    broken: str = ""
    """Empty: every invariant held."""
    trace: str = ""


def silence() -> None:
    """The log of a thousand seeds is read by nobody."""
    configure(lambda: 0, level="critical")


def begin() -> None:
    """What a process does that plays many: what is loaded by now is never looked through for garbage again."""
    silence()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


def play(seed: int, off: Collection[str] = (), focus: Collection[str] = ()) -> Told:
    """Play one seed. Whatever is raised breaks it: what runs in here raises nothing.

    Args:
        off, focus: see `Swarm`.
    """
    world = None
    try:
        world = World(seed, off, focus)
        world.run()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        invariant = error.invariant if isinstance(error, Broken) else type(error).__name__
        words = str(error) if isinstance(error, Broken) else f"{invariant}: {error}"
        told = Told(seed, {}, [], broken=words)
        told.trace = "".join(traceback.format_tb(error.__traceback__)[-TRACE_LINES:])
        if world is not None:
            told.counts, told.on = dict(world.counts), world.swarm.on
        return told
    return Told(seed, dict(world.counts), world.swarm.on)


def digest_of(seed: int, off: Collection[str] = ()) -> str:
    """Of everything that is written in a seed, which breaks nothing."""
    world = World(seed, off)
    world.run()
    return world.digest


def shrink(told: Told, off: Sequence[str] = (), focus: Collection[str] = ()) -> list[str]:
    """The classes of faults to switch off so that the seed still breaks the same invariant."""
    rule, found = told.broken.partition(":")[0], list(off)
    for name in FAULTS:
        if name in told.on and name not in off:
            again = play(told.seed, [*found, name], focus)
            if again.broken.partition(":")[0] == rule:
                found.append(name)
    return found
