"""The kill switch: for each scope a state, moved by the one table, and written into the kill word at once.

Synchronous, on the Clock. The gate asks it before it clears; the word holds where bytes leave; the latch says across
restarts that a person armed. What follows a trip (the sweep, strategies told) hangs on `on_step` and `on_trip`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.kill_word import KillWord
from framework.kernel.logging import get_logger
from framework.kernel.records import KillNoticed, KillStepped, LatchFailed
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.batch import Change
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.scopes import EVERYTHING, Scope, read_scope, scopes_at
from framework.ports import Journal, Schedule
from framework.router.kill.kept import KeptKill
from framework.router.kill.latched import Latched
from framework.router.kill.states import SHUT, TRANSIENT, Cause, KillState, KillStep, most_severe, next_state, passes
from framework.router.kill.trips import (
    NO_TERMS,
    REPEATS_MAX,
    ArmTerms,
    Differences,
    LatchPort,
    ScopeState,
    Trip,
    no_differences,
)

RECHECK_NS: Final = NS_PER_S
"""Between two looks whether a reconcile is clean, once a transient cause has passed."""

log = get_logger()


class KillSwitch:
    """States by scope. It begins DISARMED, or TRIPPED where its latch says so or cannot be trusted.

    Args:
        run: begins the ids of trips.
        latch: None where nothing outlives the run: then the states live in memory alone.
        differences: how our books differ from the venue's, as far as a scope is concerned; empty where they do not.
        terms: limits that let more pass than those that were armed have it begin DISARMED.
        on_trip: called inside a trip once the word is closed and the latch is down: aborts connections. Must not raise.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        schedule: Schedule,
        journal: Journal,
        run: str,
        word: KillWord | None = None,
        latch: LatchPort | None = None,
        differences: Differences = no_differences,
        terms: ArmTerms = NO_TERMS,
    ) -> None:
        self.word = word or KillWord()
        self._differences = differences
        self.on_trip: list[Callable[[Trip], None]] = []
        self.on_step: list[Callable[[KillStepped], None]] = []
        """Told of every step, once it is journaled: sweep, views."""
        self.accounts: Mapping[str, str] = {}
        """Venue -> the account that is traded there."""
        self.lowers_exposure: Callable[[Order, int], bool] = lambda order, size_points: order.reduce_only  # noqa: ARG005
        """Whether an order of that total size, in points, can only lower its strategy's exposure."""
        self.is_exempt: Callable[[Order], bool] = lambda order: False  # noqa: ARG005
        """Whether an order is the flattening's own: it passes where its scope has tripped."""
        self.obstacles: Callable[[Scope], Sequence[str]] = lambda scope: ()  # noqa: ARG005
        """What forbids arming a scope: a sweep that goes on, orders nobody knows."""
        self.trips: list[Trip] = []
        """Of this run, oldest first."""
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._run = run
        self._scopes: dict[Scope, ScopeState] = {EVERYTHING: ScopeState(KillState.DISARMED)}
        self._places: dict[tuple[str, str], tuple[Scope, ...]] = {}
        self._let_out: set[Scope] = set()
        """Tripped scopes whose positions a person wants flattened, whatever narrower scopes have tripped."""
        self.looks = 0
        """How often the gate has looked, in the drive's thread alone: a count that a replay makes again."""
        self._is_open = False
        self._known_epoch = self.word.epoch
        self._noticed: deque[KillNoticed] = deque()
        self._closes_at = -1
        self.latched = Latched(latch, terms)
        self._recall()

    # What holds.

    def state(self, scope: Scope = EVERYTHING) -> KillState:
        """The state of this very scope; ARMED where a narrower one was never touched."""
        watched = self._scopes.get(scope)
        return KillState.ARMED if watched is None else watched.state

    def holding(self, order: Order) -> KillState:
        """The most severe state of the scopes an order stands in."""
        there = self._place(order.strategy, order.instrument.id, order.instrument.venue)
        return most_severe([self.state(scope) for scope in there])

    @property
    def states(self) -> dict[Scope, KillState]:
        """Everything, and each scope that is not armed."""
        return {
            scope: watched.state
            for scope, watched in self._scopes.items()
            if scope == EVERYTHING or watched.state is not KillState.ARMED
        }

    def trip_of(self, scope: Scope) -> Trip | None:
        """The trip that holds in a scope; None where none does."""
        return self._scopes[scope].trip if scope in self._scopes else None

    @property
    def words(self) -> str:
        """All of it in one line: `ARMED`, `TRIPPED strategy:mm: loss`."""
        worst = most_severe(list(self.states.values()))
        if worst is KillState.ARMED:
            return worst.value.upper()
        scope = next(scope for scope, state in self.states.items() if state is worst)
        why = self._why(self._scopes[scope])
        return f"{worst.value.upper()} {'' if scope == EVERYTHING else scope}".strip() + (f": {why}" if why else "")

    def look(self) -> bool:
        """Whether nothing is closed anywhere, by us or by another thread.

        The router's question: nobody else may ask, for a replay counts the looks.
        """
        self.looks += 1
        if self.looks == self._closes_at:
            self._close_as_before()
        if self.word.epoch != self._known_epoch:
            self._notice()
        return self._is_open

    def expect(self, noticed: Sequence[KillNoticed]) -> None:
        """Close the word again where another thread closed it in the run that is replayed."""
        self._noticed = deque(noticed)
        self._closes_at = noticed[0].look if noticed else -1

    def _close_as_before(self) -> None:
        while self._noticed and self._noticed[0].look == self.looks:
            found = self._noticed.popleft()
            if found.scope:
                self.word.close(read_scope(found.scope), found.reason)
            else:
                self._known_epoch = -1  # what was closed is not armed, or open again: only that it was looked at counts
        self._closes_at = self._noticed[0].look if self._noticed else -1

    def _notice(self) -> None:
        """Another thread closed the word: from here on our decisions know it, so it is journaled here."""
        self._known_epoch, self._is_open = self.word.epoch, False
        closed = self.word.closed.items()
        found = [(str(scope), each.reason) for scope, each in closed if self.state(scope) is KillState.ARMED]
        for name, reason in found or [("", "")]:
            self._journal.write(KillNoticed(self.looks, name, reason))
        self._relax()  # what is let out to be flattened goes on: who closed it asked for no less than its trip did

    def barred(self, order: Order, change: Change | None = None) -> str:
        """Why this order may not be created, or changed so, now; empty where it may."""
        if self.look() or self.is_exempt(order):
            return ""
        is_reducing = self.lowers_exposure(order, order.size_points if change is None else change.size_points)
        there = order.instrument
        for scope in self._place(order.strategy, there.id, there.venue):
            watched = self._scopes.get(scope)
            if watched is not None and not passes(watched.state, is_reducing=is_reducing):
                return f"{scope} {watched.state.value}: {self._why(watched)}"
        account = self.accounts.get(there.venue, "main")
        return self.word.forbids(there.venue, account, there.id, (order.strategy,), is_reducing=is_reducing)

    def silences(self, strategy: str, instrument_id: str, venue: str) -> bool:
        """Whether nothing at all may be created there: targets and ladders are not even worked out."""
        if self.look():
            return False
        states = [self.state(scope) for scope in self._place(strategy, instrument_id, venue)]
        return most_severe(states) in SHUT

    # Steps.

    def recall_troubles(self, scope: Scope, instants: Iterable[int]) -> None:
        """When passing causes held a scope back in earlier sessions."""
        self._scopes.setdefault(scope, ScopeState(KillState.ARMED)).reduced_ns.extend(instants)

    def kept(self) -> KeptKill:
        """What the latch does not hold, for a checkpoint."""
        scopes = self._scopes.items()
        return KeptKill(
            {str(scope): each.causes[Cause.PAUSE] for scope, each in scopes if Cause.PAUSE in each.causes},
            {str(scope): tuple(each.reduced_ns) for scope, each in scopes if each.reduced_ns},
            tuple([str(scope) for scope, each in scopes if each.is_in_trouble]),
        )

    def begin_armed(self) -> None:
        """A run that can send no real order arms itself at its start; nothing else may, and no trip is lifted by it."""
        watched = self._scopes[EVERYTHING]
        if watched.state is KillState.DISARMED:
            self.latched.arm(EVERYTHING, "no key, no real orders", "start", self._clock.now_ns)
            watched.state = KillState.ARMED
            self._write_word(EVERYTHING, watched)

    def let_out(self, scope: Scope) -> None:
        """Let orders of the flattening pass the word of tripped scopes, this and narrower ones; the gate holds all others."""
        self._let_out.add(scope)
        self._relax()

    def _relax(self) -> None:
        for each, watched in self._scopes.items():
            if watched.state is KillState.TRIPPED and self._is_let_out(each):
                self.word.relax(each, self._why(watched))

    def _keep_in(self, scope: Scope) -> None:
        """It is not flattened any more: what tripped in it is shut again, unless something else lets it out."""
        if scope in self._let_out:
            self._let_out.remove(scope)
            for each, watched in self._scopes.items():
                if watched.state is KillState.TRIPPED and scope.holds(each) and not self._is_let_out(each):
                    self._close(each, self._why(watched))

    def keeps_in(self, strategy: str, instrument: Instrument) -> tuple[Scope, ...]:
        """The scopes there that are shut, and neither they nor wider ones are flattened: not even a flattening passes."""
        there = self._place(strategy, instrument.id, instrument.venue)
        return tuple(scope for scope in there if self.state(scope) in SHUT and not self._is_let_out(scope))

    def _is_let_out(self, scope: Scope) -> bool:
        return any(each.holds(scope) for each in self._let_out)

    def trip(
        self, scope: Scope, cause: Cause, reason: str, who: str = "", *, is_hard: bool = False, flatten: bool = False
    ) -> Trip:
        """Close a scope until a person arms it. When this returns, nothing that creates orders there begins to leave.

        The word first, then the latch (bounded), then connections, then the journal, then what sweeps. A scope that has
        tripped already keeps its trip; what is more of this one joins it (`Trip.joined_by`), and flattening there goes on.
        """
        self._close(scope, reason)
        watched = self._scopes.setdefault(scope, ScopeState(KillState.ARMED))
        known = watched.trip if watched.state is KillState.TRIPPED else None
        if known is None:
            self._keep_in(scope)
        if self._is_let_out(scope):
            self.word.relax(scope, reason)
        trip_id = f"{self._run[:6]}-{self.latched.page.serial + 1}"
        trip = Trip(trip_id, scope, cause, reason, who, self._clock.now_ns, is_hard, flatten)
        if known is not None:
            trip = known.joined_by(trip)
            if trip is known:
                return known
        watched.trip_by(trip)
        self.latched.trip(trip)
        self.trips.append(trip)
        for call in self.on_trip:
            call(trip)
        told = trip.cause.value, trip.reason, trip.who
        log.error("kill.tripped", scope=str(scope), trip=trip.id, cause=told[0], reason=told[1], who=told[2])
        if self.latched.fault:
            log.error("latch.not_durable", fault=self.latched.fault)
        self._tell(KillStepped(str(scope), KillState.TRIPPED.value, *told, trip.id))
        return trip

    def flattened(self, scope: Scope) -> None:
        """Its positions are gone, or nobody tries any more: a restart does not go on with it."""
        watched = self._scopes[scope]
        if watched.trip is not None and watched.trip.flatten:
            watched.trip = structs.replace(watched.trip, flatten=False)
            self.latched.flattened(scope)

    def reduce(self, scope: Scope, cause: Cause, reason: str, who: str = "") -> None:
        """Something is wrong that may pass: from now on only what lowers exposure. The third in an hour trips."""
        assert cause in TRANSIENT, cause
        watched = self._scopes.setdefault(scope, ScopeState(KillState.ARMED))
        state = next_state(watched.state, KillStep.REDUCE)
        if state is None or cause in watched.causes:
            return
        if cause is not Cause.PAUSE and not watched.is_in_trouble and watched.is_too_often(self._clock.now_ns):
            self.trip(scope, Cause.REPEATED, f"{reason}; {REPEATS_MAX} such causes within an hour", who)
            return
        watched.causes[cause] = reason
        watched.is_in_trouble |= cause is not Cause.PAUSE
        watched.state = state
        self._write_word(scope, watched)
        log.warning("kill.reduced", scope=str(scope), cause=cause.value, reason=reason)
        self._tell(KillStepped(str(scope), state.value, cause.value, reason, who, ""))

    def recover(self, scope: Scope, cause: Cause, who: str = "") -> None:
        """A transient cause has passed: re-arm after a clean reconcile, unless something else holds the scope."""
        watched = self._scopes.get(scope)
        if watched is not None and watched.causes.pop(cause, None) is not None:
            self._try_recovery(scope, cause, who)

    def _try_recovery(self, scope: Scope, cause: Cause, who: str) -> None:
        watched = self._scopes[scope]
        state = next_state(watched.state, KillStep.RECOVER)
        if state is None or watched.causes or watched.is_half_armed:
            return
        if differences := self._differences(scope):
            log.warning("kill.recovery_waits", scope=str(scope), difference="; ".join(differences))
            again = lambda: self._try_recovery(scope, cause, who)  # noqa: E731
            self._schedule.at(self._clock.now_ns + RECHECK_NS, SENDER_PRIORITY, again)
            return
        watched.state, watched.is_in_trouble = state, False
        self._write_word(scope, watched)
        self._tell(KillStepped(str(scope), state.value, cause.value, "recovered", who, ""))

    def arm(self, scope: Scope, reason: str, who: str, trip_id: str = "") -> list[str]:
        """Move one step towards ARMED, by a person: a tripped scope reduces first, a reducing one arms.

        Returns:
            What forbids it; empty when it was done.
        """
        watched = self._scopes.get(scope)
        state = None if watched is None else next_state(watched.state, KillStep.ARM)
        if watched is None or state is None:
            return [f"{scope}: expected a scope that is not armed, found it ARMED already"]
        if refusals := self._refusals(scope, watched, reason, trip_id):
            return refusals
        if state is KillState.ARMED:
            if fault := self.latched.arm(scope, reason, who, self._clock.now_ns):
                self._journal.write(LatchFailed(fault))
                return [f"{fault}; nothing is armed without a record on the disk"]
            watched.trip, watched.is_in_trouble = None, False
        watched.is_half_armed = watched.state is KillState.TRIPPED
        watched.state = state
        self._keep_in(scope)
        self._write_word(scope, watched)
        log.warning("kill.armed", scope=str(scope), state=state.value, reason=reason, who=who)
        self._tell(KillStepped(str(scope), state.value, Cause.OPERATOR.value, reason, who, ""))
        return []

    def _refusals(self, scope: Scope, watched: ScopeState, reason: str, trip_id: str) -> list[str]:
        found = [] if reason.strip() else ["expected a reason, found none: say why with --reason"]
        trip = watched.trip
        if trip is not None and trip_id != trip.id:
            found.append(
                f"expected the id of the trip, {trip.id} ({trip.reason}), found {trip_id or 'none'}: give --trip"
            )
        found += [f"{cause.value} still holds: {why}" for cause, why in watched.causes.items()]
        found += self.obstacles(scope)
        differences = "; ".join([text for text in self._differences(scope) if text not in found])
        return [*found, f"books differ from the venue's: {differences}"] if differences else found

    # Word, latch, journal.

    def _write_word(self, scope: Scope, watched: ScopeState) -> None:
        if watched.state is KillState.ARMED:
            self.word.open(scope)
        else:
            self._close(scope, self._why(watched), spares_reducing=True)
            self.word.relax(scope, self._why(watched))
        self._is_open = not self.word.closed and all(each.state is KillState.ARMED for each in self._scopes.values())

    def _close(self, scope: Scope, reason: str, *, spares_reducing: bool = False) -> None:
        """Close the word; a close by another thread since the last look is still to be noticed."""
        self._is_open = False
        if self.word.close(scope, reason, spares_reducing=spares_reducing) == self._known_epoch + 1:
            self._known_epoch += 1

    def _recall(self) -> None:
        """What the latch says, at the start; nothing is journaled, for nothing happened."""
        for trip in self.latched.trips(self._clock.now_ns):
            watched = self._scopes.setdefault(trip.scope, ScopeState(KillState.ARMED))
            watched.state, watched.trip = KillState.TRIPPED, trip
            self._close(trip.scope, trip.reason)
        if self.latched.is_armed():
            self._scopes[EVERYTHING].state = KillState.ARMED
            self._write_word(EVERYTHING, self._scopes[EVERYTHING])

    def _tell(self, step: KillStepped) -> None:
        """Journal a step, then tell of it: even where the journal fails, orders are swept."""
        try:
            self._journal.write(step)
        finally:
            for call in self.on_step:
                call(step)

    def _why(self, watched: ScopeState) -> str:
        if watched.causes:
            return next(iter(watched.causes.values()))
        if watched.state is KillState.DISARMED:
            return self.latched.held_back
        return "" if watched.trip is None else watched.trip.reason

    def _place(self, strategy: str, instrument_id: str, venue: str) -> tuple[Scope, ...]:
        place = self._places.get((strategy, instrument_id))
        if place is None:
            account = self.accounts.get(venue, "main")
            place = self._places[strategy, instrument_id] = scopes_at(venue, account, instrument_id, strategy)
        return place
