"""How much one handler may ask for: a loop without an end fills its own outbox, and not the memory of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from framework.model.intents import Cancel, Intent, Ladder

INTENTS_MAX: Final = 2_000
"""In one handler, each rung of a ladder counted. At Bitget's limits that is more than leaves before it is stale."""
TOO_MANY: Final = "too_many_intents"
DETAIL: Final = f"at most {INTENTS_MAX} intents in one handler (a rung is one), found more"


class Bound:
    """Counts what one strategy's handler has asked for."""

    __slots__ = ("_cancelled", "_count", "is_told")

    def __init__(self) -> None:
        self._count = 0
        self._cancelled: dict[str, None] = {}
        self.is_told = False
        """The strategy has one refusal to hear of; the others of this handler are told by their handles."""

    def takes(self, intent: Intent, outbox: Sequence[Intent]) -> bool:
        """Whether it may be asked for too. A cancel always may, once it is not asked for already."""
        if not outbox:
            self._count = 0
            self.is_told = False
            if self._cancelled:
                self._cancelled.clear()
        self._count += len(intent.rungs) or 1 if isinstance(intent, Ladder) else 1
        if self._count <= INTENTS_MAX:
            return True
        if not isinstance(intent, Cancel) or intent.order.client_order_id in self._cancelled:
            return False
        self._cancelled[intent.order.client_order_id] = None
        return True
