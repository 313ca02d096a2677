"""When a process is cut off, and what begins after it: a crash at any step, a disk that keeps what was synced, a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from framework.model.errors import DataError
from tests.simulation.history import Broken
from tests.simulation.process import Process
from tests.simulation.wire import MS

if TYPE_CHECKING:
    from tests.simulation.world import World

STEPS: Final = (60, 2_000, 4_000, 8_000)
"""A process is cut off within so many steps, one of these: some while they recover, most in mid-life."""
POWER_CUTS: Final = 0.7
"""So many crashes tear what nobody synced; in the others the process dies alone."""
DOWN_MS: Final = (50, 6_000)
"""It is down for at most so long, one of these."""


class Crash(BaseException):
    """The process ends here: nothing of it runs any more."""


class Lives:
    """The processes of a seed, one after the other."""

    def __init__(self, world: World) -> None:
        self.is_cut_off = False
        """The living process has met its end, and nobody has buried it yet."""
        self._world = world
        self._chance = world.swarm.chance("crash")
        self._left = 0
        """So many steps until the living process meets its end; from 0 on there is none."""
        self._number = 1

    def doom(self) -> None:
        """Choose the step at which the next end comes; none, where this class of faults is off or over."""
        swarm = self._world.swarm
        is_doomed = bool(swarm.scales["crash"]) and not swarm.is_healed
        self._left = self._chance.randrange(1, self._chance.choice(STEPS)) if is_doomed else 0

    def step(self, where: str) -> None:
        """A place at which a process may be cut off.

        Raises:
            Crash: here. Where a strategy's host takes that for its strategy's, the process is dead all the same.
        """
        self._left -= 1
        if not self._left and not self._world.swarm.is_healed:
            self.is_cut_off = True
            self._world.process.is_alive = False
            raise Crash(where)

    def end(self) -> None:
        """A process is gone: by a power cut, that tears what nobody synced, or alone. The venue goes on."""
        world, chance = self._world, self._chance
        self.is_cut_off = False
        world.history.counts["crashes"] += 1
        world.process.is_alive = world.process.is_ready = False
        if chance.random() < POWER_CUTS:
            world.disk = world.disk.crash(chance)
        world.history.forget_process(knows_ban=world.process.knows_ban)
        world.timeline.after(chance.randrange(0, chance.choice(DOWN_MS)) * MS, self._begin)

    def _begin(self) -> None:
        world = self._world
        self._number += 1
        self.doom()
        world.disk.mend()  # whoever starts it again has seen to that
        try:
            world.process = Process(world, self._number, world.skew_ns)
        except DataError as error:
            raise Broken("I19", f"the journal cannot be read: {error}") from error
        world.process.start()
