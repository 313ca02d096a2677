"""The gate: the ONE place where a batch becomes a `Cleared` batch. Checked on fresh state, with no wait before sending."""

from __future__ import annotations

from typing import Final

from framework.model.batch import Batch, BatchKind, Cleared, Refused
from framework.model.orders import Order

INTENT_AGE_MAX_NS: Final = 5_000_000_000
"""Orders that waited longer than this are refused as stale instead of being sent late."""
STALE: Final = "stale"


class Gate:
    """Open or closed. Cancels always pass."""

    def __init__(self, intent_age_max_ns: int = INTENT_AGE_MAX_NS) -> None:
        self.intent_age_max_ns = intent_age_max_ns
        self.closed_because = ""
        """Why it is closed; empty while it is open."""

    @property
    def is_open(self) -> bool:
        """Whether orders may be created."""
        return not self.closed_because

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
        """
        kind = batch.kind
        if kind is not BatchKind.CANCEL:
            if self.closed_because:
                return Refused(batch, "gate_closed", self.closed_because)
            if kind is BatchKind.PLACE:
                too_old_ns = now_ns - self.intent_age_max_ns
                for order in batch.orders:
                    if order.ts_created_ns < too_old_ns and not order.reduce_only:
                        return Refused(batch, STALE, self.stale(order, now_ns))
        return Cleared(batch, now_ns)
