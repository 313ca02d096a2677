"""What cancels keep for themselves in a bucket that places draw on too: enough to cancel all that stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.instrument import Instrument
from framework.model.rules import VenueRules
from framework.router.budget.gauge import Gauge

RESERVE_SHARE: Final = (3, 10)
"""Most of a bucket that is kept for cancels."""


class SweepReserve:
    """The reserve of one bucket, kept up to date in its gauge.

    Never more than three tenths of the bucket, never less than one cancel. Counted in single cancels and batches: whether
    one request may cancel a whole symbol is only known when it is needed.
    """

    def __init__(self, gauge: Gauge, rules: VenueRules) -> None:
        self.gauge = gauge
        single, batch, *_ = REQUESTS[BatchKind.CANCEL]
        self._single = _units(rules, single, gauge.bucket.name, 1)
        self._batch_max = rules.batch_max[BatchKind.CANCEL] if batch in rules.costs else 1
        self._batches = [_units(rules, batch, gauge.bucket.name, size) for size in range(self._batch_max + 1)]
        self._needs = _Needs(self._units)
        """Number of orders of a pair -> units to cancel them all."""
        self._most = max(gauge.limit * RESERVE_SHARE[0] // RESERVE_SHARE[1], self._single)
        self._standing: defaultdict[Instrument, int] = defaultdict(int)
        self._need = 0
        gauge.reserve = self._single

    def stands(self, instrument: Instrument, orders: int) -> None:
        """So many more orders stand there, or fewer."""
        standing, needs = self._standing, self._needs
        before = standing[instrument]
        now = standing[instrument] = before + orders
        need = self._need = self._need + needs[now] - needs[before]
        self.gauge.reserve = self._single if need < self._single else min(need, self._most)

    def _units(self, orders: int) -> int:
        """To cancel so many orders of a pair."""
        alone = orders * self._single
        if self._batch_max == 1:
            return alone
        full, rest = divmod(orders, self._batch_max)
        return min(alone, full * self._batches[self._batch_max] + (self._batches[rest] if rest else 0))


class _Needs(dict[int, int]):
    """Reckoned once for each number of orders."""

    def __init__(self, units: Callable[[int], int]) -> None:
        super().__init__()
        self._units = units

    def __missing__(self, orders: int) -> int:
        units = self[orders] = self._units(orders)
        return units


def _units(rules: VenueRules, request: RequestKind, bucket: str, orders: int) -> int:
    """What a request of so many orders draws from a bucket."""
    return sum([cost.of(orders) for cost in rules.costs.get(request, ()) if cost.bucket == bucket])
