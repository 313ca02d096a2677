"""What a venue's limits have counted, as a checkpoint keeps it."""

from __future__ import annotations

from msgspec import Struct

from framework.model.batch import RequestKind


class KeptGauge(Struct, frozen=True, array_like=True):
    """A bucket."""

    weights: tuple[tuple[int, int], ...]
    """Until when units weigh, and how many: of what was answered, or given up."""
    paused_until_ns: int = 0
    strikes: int = 0


class KeptRequest(Struct, frozen=True, array_like=True):
    """A request without an answer."""

    request_id: int
    """0: it is of a session that was over."""
    kind: RequestKind
    sent_ns: int
    draws: tuple[tuple[str, int], ...]
    """Bucket, and units of it."""
    is_at_disk: bool
    """Its record was not durable yet: it had not left."""


class KeptBudget(Struct, frozen=True, array_like=True):
    """All buckets of a venue and account. What the venue counts otherwise by now is left out when it is restored."""

    gauges: dict[str, KeptGauge] = {}
    """Those that are in use, or paused."""
    out: tuple[KeptRequest, ...] = ()
    """Oldest first."""
