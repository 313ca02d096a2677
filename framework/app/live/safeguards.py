"""What a daemon that can send real orders watches by itself, in its own turns: books, feeds, clocks, and the sweep.

Everything here is decided from what is journaled, so that a replay decides the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from framework.core import Core
from framework.kernel.clock import NS_PER_S
from framework.kernel.records import KillStepped
from framework.kernel.tape_loop import TIMER_PRIORITY
from framework.model.questions import Ask, Reply
from framework.model.scopes import account_scope
from framework.orphans import take_back
from framework.recovery import Recovery
from framework.router.kill.states import Cause, KillState

COMPARE_NS: Final = 300 * NS_PER_S
"""Between two reconciles while everything is well."""
COMPARE_HELD_NS: Final = 15 * NS_PER_S
"""Between two while something is not armed: whoever arms needs one that is fresh."""
FRESH_NS: Final = 30 * NS_PER_S
"""Nothing is armed on an older reconcile than this."""
CLOCK_NS: Final = 60 * NS_PER_S
"""Between two looks at the venue's clock."""
SKEW_NS_MAX: Final = NS_PER_S
"""So far the venue's clock may be from ours; requests are dated by ours."""
SHOWN_NS: Final = 5 * NS_PER_S
"""Between two questions after what stands open, while a sweep goes on and does not ask itself: it may be an orphan."""
COMPARED_BY: Final = frozenset(
    {Cause.LOOP_STALL, Cause.STREAM_GAP, Cause.CLOCK_SKEW, Cause.RATE_LIMITED, Cause.MAINTENANCE}
)
"""After these nobody knows what was missed: the venue is asked before anything is re-armed."""


class Safeguards:
    """Tied to a core that is connected, and to its recovery; they begin with `watch`."""

    def __init__(self, core: Core, recovery: Recovery) -> None:
        self._core = core
        self._recovery = recovery
        self._shown: dict[str, tuple[int, tuple[str, ...]]] = {}
        """Venue -> when it was last asked what stands open, and what did."""
        self._is_asking = False
        self._again_ns = 0
        """When what stands open is asked for again."""
        self._times: dict[str, int] = {}
        """Venue -> the last question after its clock."""
        core.operator.time_by(self._ask_time)
        core.kill.on_step.append(self._stepped)

    def watch(self) -> None:
        """Begin: now, and from time to time."""
        self._repeat(COMPARE_HELD_NS, self._compare)
        self._repeat(CLOCK_NS, self._ask_time)
        self._ask_time()

    def standing(self, since_ns: int) -> list[str] | None:
        """Client order ids of our name that the venues show open, asked since an instant; None: they are being asked."""
        pictures = [self._shown.get(venue, (0, ())) for venue in self._core.queried]
        if any(asked_ns < since_ns for asked_ns, _ in pictures):
            self._ask_open()
            return None
        return [name for _, names in pictures for name in names if self._core.ids.whose(name) is not None]

    def _repeat(self, span_ns: int, action: Callable[[], None]) -> None:
        def again() -> None:
            action()
            self._repeat(span_ns, action)

        self._core.loop.at(self._core.clock.now_ns + span_ns, TIMER_PRIORITY, again)

    # Books.

    def differences(self) -> list[str]:
        """Why nothing may be armed on what we know of the venue, whatever the scope; empty where it may."""
        recovery, now_ns = self._recovery, self._core.clock.now_ns
        if not recovery.has_answers():
            return ["the venue is being asked; ask again in a few seconds"]
        age_ns = now_ns - recovery.compared_ns
        if age_ns > FRESH_NS:
            recovery.compare_anew(recovery.compared_ns)
            return [f"they were last compared {age_ns // NS_PER_S} s ago, and are now; ask again in a few seconds"]
        return recovery.unadopted()

    def _compare(self) -> None:
        now_ns = self._core.clock.now_ns
        is_well = set(self._core.kill.states.values()) == {KillState.ARMED}
        if now_ns - self._recovery.compared_ns >= (COMPARE_NS if is_well else COMPARE_HELD_NS):
            self._recovery.compare_anew(self._recovery.compared_ns)

    def _stepped(self, step: KillStepped) -> None:
        if step.state == KillState.REDUCING.value and step.cause in COMPARED_BY:
            self._recovery.compare_anew(self._recovery.compared_ns)

    # The venue's clock.

    def _ask_time(self) -> None:
        """Once: a question that still waits, as during a ban, is not joined by more."""
        enquiries = self._core.enquiries
        for venue in self._core.queried:
            if not enquiries.waits(venue, self._times.get(venue, 0)):
                self._times[venue] = enquiries.ask(venue, Ask.TIME, self._told_time)

    def _told_time(self, reply: Reply) -> None:
        asked_ns, venue = reply.question.asked_ns, reply.question.venue
        if reply.failure or not reply.ts_venue_ns:
            return
        # Our clock stood between the two when the venue looked at its own.
        ahead_ns = reply.ts_venue_ns - reply.ts_recv_ns
        behind_ns = asked_ns - reply.ts_venue_ns
        skew_ns, scope = max(ahead_ns, behind_ns), account_scope(venue, self._core.kill.accounts[venue])
        if self._core.risk is not None:
            self._core.risk.skew_measured(venue, max(behind_ns, 0) - max(ahead_ns, 0))
        if skew_ns > SKEW_NS_MAX:
            words = f"{venue}: its clock is {skew_ns / NS_PER_S:.1f} s {'ahead of' if ahead_ns > 0 else 'behind'} ours"
            self._core.kill.reduce(scope, Cause.CLOCK_SKEW, words, "clock")
        else:
            self._core.kill.recover(scope, Cause.CLOCK_SKEW, "clock")

    # What a sweep believes.

    def _ask_open(self) -> None:
        if self._is_asking:
            return
        self._is_asking = True
        for venue in self._core.queried:
            self._core.enquiries.ask(venue, Ask.OPEN_ORDERS, self._told_open)

    def _told_open(self, reply: Reply) -> None:
        self._is_asking = False
        sweeps = [sweep for sweep in self._core.effects.sweeps.values() if not sweep.is_over]
        if not reply.failure:
            names = tuple([seen.client_order_id for seen in reply.orders])
            self._shown[reply.question.venue] = reply.question.asked_ns, names
            take_back(self._core, reply.orders)
            self._core.doubts.hear(reply)
            for sweep in sweeps:
                sweep.hurry()
        if sweeps:
            self._again_ns = self._core.clock.now_ns + SHOWN_NS
            self._core.loop.at(self._again_ns, TIMER_PRIORITY, partial(self._ask_again, self._again_ns))

    def _ask_again(self, due_ns: int) -> None:
        """Unless somebody has asked meanwhile."""
        if due_ns == self._again_ns:
            self._ask_open()
