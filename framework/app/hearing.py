"""How a session hears a run: from its first record to the last point of its curves."""

from __future__ import annotations

from typing import Final

from framework.app.drive import Stop
from framework.app.running import Running
from framework.model.instants import NS_PER_S
from framework.reports.happenings import Happening, QuarantineSeen
from framework.reports.session import Session

NOBODY_LEFT: Final = "no strategy is left"
SAMPLE_PRIORITY: Final = 9
"""Curves are sampled after everything else of an instant."""


def listen(run: Running, session: Session) -> None:
    """Tell the session of everything, and let it sample its curves once a second of the run's clock."""
    core = run.core
    core.listeners.append(session)
    core.kill.on_step.append(lambda step: session.killed(core.clock.now_ns, step))
    core.effects.on_sweep.append(lambda step: session.swept(core.clock.now_ns, step))

    def sample() -> None:
        session.sample(core.clock.now_ns)
        if run.is_playing:
            core.loop.at(core.clock.now_ns + NS_PER_S, SAMPLE_PRIORITY, sample)

    core.loop.at(run.start_ns + NS_PER_S, SAMPLE_PRIORITY, sample)


def notice(happening: Happening, run: Running, session: Session, stop: Stop, faults: list[str]) -> None:
    """A strategy that never began is a fault of the run; without any strategy there is nothing left to run."""
    if not isinstance(happening, QuarantineSeen) or not run.is_playing:
        return
    if not run.is_started:
        faults.append(f"{happening.strategy} was put aside before it began: {happening.reason}")
    if len(session.quarantines) == len(run.strategies):
        faults.append("every strategy was put aside: no strategy is left")
        stop.ask(NOBODY_LEFT)


def end(run: Running, session: Session) -> None:
    """Tell the session what only the engine knows, and take the last point of its curves."""
    engine = run.core.engine
    session.events = run.core.loop.cursor
    session.handled = {name: seat.calls for name, seat in engine.seats.items()}
    session.unpriced_fees = engine.portfolio.unpriced_fees
    session.close(run.core.clock.now_ns)
