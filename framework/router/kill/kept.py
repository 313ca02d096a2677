"""What the kill switch keeps in a checkpoint beside its latch: pauses, and the troubles of the last hour."""

from __future__ import annotations

from msgspec import Struct


class KeptKill(Struct, frozen=True, array_like=True):
    """By scope, as it is written."""

    pauses: dict[str, str] = {}
    """Scope -> reason."""
    troubles: dict[str, tuple[int, ...]] = {}
    """Scope -> when passing causes held it back last."""
    in_trouble: tuple[str, ...] = ()
    """Scopes that a passing cause holds back now."""
    put_aside: dict[str, str] = {}
    """Strategy -> why it takes no part in this session any more."""
