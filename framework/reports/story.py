"""What a journal says of one order, step by step: plain values, made by `explained`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from framework.kernel.records import OrderMade
from framework.model.instrument import Instrument


@dataclass(frozen=True)
class StoryStep:
    """Something that happened to the order."""

    ts_ns: int
    kind: str
    """intent, order, checks, netted, merged, dropped, request, report, fill; again: what was repeated (`repeated`)."""
    text: str


@dataclass
class Story:
    """An order and all that the journal says of it, in its order."""

    order: OrderMade
    instrument: Instrument | None
    """None: prices and sizes are told in points."""
    steps: list[StoryStep] = field(default_factory=list)
    filled_points: int = 0
    requests: int = 0

    def facts(self) -> dict[str, Any]:
        """For programs."""
        names = ("client_order_id", "strategy", "instrument", "is_buy", "size_points", "price_points", "tif", "tag")
        return {
            "order": {name: getattr(self.order, name) for name in names},
            "filled_points": self.filled_points,
            "requests": self.requests,
            "steps": [{"ts_ns": step.ts_ns, "kind": step.kind, "text": step.text} for step in self.steps],
        }
