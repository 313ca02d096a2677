"""What the latch says of the kill switch, and what the switch puts on it."""

from __future__ import annotations

from framework.kernel.latch import LatchPage
from framework.model.scopes import EVERYTHING, Scope, read_scope
from framework.router.kill.states import Cause
from framework.router.kill.trips import ArmTerms, LatchPort, Trip, recalled


class Latched:
    """The page of a latch.

    Args:
        port: None where nothing outlives the run: then the page lives in memory alone.
        terms: of now.
    """

    def __init__(self, port: LatchPort | None, terms: ArmTerms) -> None:
        self._port = port
        self._terms = terms
        self.found: LatchPage | None = None if port is None else port.read()
        """What it said at the start; None: nothing that can be trusted, or there is none."""
        self.page = self.found or LatchPage()
        self._is_lost = port is not None and self.found is None
        self.held_back = terms.raised_since(self.page.limits)
        """Why the arming that it tells of does not count; empty where it does."""

    def is_armed(self) -> bool:
        """Whether a person armed everything since it tripped last, under limits that let no less pass than those of now."""
        return self.page.is_armed(EVERYTHING) and not self.held_back

    def keep_in(self, port: LatchPort) -> None:
        """Keep trips and armings in a latch of this run alone, from before its start."""
        self._port = port

    def begin(self) -> None:
        """Put down that nobody has armed anything yet: an account whose first session ends so is DISARMED again, not tripped."""
        self._keep(LatchPage())

    @property
    def fault(self) -> str:
        """Why the last trip or arming is not proved on the disk now; empty when it is, however late it came."""
        return "" if self._port is None else self._port.fault

    def trips(self, now_ns: int) -> list[Trip]:
        """Those that hold, as it said at the start; of everything, from now on, where it cannot be trusted."""
        if self._is_lost:
            return [Trip("latch", EVERYTHING, Cause.LATCH, "no latch that can be trusted", "", now_ns)]
        trips = [(read_scope(name), trip) for name, trip in self.page.trips.items()]
        return [recalled(scope, trip) for scope, trip in trips if not self.page.is_armed(scope)]

    def trip(self, trip: Trip) -> None:
        """Put a trip down; `fault` says whether it is durable."""
        self._keep(trip.on(self.page))

    def flattened(self, scope: Scope) -> None:
        """Nobody brings the positions of a tripped scope down any more."""
        self._keep(self.page.flattened(scope))

    def arm(self, scope: Scope, reason: str, who: str, now_ns: int) -> str:
        """Put an arming down and wait for it. Gives what went wrong; empty when it is durable."""
        page = self.page.armed(scope, reason, who, now_ns, self._terms.limits)
        fault = "" if self._port is None else self._port.keep_arm(page)
        if fault:
            self._keep(self.page)  # the page that was refused may reach the disk yet, and must not stay there
        else:
            self.page = page
            self.held_back = "" if scope == EVERYTHING else self.held_back
        return fault

    def _keep(self, page: LatchPage) -> None:
        self.page = page
        if self._port is not None:
            self._port.keep_trip(page)
