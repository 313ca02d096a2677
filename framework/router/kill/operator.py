"""What a person asks of the kill switch, applied: each an input that was journaled, so that a replay does the same."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, Protocol

from msgspec import Struct, structs

from framework.kernel.records import OperatorAsked
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, read_scope
from framework.router.kill.effects import KillEffects
from framework.router.kill.states import TRANSIENT, Cause, KillState
from framework.router.kill.switch import KillSwitch

RESUMED: Final = {
    KillState.REDUCING: "REDUCING: its pause is over; armed as soon as nothing else holds it and the books are the venue's",
    KillState.TRIPPED: "nothing to resume",
}
"""State of a strategy after `resume` -> what is said, where the state alone would say too little."""
VERBS: Final = ("kill", "arm", "pause", "resume", "resolve", "adopt")
HEARD: Final = frozenset({"mistimed", "stray", "compare", "begin"})
"""Verbs that ask for no step of the switch."""
CAUSES: Final = {"file": Cause.FILE, "signal": Cause.SIGNAL}
"""Who asks -> the cause of a kill; anybody else is an operator."""
HAPPENED: Final = {
    "stall": Cause.LOOP_STALL,
    "gap": Cause.STREAM_GAP,
    "busy": Cause.MAINTENANCE,
    "key_lost": Cause.SCOPE,
    "market_lost": Cause.MARKET,
    "disk_failed": Cause.JOURNAL,
}
"""What happened to the daemon: of the transient ones, something that is over."""


class Answer(Struct, frozen=True):
    """What became of it."""

    is_done: bool
    text: str
    """For people; why not, where it was refused."""
    state: str = ""
    """Of the scope, afterwards."""
    trip_id: str = ""
    is_usage: bool = False
    """It was refused because it names nothing that is there."""


class Reconciler(Protocol):
    """Who compares our books with the venues' (`framework.recovery.Recovery`)."""

    def adopt(self, who: str) -> str:
        """Accept what the last comparison found; tells what was done."""
        ...

    def heard_stray(self, client_order_id: str) -> None:
        """The venue told of an order that we never made."""
        ...

    def may_have_missed(self) -> None:
        """Something happened to the daemon and is over, whatever state it is in."""
        ...

    def compare_last(self) -> None:
        """The session ends: compare once more, soon."""
        ...


class Nobodys(Protocol):
    """What an account holds beyond the books of its strategies (`framework.unassigned.Unassigned`)."""

    def close_for(self, strategy: str) -> tuple[list[str], list[str]]:
        """Close what a person closed by hand; tells what was closed, and what was not and why."""
        ...

    def against(self) -> list[str]:
        """What was adopted, and stands against what strategies hold: told once."""
        ...


class Resolve(Protocol):
    """Calls an order absent (`framework.router.doubt.doubts.Doubts.resolve`)."""

    def __call__(self, client_order_id: str, reason: str, *, though_acknowledged: bool) -> str:
        """Empty when it was done, else why not."""
        ...


class Operator:
    """Applies commands, one after the other, between two instants.

    Args:
        strategies: names that `pause` and `resume` take.
        places: venues, accounts and instruments in which orders of this run can stand.
        resolve: calls an order absent, for a reason; empty when it was done.
    """

    def __init__(
        self,
        kill: KillSwitch,
        effects: KillEffects,
        strategies: tuple[str, ...],
        places: Collection[Scope],
        resolve: Resolve,
    ) -> None:
        self._kill = kill
        self._effects = effects
        self._strategies = strategies
        self._places = places
        self._resolve = resolve
        self._comparison: Reconciler | None = None
        self._nobodys: Nobodys | None = None
        self._ask_time: Callable[[], None] = lambda: None

    def compare_by(self, comparison: Reconciler) -> None:
        """From now on books are compared with the venues', by this."""
        self._comparison = comparison

    def time_by(self, ask_time: Callable[[], None]) -> None:
        """From now on the venues' clocks are measured, by this: at once when one finds a request dated wrong."""
        self._ask_time = ask_time

    def apply(self, asked: OperatorAsked) -> Answer:
        """Do it, or say why not."""
        if asked.verb == "resolve":
            refusal = self._resolve(asked.subject, asked.reason, though_acknowledged=asked.though_acknowledged)
            return Answer(is_done=not refusal, text=refusal or f"{asked.subject} is absent: {asked.reason}")
        if asked.verb == "adopt":
            return self._adopt(asked)
        if asked.verb in HEARD:
            return Answer(is_done=True, text=self._heard(asked))
        return self._applied(asked)

    def _heard(self, asked: OperatorAsked) -> str:
        """Something that is only told: of a venue's clock, an order of nobody's, books to compare, a start."""
        if asked.verb == "mistimed":
            self._ask_time()
        elif asked.verb == "stray" and self._comparison is not None:
            self._comparison.heard_stray(asked.subject)
        elif asked.verb == "compare":  # a session's last one: what follows could have no answer any more
            self._effects.flattenings.rest()
            if self._comparison is not None:
                self._comparison.compare_last()
            return "books are compared"
        return "strategies start" if asked.verb == "begin" else asked.reason

    def _compare(self) -> None:
        if self._comparison is not None:
            self._comparison.may_have_missed()

    def close_by(self, nobodys: Nobodys) -> None:
        """From now on what a person closed by hand is closed in the books, by this."""
        self._nobodys = nobodys

    def _adopt(self, asked: OperatorAsked) -> Answer:
        """Accept what was found; then close with it what a person closed by hand of a strategy."""
        if asked.subject and asked.subject not in self._strategies:
            return self._no_such(ScopeKind.STRATEGY, asked.subject)
        told, nobodys = self._adopted(asked.who), self._nobodys
        if nobodys is None:
            words = f"{told}\nnothing closed: books were not compared" if asked.subject else told
            return Answer(is_done=not asked.subject, text=words)
        closed, kept = nobodys.close_for(asked.subject) if asked.subject else ([], [])
        return Answer(is_done=not kept, text="\n".join([told, *closed, *kept, *nobodys.against()]))

    def _adopted(self, who: str) -> str:
        return "nothing to adopt: books were not compared" if self._comparison is None else self._comparison.adopt(who)

    def _applied(self, asked: OperatorAsked) -> Answer:
        try:
            scope = read_scope(asked.scope)
        except ConfigError as error:
            return Answer(is_done=False, text=str(error), is_usage=True)
        match asked.verb:
            case "kill":
                return self._killed(scope, asked)
            case "arm":
                return self._armed(scope, asked)
            case "pause" | "resume":
                return self._paused(scope, asked)
            case _ if asked.verb in HAPPENED:
                return self._happened(scope, asked)
            case _:
                return Answer(is_done=False, text=f"expected one of {', '.join(VERBS)}, found {asked.verb!r}")

    def _killed(self, scope: Scope, asked: OperatorAsked) -> Answer:
        if not asked.reason.strip():
            return Answer(is_done=False, text="expected a reason, found none: say why with --reason", is_usage=True)
        scopes = instances_of(scope, self._strategies) if self._may_stand_in(scope) else ()
        return (
            _all([self._tripped(each, asked) for each in scopes]) if scopes else self._no_such(scope.kind, scope.name)
        )

    def _may_stand_in(self, scope: Scope) -> bool:
        """Whether orders of this run could be in it: a trip of another place stops nothing, and looks as if it did."""
        return scope.kind in (ScopeKind.GLOBAL, ScopeKind.STRATEGY) or scope in self._places

    def _tripped(self, scope: Scope, asked: OperatorAsked) -> Answer:
        cause = CAUSES.get(asked.who, Cause.OPERATOR)
        is_hard = asked.is_hard or asked.flatten  # what guards a position locks what is to be sold
        known = self._kill.trip_of(scope) if self._kill.state(scope) is KillState.TRIPPED else None
        trip = self._kill.trip(scope, cause, asked.reason, asked.who, is_hard=is_hard, flatten=asked.flatten)
        words = ""
        if asked.flatten:
            self._effects.flatten(scope)
            words = self._effects.flattening_words(scope)
        reason = trip.reason
        if known is not None and known.reason != asked.reason:
            reason = f"{known.reason}; it was tripped already, and now for this too: {asked.reason}"
        return self._answer(scope, f"TRIPPED {scope}, trip {trip.id}: {reason}" + (f"; {words}" if words else ""))

    def _armed(self, scope: Scope, asked: OperatorAsked) -> Answer:
        scope = self._tripped_by(asked.trip_id, scope)
        refusals = self._kill.arm(scope, asked.reason, asked.who, asked.trip_id)
        if refusals:
            text = "; ".join([*refusals, *self._elsewhere(scope)])
            return Answer(is_done=False, text=text, state=self._kill.state(scope).value)
        if self._kill.state(scope) is KillState.REDUCING:
            words = f"REDUCING {scope}: only what lowers exposure passes; the same command once more lets all pass"
            return self._answer(scope, words)
        return self._answer(scope, f"ARMED {scope}")

    def _tripped_by(self, trip_id: str, scope: Scope) -> Scope:
        """The scope that a trip holds, where the one that was asked for is armed: an id names its trip already."""
        if not trip_id or self._kill.state(scope) is not KillState.ARMED:
            return scope
        held = [(each, self._kill.trip_of(each)) for each in self._kill.states]
        return next((each for each, trip in held if trip is not None and trip.id == trip_id), scope)

    def _elsewhere(self, scope: Scope) -> list[str]:
        """What is not armed, for whoever asked to arm what is."""
        if self._kill.state(scope) is not KillState.ARMED:
            return []
        others = [(each, state) for each, state in self._kill.states.items() if state is not KillState.ARMED]
        return [f"{each} is {state.value.upper()}: give --scope {each}" for each, state in others]

    def _paused(self, scope: Scope, asked: OperatorAsked) -> Answer:
        scopes = instances_of(scope, self._strategies) if scope.kind is ScopeKind.STRATEGY else ()
        if not scopes:
            return self._no_such(ScopeKind.STRATEGY, scope.name or str(scope))
        return _all([self._paused_one(each, asked) for each in scopes])

    def _paused_one(self, scope: Scope, asked: OperatorAsked) -> Answer:
        if asked.verb == "pause":
            self._kill.reduce(scope, Cause.PAUSE, asked.reason or "paused", asked.who)
        else:
            self._kill.recover(scope, Cause.PAUSE, asked.who)
        state = self._kill.state(scope)
        said = RESUMED.get(state, "") if asked.verb == "resume" else ""
        wider = [f"{each} is {held.value.upper()}" for each, held in self._kill.states.items()
                 if each != scope and each.holds(scope) and held is not KillState.ARMED]  # fmt: skip
        return self._answer(scope, "; ".join([f"{scope.name} {said or state.value.upper()}", *wider]))

    def _happened(self, scope: Scope, asked: OperatorAsked) -> Answer:
        """Trip; of something that is over hold back only, and re-arm once the books are the venue's."""
        cause = HAPPENED[asked.verb]
        if cause not in TRANSIENT:
            trip = self._kill.trip(scope, cause, asked.reason, asked.who)
            return self._answer(scope, f"TRIPPED {scope}, trip {trip.id}: {trip.reason}")
        self._kill.reduce(scope, cause, asked.reason, asked.who)
        self._compare()
        self._kill.recover(scope, cause, asked.who)
        return self._answer(scope, self._kill.words)

    def _answer(self, scope: Scope, text: str) -> Answer:
        trip = self._kill.trip_of(scope)
        return Answer(True, text, self._kill.state(scope).value, "" if trip is None else trip.id)

    def _no_such(self, kind: ScopeKind, name: str) -> Answer:
        """Nothing of that kind has this name."""
        places = [place.name for place in self._places if place.kind is kind]
        known = ", ".join(self._strategies if kind is ScopeKind.STRATEGY else places)
        article = "an" if kind in (ScopeKind.ACCOUNT, ScopeKind.INSTRUMENT) else "a"
        text = f"expected {article} {kind.value} of this run ({known}), found {name}"
        return Answer(is_done=False, text=text, is_usage=True)


def instances_of(scope: Scope, strategies: tuple[str, ...]) -> tuple[Scope, ...]:
    """The scopes that a scope stands for: each instance, where it names a table with several (`sma`: `sma/BTC` ...).

    Empty for a strategy that is not there.
    """
    if scope.kind is not ScopeKind.STRATEGY:
        return (scope,)
    named = [name for name in strategies if name == scope.name or name.startswith(f"{scope.name}/")]
    return tuple(Scope(ScopeKind.STRATEGY, name) for name in named)


def _all(answers: list[Answer]) -> Answer:
    """One answer of several: the first one's state and trip, all their words."""
    return structs.replace(answers[0], text="\n".join(answer.text for answer in answers))


def asked_of(
    verb: str, *, scope: Scope | str = EVERYTHING, reason: str = "", who: str = "operator", **more: Any
) -> OperatorAsked:
    """A command without its instant, which whoever applies it fills in.

    Args:
        scope: as a person wrote it, where that is not read yet.
        more: fields of the record that only some verbs have.
    """
    return OperatorAsked(0, 0, verb, str(scope), reason, who, **more)
