"""Pauses and passing troubles of earlier sessions, from their journal. Trips are in the latch.

A strategy that was put aside is paused from the next session on: it may have been mended, or not, and a person says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from framework.kernel.records import KillStepped, OperatorAsked, Record, RunStarted, StrategyQuarantined, Turn
from framework.model.errors import ConfigError
from framework.model.scopes import Scope, ScopeKind, read_scope
from framework.router.kill.kept import KeptKill
from framework.router.kill.operator import instances_of
from framework.router.kill.states import TRANSIENT, Cause, KillState
from framework.router.kill.switch import KillSwitch
from framework.router.kill.trips import REPEATS_MAX


class Pause(NamedTuple):
    """A person's, of one strategy."""

    reason: str
    who: str
    """Empty where only a checkpoint tells of it."""


class KillRecall:
    """Takes the records of a journal, oldest first.

    Args:
        strategies: of the settings of now.
    """

    def __init__(self, strategies: tuple[str, ...]) -> None:
        self._strategies = strategies
        self._now_ns = 0
        self.pauses: dict[Scope, Pause] = {}
        """What nobody has resumed."""
        self.troubles: dict[Scope, deque[int]] = {}
        """Scope -> when passing causes held it back last: too many within an hour trip."""
        self._in_trouble: set[Scope] = set()
        self.takers: Mapping[type[Record], Callable[[Any], None]] = {
            RunStarted: lambda _: self._in_trouble.clear(),
            Turn: self._turn,
            KillStepped: self._stepped,
            OperatorAsked: self._asked,
            StrategyQuarantined: lambda aside: self._put_aside(aside.strategy, aside.reason),
        }

    def restore(self, kept: KeptKill) -> None:
        """As a checkpoint has it."""
        self.pauses = {read_scope(name): Pause(reason, "") for name, reason in kept.pauses.items()}
        for strategy, reason in kept.put_aside.items():
            self._put_aside(strategy, reason)
        self.troubles = {read_scope(name): deque(at, maxlen=REPEATS_MAX) for name, at in kept.troubles.items()}
        self._in_trouble = {read_scope(name) for name in kept.in_trouble}

    def resume(self, kill: KillSwitch) -> None:
        """Hold back what was paused."""
        for scope, pause in self.pauses.items():
            kill.reduce(scope, Cause.PAUSE, pause.reason, pause.who)
        self.pauses.clear()

    def _turn(self, turn: Turn) -> None:
        self._now_ns = turn.ts_ns

    def _stepped(self, step: KillStepped) -> None:
        scope = _scope(step.scope)
        if scope is None:
            return
        if step.state != KillState.REDUCING.value:
            self.pauses.pop(scope, None)  # tripped or armed, it is held by nothing else any more
            self._in_trouble.discard(scope)
        elif step.cause == Cause.PAUSE.value:
            self.pauses[scope] = Pause(step.reason, step.who)
        elif step.cause in TRANSIENT and scope not in self._in_trouble:
            self._in_trouble.add(scope)
            self.troubles.setdefault(scope, deque(maxlen=REPEATS_MAX)).append(self._now_ns)

    def _put_aside(self, strategy: str, reason: str) -> None:
        words = f"it was put aside in an earlier session: {reason}; run.py resume {strategy} lets it trade again"
        self.pauses[Scope(ScopeKind.STRATEGY, strategy)] = Pause(words, "")

    def _asked(self, asked: OperatorAsked) -> None:
        scope = _scope(asked.scope)
        if asked.verb == "resume" and scope is not None:
            for each in instances_of(scope, self._strategies):
                self.pauses.pop(each, None)


def _scope(text: str) -> Scope | None:
    try:
        return read_scope(text)
    except ConfigError:  # a person asked for something that is not there
        return None
