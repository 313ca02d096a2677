"""What a recorded run asked its venue for: the busiest stretch as streams, and what its requests drew."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from framework.kernel.records import OrderMade, Record, ReportTaken, RequestSent, Turn
from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instants import NS_PER_MS
from framework.model.reasons import RATE_LIMITED, STALE
from framework.model.rules import VenueRules
from framework.router.budget.forecast import Stream

STRETCH_S: Final = 10
STRETCH_NS: Final = STRETCH_S * 1_000_000_000
SLOW_PERCENT: Final = 99
"""Units are held until the answer; an answer that was lost says nothing of the others."""
KEPT_BACK: Final = (STALE, RATE_LIMITED)
"""Reasons of orders for which there was no room in time."""

ENDS: Final = (ReportKind.CANCELLED, ReportKind.EXPIRED, ReportKind.REJECTED, ReportKind.REFUSED)
"""After these no request names an order: a journal may tell of millions."""

Pair = tuple[str, str, BatchKind]
"""Strategy, instrument and kind."""


class RecordedLoad(NamedTuple):
    """What a run's requests tell."""

    streams: tuple[Stream, ...]
    """Of the busiest ten seconds; `together` is the mean, rounded down."""
    orders: int
    requests: int
    peaks: Mapping[str, int]
    """Bucket -> most units in any window, as sent."""
    kept_back: int
    """Orders that became stale, or that met a full bucket."""
    round_trip_ns: int
    """From a request to the venue's first word on its orders, as 99 of 100 had it; 0: none was answered."""


class _Stretch:
    """Ten seconds: how many orders of each pair left, and in how many turns."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.orders: Counter[Pair] = Counter()
        self.turns: Counter[Pair] = Counter()

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The same, as if it came evenly."""
        return tuple(
            Stream(*pair, count / STRETCH_S, max(count // self.turns[pair], 1)) for pair, count in self.orders.items()
        )


def recorded_load(records: Iterable[Record], rules: VenueRules) -> RecordedLoad:
    """Read a run's journal. What was netted, superseded or refused before it left is not in it: it cost nothing."""
    found = _LoadSoFar(rules)
    for record in records:
        match record:
            case Turn(ts_ns):
                found.now_ns = ts_ns
            case OrderMade():
                found.made[record.client_order_id] = record.strategy, record.instrument
            case ReportTaken(report):
                found.told(report)
            case RequestSent():
                found.sent(record)
            case _:
                pass
    return RecordedLoad(
        found.busiest.streams, found.orders, found.requests, found.peaks.most, found.kept_back, found.trips.slow_ns
    )


class _LoadSoFar:
    """What was read so far; no more is kept than a journal of years allows."""

    def __init__(self, rules: VenueRules) -> None:
        self.peaks, self.trips = _Peaks(rules), _Trips()
        self.now_ns = self.orders = self.requests = self.kept_back = 0
        self.made: dict[str, tuple[str, str]] = {}
        """Order -> strategy and instrument, until it ends."""
        self.busiest = self._stretch = _Stretch(0)
        self._last_turn: dict[Pair, int] = {}

    def told(self, report: OrderReport) -> None:
        """Something was said of an order."""
        self.kept_back += report.reason in KEPT_BACK and report.kind in (ReportKind.REFUSED, ReportKind.REJECTED)
        if report.source is Source.VENUE:
            self.trips.heard(report.client_order_id, self.now_ns)
        if report.kind in ENDS:
            self.made.pop(report.client_order_id, None)

    def sent(self, record: RequestSent) -> None:
        """A request left."""
        self.requests += 1
        self.orders += len(record.orders)
        kind, now_ns = BatchKind(record.kind), self.now_ns
        pairs = [(*self.made.get(order, ("", record.instrument)), kind) for order in record.orders]
        if self._stretch.number != now_ns // STRETCH_NS:
            self._stretch = _Stretch(now_ns // STRETCH_NS)
        self._stretch.orders.update(pairs)
        for pair in dict.fromkeys(pairs):
            if self._last_turn.get(pair) != now_ns:
                self._last_turn[pair] = now_ns
                self._stretch.turns[pair] += 1
        self.busiest = max(self.busiest, self._stretch, key=lambda each: each.orders.total())
        self.trips.sent(record.orders, now_ns)
        self.peaks.add(now_ns, _form(record, kind), Counter(instrument for _, instrument, _ in pairs))


def _form(record: RequestSent, kind: BatchKind) -> RequestKind:
    return RequestKind(record.request) if record.request else REQUESTS[kind][len(record.orders) > 1]


class _Trips:
    """How long answers took, to the millisecond."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}
        self._took_ms: Counter[int] = Counter()

    def sent(self, orders: Iterable[str], now_ns: int) -> None:
        """A request left."""
        self._sent.update(dict.fromkeys(orders, now_ns))

    def heard(self, order: str, now_ns: int) -> None:
        """The venue spoke of an order."""
        sent_ns = self._sent.pop(order, None)
        if sent_ns is not None:
            self._took_ms[-(-(now_ns - sent_ns) // NS_PER_MS)] += 1

    @property
    def slow_ns(self) -> int:
        """What 99 of 100 did not exceed."""
        left = -(-self._took_ms.total() * SLOW_PERCENT // 100)
        for took_ms, count in sorted(self._took_ms.items()):
            left -= count
            if left <= 0:
                return took_ms * NS_PER_MS
        return 0


class _Peaks:
    """Most units of each bucket in any window that ends with a request."""

    def __init__(self, rules: VenueRules) -> None:
        self._rules = rules
        self._drawn: dict[str, deque[tuple[int, int]]] = {bucket.name: deque() for bucket in rules.buckets}
        self._used = dict.fromkeys(self._drawn, 0)
        self.most = dict.fromkeys(self._drawn, 0)

    def add(self, now_ns: int, form: RequestKind, pairs: Mapping[str, int]) -> None:
        """A request left."""
        for cost in self._rules.costs[form]:
            name, units = cost.bucket, cost.of_pairs(pairs.values())
            drawn = self._drawn[name]
            drawn.append((now_ns, units))
            self._used[name] += units
            since_ns = now_ns - self._rules.bucket(name).window_ns
            while drawn[0][0] <= since_ns:
                self._used[name] -= drawn.popleft()[1]
            self.most[name] = max(self.most[name], self._used[name])
