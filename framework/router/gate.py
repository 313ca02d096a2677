"""The gate: the ONE place where a batch becomes a `Cleared` batch. Checked on fresh state, with no wait before sending."""

from __future__ import annotations

from typing import Final

from framework.model.batch import CANCEL, KINDS, PLACE, Batch, Change, Cleared, Refused
from framework.model.errors import InvariantError
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.reasons import GATE_CLOSED, STALE
from framework.router.kill.switch import KillSwitch

INTENT_AGE_MAX_NS: Final = 5_000_000_000
"""Orders that waited longer than this are refused as stale instead of being sent late."""


class Gate:
    """Open or closed, as the kill switch says. Cancels always pass.

    Args:
        kill: asked of every order that would be created or changed; None where a test needs none.
    """

    def __init__(self, kill: KillSwitch | None = None, intent_age_max_ns: int = INTENT_AGE_MAX_NS) -> None:
        self.kill = kill
        self.intent_age_max_ns = intent_age_max_ns
        self.closed_because = ""
        """Why it is closed; empty while it is open."""

    def look(self) -> bool:
        """Whether orders may be created anywhere, whoever asks. Each look counts (`KillSwitch.look`)."""
        return not self.closed_because and (self.kill is None or self.kill.look())

    def barred(self, order: Order, change: Change | None = None) -> str:
        """Why an order may not be created, or changed so, now; empty where it may."""
        if self.closed_because or self.kill is None:
            return self.closed_because
        return self.kill.barred(order, change)

    def silences(self, strategy: str, instrument: Instrument) -> bool:
        """Whether nothing at all may be created there: targets and ladders are not even worked out."""
        return self.kill is not None and self.kill.silences(strategy, instrument.id, instrument.venue)

    def close(self, reason: str) -> None:
        """From now on nothing that creates an order passes. The first reason is kept."""
        self.closed_because = self.closed_because or reason or "closed"

    def stale_at_ns(self, order: Order) -> int:
        """The instant from which on a new order has waited too long."""
        return self.stale_from_ns(order.ts_created_ns)

    def stale_from_ns(self, made_ns: int) -> int:
        """The instant from which on a new order made at an instant has waited too long."""
        return made_ns + self.intent_age_max_ns + 1

    def stale(self, order: Order, now_ns: int) -> str:
        """Age limit and age of a new order that waited too long; empty while it is fresh."""
        if now_ns < self.stale_at_ns(order):
            return ""
        age_ms = (now_ns - order.ts_created_ns) // 1_000_000
        return f"age limit {self.intent_age_max_ns // 1_000_000} ms, waited {age_ms} ms"

    def clear(self, batch: Batch, now_ns: int) -> Cleared | Refused:
        """Seal a batch for sending, or say why not.

        Called by the sender after budget is granted, with no await until the batch is handed over. Cancels pass in
        every state. A batch holds one kind of intent and is refused whole.

        Args:
            now_ns: UTC. Orders older than `intent_age_max_ns` are refused as stale; those that only reduce never are.

        Raises:
            InvariantError: orders of several instruments were put together.
        """
        kind, there, is_reducing = KINDS[batch.request], batch.instrument, False
        for order in batch.orders:
            if order.instrument is not there:
                raise InvariantError(f"a batch of {there.id}: expected its orders alone, found {order!r}")
        if kind is not CANCEL:
            if not self.look():
                changes = batch.changes or (None,) * len(batch.orders)
                why = next(filter(None, map(self.barred, batch.orders, changes)), "")
                if why:
                    return Refused(batch, GATE_CLOSED, why)
                is_reducing = all(map(self._lowers_exposure, batch.orders, changes))
            if kind is PLACE:
                too_old_ns = now_ns - self.intent_age_max_ns
                for order in batch.orders:
                    if order.ts_created_ns < too_old_ns and not order.reduce_only:
                        return Refused(batch, STALE, self.stale(order, now_ns))
        return Cleared(batch, now_ns, is_reducing=is_reducing)

    def _lowers_exposure(self, order: Order, change: Change | None) -> bool:
        """What passes a gate that is not open for that alone; the kill word is to know it where the bytes leave."""
        size_points = order.size_points if change is None else change.size_points
        return self.kill is not None and self.kill.lowers_exposure(order, size_points)
