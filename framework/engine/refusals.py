"""How often a strategy may answer a refusal with another order that is refused: a loop of both would never end."""

from __future__ import annotations

from typing import Final

from framework.model.events import ReportKind
from framework.model.instants import NS_PER_S

REFUSALS: Final = frozenset({ReportKind.REFUSED, ReportKind.REJECTED, ReportKind.AMEND_REJECTED})
ANSWERED_MAX: Final = 100
"""In a row: between them nothing else becomes of its orders."""
STRETCH_NS: Final = 10 * NS_PER_S
"""And within so long: who asks again once a minute may go on for ever."""
TOO_MANY: Final = (
    f"expected a refusal to be taken, found {ANSWERED_MAX} answered with other orders within "
    f"{STRETCH_NS // NS_PER_S} s, and all of them refused"
)


class Refusals:
    """Counts for one strategy. Told of each report of its orders, after its handler."""

    __slots__ = ("_answered", "_since_ns")

    def __init__(self) -> None:
        self._answered = 0
        self._since_ns = 0

    def end(self) -> None:
        """Something else became of its orders: the row is over."""
        self._answered = 0

    def are_too_many(self, now_ns: int) -> bool:
        """A refusal was answered: its `on_order` asked for something new. Whether the strategy is to be put aside."""
        if not self._answered or now_ns - self._since_ns > STRETCH_NS:
            self._answered, self._since_ns = 0, now_ns
        self._answered += 1
        return self._answered > ANSWERED_MAX
