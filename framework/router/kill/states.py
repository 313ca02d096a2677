"""The kill switch's states, the ONE table of its steps, and what sets them off."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class KillState(StrEnum):
    """What may be created in a scope. Cancels pass in every state."""

    DISARMED = "disarmed"
    """The start: nothing, until a person arms."""
    ARMED = "armed"
    REDUCING = "reducing"
    """Only what lowers exposure."""
    TRIPPED = "tripped"
    """Nothing, across restarts, until a person arms."""


class KillStep(StrEnum):
    """What moves a scope from state to state."""

    ARM = "arm"
    """A person at the local command line, or a tape's own start."""
    REDUCE = "reduce"
    """Something is wrong that may pass by itself."""
    RECOVER = "recover"
    """It passed, and a reconcile was clean."""
    TRIP = "trip"


S, T = KillState, KillStep

STEPS: Final[Mapping[KillState, Mapping[KillStep, KillState]]] = {
    S.DISARMED: {T.ARM: S.ARMED, T.TRIP: S.TRIPPED},
    S.ARMED: {T.REDUCE: S.REDUCING, T.TRIP: S.TRIPPED},
    S.REDUCING: {T.REDUCE: S.REDUCING, T.RECOVER: S.ARMED, T.ARM: S.ARMED, T.TRIP: S.TRIPPED},
    # Two armings: the first lets a person get out of positions, the second lets strategies trade again.
    S.TRIPPED: {T.ARM: S.REDUCING, T.TRIP: S.TRIPPED},
}
"""From each state, what each step leads to; a step that is not there is refused."""

SEVERITY: Final = (S.ARMED, S.REDUCING, S.DISARMED, S.TRIPPED)
"""Of the scopes that an order stands in, the last of these holds."""


SHUT: Final = (S.TRIPPED, S.DISARMED)
"""In these nothing at all is created."""


class Cause(StrEnum):
    """Why a scope trips, or reduces."""

    OPERATOR = "operator"
    FILE = "kill_file"
    SIGNAL = "signal"
    STRATEGY = "strategy"
    LIMIT = "limit"
    INVARIANT = "invariant"
    JOURNAL = "journal"
    SCOPE = "key_scope"
    MARKET = "market"
    """It takes no orders any more, or has other filters than at the start."""
    BANNED = "banned"
    TWIN = "foreign_twin"
    LATCH = "latch"
    """No latch that can be trusted."""
    DOUBT = "order_in_doubt"
    """An order that stays without an answer for too long, or one that was called absent and came alive."""
    REPEATED = "repeated"
    """A transient cause came back too often."""

    LOOP_STALL = "loop_stall"
    STALE_FEED = "stale_feed"
    STREAM_GAP = "stream_gap"
    CLOCK_SKEW = "clock_skew"
    RATE_LIMITED = "rate_limited"
    MAINTENANCE = "maintenance"
    """The venue takes nothing new for a while."""
    DIFFERENCE = "books_differ"
    """A reconcile found what our books do not explain; it ends when a person adopts it."""
    PAUSE = "pause"
    """A person's, for one strategy: it ends with `resume`."""


BY_PERSONS: Final = frozenset({Cause.OPERATOR, Cause.FILE, Cause.SIGNAL})
"""A person wants everything of ours gone there, also what bears our name and no journal tells of."""
TRANSIENT: Final = frozenset(
    {
        Cause.LOOP_STALL,
        Cause.STALE_FEED,
        Cause.STREAM_GAP,
        Cause.CLOCK_SKEW,
        Cause.RATE_LIMITED,
        Cause.MAINTENANCE,
        Cause.DIFFERENCE,
        Cause.PAUSE,
    }
)
"""These withdraw ladders and reduce; all others trip at once."""


class Phase(StrEnum):
    """How far the sweep after a trip is."""

    NONE = ""
    SWEEPING = "sweeping"
    BLOCKED = "sweep_blocked"
    """The venue takes no cancel, as during a ban, or answers none; it is tried again."""
    SWEPT = "swept"
    """Shown empty twice, and twice again after the last moment at which an order of before could arrive."""


def next_state(state: KillState, step: KillStep) -> KillState | None:
    """Where a step leads; None where the table has none."""
    return STEPS[state].get(step)


def most_severe(states: list[KillState]) -> KillState:
    """What holds where several scopes meet."""
    return max(states, key=SEVERITY.index)


def passes(state: KillState, *, is_reducing: bool) -> bool:
    """Whether an order may be created in a scope of that state."""
    return state is KillState.ARMED or (is_reducing and state is KillState.REDUCING)
