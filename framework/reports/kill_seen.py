"""What the kill switch did, as happenings of a run."""

from __future__ import annotations

from typing import ClassVar

from framework.kernel.records import KillStepped, SweepStepped
from framework.model.counting import counted
from framework.reports.seen import Seen
from framework.reports.words import clean


class KillSeen(Seen, frozen=True):
    """A scope stepped to a state."""

    noun: ClassVar[str] = "kill step"
    ts_ns: int
    step: KillStepped

    @property
    def facts(self) -> dict[str, object]:
        """Values for programs."""
        step = self.step
        return {"scope": step.scope, "cause": step.cause, "reason": step.reason, "who": step.who, "trip": step.trip_id}

    @property
    def event(self) -> str:
        """Its name in JSON lines: `kill.tripped`."""
        return f"kill.{self.step.state}"

    @property
    def text(self) -> str:
        """`TRIPPED strategy:mm: odd fills (trip 1f3a9c-2)`."""
        step = self.step
        trip = f" (trip {step.trip_id})" if step.trip_id else ""
        return f"{step.state.upper()} {clean(step.scope, 60)}: {clean(step.reason, 200)}{trip}"


class SweepSeen(Seen, frozen=True):
    """The sweep after a trip came to a phase."""

    noun: ClassVar[str] = "kill step"
    ts_ns: int
    step: SweepStepped

    @property
    def facts(self) -> dict[str, object]:
        """Values for programs."""
        step = self.step
        return {
            "trip": step.trip_id,
            "asked": step.asked,
            "cancelled": step.cancelled,
            "filled": step.filled,
            "swept_ns": step.swept_ns,
            "detail": step.detail,
        }

    @property
    def event(self) -> str:
        """Its name in JSON lines: `sweep.swept`."""
        return f"sweep.{self.step.phase}"

    @property
    def text(self) -> str:
        """`sweep of 1f3a9c-2: swept, 12 orders cancelled in 48 ms`."""
        step = self.step
        detail = f" ({clean(step.detail, 200)})" if step.detail else ""
        filled = f", {step.filled} filled meanwhile," if step.filled else ""
        if step.cancelled is None:
            count = f"{counted(step.asked, 'order')} asked to be cancelled"
        else:
            count = f"{counted(step.cancelled, 'order')} cancelled"
        took = f"{count}{filled} in {step.swept_ns / 1_000_000:g} ms"
        return f"sweep of {step.trip_id}: {step.phase.replace('_', ' ')}, {took}{detail}"
