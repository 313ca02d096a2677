"""The latch's page: what stands on it, and what must not come to stand there late."""

from __future__ import annotations

from framework.kernel.latch import LatchPage, decode, encode
from framework.model.scopes import EVERYTHING
from framework.router.kill.latched import Latched
from framework.router.kill.states import Cause
from framework.router.kill.trips import ArmTerms, Trip
from tests.router.kill.test_switch import MM, Memory
from tests.wired import NOON

TRIP = Trip("t1", MM, Cause.OPERATOR, "odd", "ann", NOON, is_hard=True, flatten=True)


class Late(Memory):
    """A disk that takes an arming after nobody waits for it any more."""

    def keep_arm(self, page: LatchPage) -> str:
        self.content = encode(page)
        return "latch: not on the disk after 5000 ms"


def test_without_a_latch_there_is_a_page_in_memory() -> None:
    latched = Latched(None, ArmTerms())
    latched.trip(TRIP)
    assert latched.arm(MM, "looked", "ann", NOON) == ""
    assert (latched.fault, latched.found, latched.page.is_armed(MM)) == ("", None, True)


def test_a_trip_comes_back_whole_until_nobody_flattens_any_more() -> None:
    memory = Memory()
    Latched(memory, ArmTerms()).trip(TRIP)
    assert Latched(memory, ArmTerms()).trips(NOON) == [TRIP]
    Latched(memory, ArmTerms()).flattened(MM)
    (trip,) = Latched(memory, ArmTerms()).trips(NOON)
    assert (trip.is_hard, trip.flatten) == (True, False)


def test_a_latch_that_is_gone_is_a_trip_of_everything() -> None:
    memory = Memory()
    memory.content = None
    assert [(trip.scope, trip.ts_ns) for trip in Latched(memory, ArmTerms()).trips(NOON)] == [(EVERYTHING, NOON)]


def test_an_arming_that_was_refused_for_a_late_disk_does_not_stay_on_it() -> None:
    memory = Late()
    latched = Latched(memory, ArmTerms())
    latched.trip(TRIP)
    assert latched.arm(MM, "looked", "ann", NOON)
    found = decode(memory.content or b"")
    assert found is not None and not found.is_armed(MM), "a restart would be armed by an arming that was refused"
