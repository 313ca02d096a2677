"""People at the switch, and the watchdog beside the loop: they trip, pause and arm, sometimes wrongly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from framework.kernel.records import OperatorAsked
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, read_scope
from framework.router.kill.operator import Answer, asked_of
from framework.router.kill.states import KillState, Phase
from tests.simulation.checks import check_swept

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000


class Persons:
    """What they do, every now and then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.swarm.chance("kill")

    def act(self) -> None:
        """Somebody may do something now."""
        if self._world.swarm.is_healed or not self._world.process.is_ready:
            return
        roll = self._chance.random()
        if 0.11 <= roll < 0.5:
            self._arm()
        elif 0.5 <= roll < 0.6:
            self._resume()
        elif not self._world.swarm.scales["kill"]:
            return
        elif roll < 0.05:
            self._kill()
        elif roll < 0.08:
            self._kill_from_another_thread()
        elif roll < 0.11:
            self._pause()

    def _scope(self) -> Scope:
        world, chance = self._world, self._chance
        return chance.choice(
            (
                EVERYTHING,
                Scope(ScopeKind.INSTRUMENT, chance.choice(world.instruments).id),
                Scope(ScopeKind.STRATEGY, chance.choice(list(world.capital))),
            )
        )

    def _kill(self) -> None:
        is_hard, flatten = self._chance.random() < 0.3, self._chance.random() < 0.5
        asked = asked_of("kill", scope=self._scope(), reason="a person's")
        self._do(partial(self._killed, msgspec.structs.replace(asked, is_hard=is_hard, flatten=flatten)))

    def _killed(self, asked: OperatorAsked) -> None:
        if asked.flatten:
            self._world.history.let_out(read_scope(asked.scope))
        answer = self._world.process.core.operate(asked)
        assert answer.is_done, answer

    def _kill_from_another_thread(self) -> None:
        """The watchdog closes the word at once; the loop hears of it later."""
        world, scope = self._world, self._scope()
        if not world.process.is_alive:
            return
        world.process.core.kill.word.close(scope, "the watchdog's")
        world.history.close(scope)
        asked = asked_of("kill", scope=scope, reason="the watchdog's")
        world.timeline.after(self._chance.randrange(0, 300) * MS, partial(self._do, partial(self._killed, asked)))

    def _pause(self) -> None:
        scope = Scope(ScopeKind.STRATEGY, self._chance.choice(list(self._world.capital)))
        self._do(lambda: self._world.process.core.operate(asked_of("pause", scope=scope, reason="lunch")))
        over_ns = self._chance.randrange(500, 5_000) * MS
        resume = asked_of("resume", scope=scope, reason="back")
        self._world.timeline.after(over_ns, partial(self._do, lambda: self._world.process.core.operate(resume)))

    def _resume(self) -> None:
        """What is paused goes on: also what an earlier process put aside."""
        kill = self._world.process.core.kill
        for scope, state in kill.states.items():
            if scope.kind is ScopeKind.STRATEGY and state is KillState.REDUCING:
                asked = asked_of("resume", scope=scope, reason="mended")
                self._do(partial(self._world.process.core.operate, asked))

    def _arm(self) -> None:
        kill = self._world.process.core.kill
        held = [scope for scope, state in kill.states.items() if state is not KillState.ARMED]
        if held:
            self._do(partial(self._armed, self._chance.choice(held), self._chance.random() < 0.2))

    def _armed(self, scope: Scope, is_wrong: bool) -> None:
        core, history = self._world.process.core, self._world.history
        trip, sweep = core.kill.trip_of(scope), core.effects.sweeps.get(scope)
        was = core.kill.state(scope)
        trip_id = "" if trip is None or is_wrong else trip.id
        asked = msgspec.structs.replace(asked_of("arm", scope=scope, reason="looked into"), trip_id=trip_id)
        answer: Answer = core.operate(asked)
        if not answer.is_done or was is not KillState.TRIPPED:
            return
        history.counts["arms"] += 1
        history.hold("I22", not is_wrong, lambda: f"{scope} was armed without the id of its trip")
        if sweep is not None:
            history.hold("I22", sweep.phase is Phase.SWEPT, lambda: f"{scope} was armed while {sweep.phase.value}")
            check_swept(self._world, scope, is_hard=sweep.is_hard)

    def _do(self, action: Callable[[], object]) -> None:
        """Ask the daemon that lives then; one that does not trade yet listens to nobody."""
        process = self._world.process
        process.turn(lambda: action() if process.is_ready else None)  # type: ignore[arg-type,return-value]  # nobody looks at what it gives back
