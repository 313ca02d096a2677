"""What befalls the machine itself: a disk that fails or is full, clocks that are set, and a loop that stands still."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from framework.kernel.clock import NS_PER_S
from framework.model.scopes import EVERYTHING
from framework.router.kill.operator import asked_of
from tests.simulation.process import Process
from tests.simulation.wire import MS

if TYPE_CHECKING:
    from tests.simulation.world import World

SKEW_MS: Final = 800
"""Our clock is right to so much, whoever sets it."""
VENUE_SKEW_MS: Final = 400
FAILS_AT_ONCE: Final = (1, 1, 3)
"""So many syncs fail, one of these: a new segment helps, or nothing does for a while."""
ROOM_BYTES: Final = 2_000
"""A disk that gets full takes at most so much more."""
STALL_NS: Final = NS_PER_S
"""A loop that stands still for longer has its gate closed by the watchdog."""


class Machine:
    """Its troubles, every now and then."""

    def __init__(self, world: World) -> None:
        self._world = world

    def act(self) -> None:
        """Something may happen now."""
        swarm = self._world.swarm
        if swarm.strikes("disk"):
            self._spoil_disk()
        if swarm.strikes("clock"):
            self._set_clocks()

    def _spoil_disk(self) -> None:
        """Syncs fail, or it is full until somebody makes room."""
        chance, disk = self._world.swarm.chance("disk"), self._world.disk
        if chance.random() < 0.5:
            disk.faults.failing_syncs = chance.choice(FAILS_AT_ONCE)
            return
        disk.faults.room_bytes = chance.randrange(ROOM_BYTES)
        self._world.timeline.after(chance.randrange(100, 6_000) * MS, disk.mend)

    def _set_clocks(self) -> None:
        """Somebody sets our machine's clock, which a process sees as it begins: its own time is steady. Or the venue's."""
        chance, world = self._world.swarm.chance("clock"), self._world
        if chance.random() < 0.5:
            world.skew_ns = chance.randrange(-SKEW_MS, SKEW_MS) * MS
        else:
            world.exchange.clock.ahead_ns = chance.randrange(-VENUE_SKEW_MS, VENUE_SKEW_MS) * MS

    def mend(self) -> None:
        """Nothing is wrong with it any more."""
        self._world.disk.mend()
        self._world.exchange.clock.ahead_ns = 0

    def stand_still(self) -> None:
        """A handler does not return for a while: nothing else happens in its process, but for the watchdog's thread."""
        world, process = self._world, self._world.process
        if not world.swarm.strikes("loop"):
            return
        span_ns = world.swarm.chance("loop").randrange(300, 12_000) * MS
        process.frozen_until_ns = max(process.frozen_until_ns, world.timeline.clock.now_ns + span_ns)
        if span_ns >= STALL_NS:
            world.timeline.after(STALL_NS, partial(self._watch, process))

    def _watch(self, process: Process) -> None:
        """The watchdog closes the gate; once the loop goes on, it holds back and looks at what it missed."""
        if not process.is_alive:
            return
        process.core.kill.word.close(EVERYTHING, "the loop has stood still")
        self._world.history.close(EVERYTHING)
        asked = asked_of("stall", scope=EVERYTHING, reason="the loop stood still")
        process.turn(lambda: process.core.operate(asked) and None)
