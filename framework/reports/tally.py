"""Counters: of one strategy, of requests, of reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from framework.model.batch import Batch, RequestKind
from framework.model.events import ReportKind
from framework.reports.happenings import NoSeen

REASONS_MAX: Final = 200
"""Different (strategy, kind, reason) kept apart; a flood of others is counted as `other`."""

ReasonKey = tuple[str, ReportKind, str]


@dataclass(slots=True)
class Tally:
    """Counts of one strategy, or of all."""

    orders: int = 0
    """Orders that left in a placing request."""
    fills: int = 0
    first_fill_s: float | None = None
    """Since the process started; None without a fill, or where that is not known."""
    maker_fills: int = 0
    inside_fills: int = 0
    """Against another order of ours."""
    refusals: int = 0
    """By us before they left, or by the venue."""
    requests: int = 0
    """Requests that carried at least one of its orders; strategies may share one."""
    requests_one_by_one: int = 0
    """What one request for every order would have cost."""
    turnover: dict[str, Decimal] = field(default_factory=dict)
    """Value traded, by quote asset."""
    fees: dict[str, Decimal] = field(default_factory=dict)
    """Fees by quote asset, those taken in base at the fill's price."""
    fees_saved: dict[str, Decimal] = field(default_factory=dict)
    """What a venue would have taken for the inside fills, by quote asset."""


@dataclass(slots=True)
class Reason:
    """How often, and the last case."""

    count: int
    last: NoSeen


class Reasons:
    """Orders that did not get what they asked for, by strategy, kind and reason."""

    def __init__(self) -> None:
        self.found: dict[ReasonKey, Reason] = {}

    def count(self, seen: NoSeen) -> None:
        """Count one."""
        key = (seen.strategy, seen.kind, seen.reason)
        if key not in self.found and len(self.found) >= REASONS_MAX:
            key = (seen.strategy, seen.kind, "other")
        known = self.found.get(key)
        if known is None:
            self.found[key] = Reason(1, seen)
        else:
            known.count += 1
            known.last = seen

    def refusals(self, strategy: str | None = None) -> dict[str, int]:
        """Reason -> count of what was refused by us or the venue, most frequent first."""
        counts: Counter[str] = Counter()
        for (owner, _, reason), found in self.found.items():
            if found.last.is_refusal and strategy in (None, owner):
                counts[reason or "unknown"] += found.count
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


class Requests:
    """Requests by kind and by how many orders each carried."""

    def __init__(self) -> None:
        self.by_size: dict[RequestKind, Counter[int]] = {}

    def count(self, batch: Batch, times: int = 1) -> None:
        """Count one request; -1: it was none after all."""
        self.by_size.setdefault(batch.request, Counter())[len(batch.orders)] += times

    def split(self, batch: Batch, requests: int) -> None:
        """A request that was counted went as several: all but one of them carried one order each."""
        sizes, orders = self.by_size[batch.request], len(batch.orders)
        sizes[orders] -= 1
        sizes[orders - requests + 1] += 1
        sizes[1] += requests - 1

    @property
    def total(self) -> int:
        """Requests sent."""
        return sum(sum(sizes.values()) for sizes in self.by_size.values())

    @property
    def sizes(self) -> dict[int, int]:
        """Orders in a request -> how many such requests, smallest first."""
        total: Counter[int] = Counter()
        for sizes in self.by_size.values():
            total.update(sizes)
        return {size: count for size, count in sorted(total.items()) if count}
