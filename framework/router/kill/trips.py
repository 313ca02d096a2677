"""What a kill switch keeps of each scope: its state, its trip, what holds it back; and which orders a scope reaches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from msgspec import Struct, structs

from framework.kernel.clock import NS_PER_S
from framework.kernel.latch import LatchedTrip, LatchPage
from framework.model.instrument import Instrument
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope
from framework.router.kill.states import BY_PERSONS, Cause, KillState

REPEATS_MAX: Final = 3
"""So many transient causes in `REPEATS_NS` trip."""
REPEATS_NS: Final = 3600 * NS_PER_S
REASONS_MAX: Final = 1_000
"""Characters of all reasons of a trip; what is more stands in the journal alone."""

Differences = Callable[[Scope], Sequence[str]]
"""How our books differ from the venue's, as far as a scope is concerned; empty where they do not."""


def no_differences(_scope: Scope) -> Sequence[str]:
    """Where nobody compares books."""
    return ()


class ArmTerms(NamedTuple):
    """What a person arms under."""

    limits: str = ""
    """As text; empty: none that are kept."""
    raised_since: Callable[[str], str] = lambda text: ""  # noqa: ARG005
    """What they let pass that those of an arming before did not; empty where nothing."""


NO_TERMS: Final = ArmTerms()
"""Where nobody keeps them."""


class LatchPort(Protocol):
    """Where trips and armings are kept (`framework.kernel.latch.Latch`)."""

    def read(self) -> LatchPage | None:
        """What stands there; None when that cannot be trusted."""
        ...

    def keep_trip(self, page: LatchPage) -> str:
        """Keep a page, within the bound; what went wrong, empty when it is durable."""
        ...

    def keep_arm(self, page: LatchPage) -> str:
        """Keep a page and wait for it; what went wrong, empty when it is durable."""
        ...

    @property
    def fault(self) -> str:
        """What keeps the newest page from being durable now; empty when it is, however late it came."""
        ...


class Trip(Struct, frozen=True):
    """One trip of one scope."""

    id: str
    scope: Scope
    cause: Cause
    reason: str
    who: str
    ts_ns: int
    is_hard: bool = False
    """Protective orders are cancelled too."""
    flatten: bool = False
    """Its positions are to go: false again once they have, or nobody tries any more."""

    def joined_by(self, other: Trip) -> Trip:
        """This trip with what another of its scope asks for beyond it; itself, where that is nothing.

        A person's makes it a person's, with both reasons: so a restart knows that it reaches what no journal tells of.
        """
        joined = structs.replace(self, is_hard=self.is_hard or other.is_hard, flatten=self.flatten or other.flatten)
        is_persons = other.cause in BY_PERSONS
        if is_persons:
            is_said = other.reason in self.reason or len(self.reason) + len(other.reason) > REASONS_MAX
            joined = structs.replace(
                joined,
                cause=self.cause if self.cause in BY_PERSONS else other.cause,
                reason=self.reason if is_said else f"{self.reason}; {other.reason}",
            )
        if joined == self:
            return self
        return structs.replace(joined, who=other.who if is_persons else self.who, ts_ns=other.ts_ns)

    def on(self, page: LatchPage) -> LatchPage:
        """A latch's page with this trip on it."""
        return page.tripped(
            self.scope, self.id, self.cause.value, self.reason, self.who, self.ts_ns,
            is_hard=self.is_hard, flatten=self.flatten,
        )  # fmt: skip


class ScopeState:
    """What is kept of one scope."""

    def __init__(self, state: KillState) -> None:
        self.state = state
        self.trip: Trip | None = None
        self.causes: dict[Cause, str] = {}
        self.reduced_ns: deque[int] = deque(maxlen=REPEATS_MAX)
        self.is_half_armed = False
        """A person armed once after a trip: nothing but a person ends REDUCING."""
        self.is_in_trouble = False
        """A transient cause holds it back, or did and no reconcile was clean since: what joins it is the same trouble."""

    def trip_by(self, trip: Trip) -> None:
        """Tripped: what held it back until now is over."""
        self.trip, self.state = trip, KillState.TRIPPED
        self.is_half_armed = self.is_in_trouble = False
        self.causes.clear()

    def is_too_often(self, now_ns: int) -> bool:
        """Count a transient cause; whether it is the last of too many within an hour."""
        self.reduced_ns.append(now_ns)
        return len(self.reduced_ns) == REPEATS_MAX and self.reduced_ns[0] > now_ns - REPEATS_NS


def reaches(scope: Scope, strategy: str, there: Instrument, account: str) -> bool:
    """Whether what a strategy has at an instrument stands in a scope."""
    match scope.kind:
        case ScopeKind.GLOBAL:
            return True
        case ScopeKind.VENUE:
            return scope.name == there.venue
        case ScopeKind.ACCOUNT:
            return scope == account_scope(there.venue, account)
        case ScopeKind.INSTRUMENT:
            return scope.name == there.id
        case ScopeKind.STRATEGY:
            return scope.name == strategy


def limited_scope(name: str, accounts: Mapping[str, str]) -> Scope:
    """The scope of a limit's table (`all`, `strategy mm`, `account main`, or an instrument's id).

    Args:
        accounts: venue -> name of the account there.
    """
    kind, _, rest = name.partition(" ")
    if name == "all":
        return EVERYTHING
    if kind == "strategy" and rest:
        return Scope(ScopeKind.STRATEGY, rest)
    if kind == "account" and rest:
        venue = next((venue for venue, account in accounts.items() if account == rest), "")
        return account_scope(venue, rest) if venue else EVERYTHING
    return Scope(ScopeKind.INSTRUMENT, name)


def cause_of(text: str) -> Cause:
    """A cause from a latch; one that a later version wrote is still a trip."""
    return Cause(text) if text in Cause._value2member_map_ else Cause.LATCH


def recalled(scope: Scope, latched: LatchedTrip) -> Trip:
    """A trip as the latch has it."""
    cause = cause_of(latched.cause)
    return Trip(
        latched.trip_id, scope, cause, latched.reason, latched.who, latched.ts_ns, latched.is_hard, latched.flatten
    )
