"""What limits have counted as a checkpoint keeps it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class KeptLoss(Struct, frozen=True, array_like=True):
    """A limit on losses."""

    check: str
    window_ns: int
    slots: tuple[tuple[int, Decimal], ...]
    best: Decimal | None
    reached: Decimal | None


class KeptScope(Struct, frozen=True, array_like=True):
    """A table of limits."""

    name: str
    messages: tuple[int, ...]
    conduct_ns: int
    """How long the parts of its window are; 0: it has none."""
    conduct: tuple[tuple[int, tuple[int, int, int]], ...]
    losses: tuple[KeptLoss, ...]


class KeptStreak(Struct, frozen=True, array_like=True):
    """Equal rejects in a row."""

    strategy: str
    instrument: str
    is_buy: bool
    reason: str
    count: int
    last_ns: int
    held_by: str


class KeptLimits(Struct, frozen=True, array_like=True):
    """All of it. What the settings limit no longer, or over another stretch of time, is left out when it is restored."""

    scopes: tuple[KeptScope, ...] = ()
    streaks: tuple[KeptStreak, ...] = ()
