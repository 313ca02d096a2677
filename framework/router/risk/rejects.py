"""Rejects of one reason in a row, by strategy, instrument and side: who repeats what is refused is stopped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from framework.model.events import VENUE, OrderReport, ReportKind
from framework.model.orders import Order
from framework.model.reasons import LIMITED
from framework.router.risk.kept import KeptStreak

REJECTS: Final = frozenset({ReportKind.REJECTED, ReportKind.AMEND_REJECTED})
SUCCESSES: Final = frozenset({ReportKind.ACCEPTED, ReportKind.AMENDED, ReportKind.FILLED})

Side = tuple[str, str, bool]
"""Strategy, instrument id, whether it buys."""


class Streak:
    """Equal rejects in a row. The orders of one answer count once."""

    __slots__ = ("count", "held_by", "last_ns", "reason")

    def __init__(self) -> None:
        self.reason = ""
        self.count = 0
        self.last_ns = -1
        self.held_by = ""
        """The scope whose limit it has reached: nothing more of this side, until a person lifts it."""

    @property
    def is_held(self) -> bool:
        """Whether the side is held back."""
        return bool(self.held_by)


class Rejects:
    """The streaks: as many as there are strategies, instruments and sides at most."""

    def __init__(self) -> None:
        self._streaks: dict[Side, Streak] = {}

    def streak(self, order: Order) -> Streak | None:
        """The streak that an order would belong to."""
        return self._streaks.get(side_of(order))

    def take(self, order: Order, report: OrderReport) -> Streak | None:
        """A venue's report. Returns the streak that it made longer."""
        if report.source is not VENUE or report.reason in LIMITED:
            return None
        side = side_of(order)
        streak = self._streaks.get(side)
        if report.kind in SUCCESSES and streak is not None and not streak.is_held:
            del self._streaks[side]
        if report.kind not in REJECTS:
            return None
        if streak is None:
            streak = self._streaks[side] = Streak()
        if streak.is_held or streak.last_ns == report.ts_recv_ns:
            return None
        is_equal = streak.reason == report.reason
        streak.reason, streak.last_ns = report.reason, report.ts_recv_ns
        streak.count = streak.count + 1 if is_equal else 1
        return streak

    @property
    def holders(self) -> list[str]:
        """The scopes whose limits hold sides back."""
        return [streak.held_by for streak in self._streaks.values() if streak.is_held]

    def kept(self) -> tuple[KeptStreak, ...]:
        """All streaks, for a checkpoint."""
        return tuple(
            [
                KeptStreak(*side, streak.reason, streak.count, streak.last_ns, streak.held_by)
                for side, streak in self._streaks.items()
            ]
        )

    def restore(self, kept: Iterable[KeptStreak]) -> None:
        """As a checkpoint has them."""
        for each in kept:
            streak = self._streaks[each.strategy, each.instrument, each.is_buy] = Streak()
            streak.reason, streak.count = each.reason, each.count
            streak.last_ns, streak.held_by = each.last_ns, each.held_by

    def lift(self, strategy: str = "", instrument: str = "", scope: str = "") -> int:
        """Let a strategy, or what a scope's limit holds, or all, go on. Returns how many sides were held."""
        wanted = [
            side
            for side, streak in self._streaks.items()
            if streak.is_held
            and strategy in ("", side[0])
            and instrument in ("", side[1])
            and scope in ("", streak.held_by)
        ]
        for side in wanted:
            del self._streaks[side]
        return len(wanted)


def side_of(order: Order) -> Side:
    """Strategy, instrument and side of an order."""
    return order.strategy, order.instrument.id, order.is_buy
