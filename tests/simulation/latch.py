"""The kill switch's latch on the simulated disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from framework.kernel.disk import durable_replace
from framework.kernel.latch import LatchPage, decode, encode
from framework.model.scopes import read_scope
from framework.router.kill.trips import Trip

if TYPE_CHECKING:
    from tests.simulation.world import World

LATCH: Final = Path("/run/latch")


class SimulatedLatch:
    """A latch on the simulated disk, written in the loop's thread."""

    def __init__(self, world: World) -> None:
        self._disk = world.disk
        self._history = world.history
        self._step = world.step
        self.fault = ""

    def read(self) -> LatchPage | None:
        """See `LatchPort`."""
        try:
            return decode(self._disk.read(LATCH))
        except OSError:
            return None

    def keep_trip(self, page: LatchPage) -> str:
        """See `LatchPort`."""
        self._step("before the latch")
        try:
            durable_replace(LATCH, encode(page), self._disk)
        except OSError as error:
            self.fault = f"latch: {error}"
            return self.fault
        self.fault = ""
        self._step("after the latch")
        return ""

    def keep_arm(self, page: LatchPage) -> str:
        """See `LatchPort`. From here on a restart may find what it arms armed."""
        for scope in page.arms:
            if page.is_armed(read_scope(scope)):
                self._history.latched.discard(read_scope(scope))
        return self.keep_trip(page)

    def check(self, trip: Trip) -> None:
        """I22: a trip that took effect stands on the disk, unless that failed."""
        if self.fault:
            return
        page = decode(self._disk.durable(LATCH)) or LatchPage()
        down = {read_scope(scope): kept for scope, kept in page.trips.items() if not page.is_armed(read_scope(scope))}
        kept = down.get(trip.scope)
        is_kept = kept is not None and (kept.is_hard, kept.flatten) == (trip.is_hard, trip.flatten)
        self._history.hold("I22", is_kept, lambda: f"the latch does not tell of the trip of {trip.scope}")
        self._history.latched.update(down)  # trips that the disk did not take before are down with this one
