"""The budget: how much of each of a venue's rate limits is in use. O(1) a request, never walks the past.

A unit is held from sending until one window after its answer; while no answer has come, until one window after the last
moment at which the venue could still accept the request. So we never count less than the venue does, but for cancels whose
connection ended before an answer came: those are over with it (`framework.gateway.outcome.is_over`).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from msgspec import Struct

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.instrument import Instrument
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.ports import LEAVES_WITHIN_NS
from framework.router.budget.gauge import Gauge, Room, put_off
from framework.router.budget.kept import KeptBudget, KeptGauge, KeptRequest
from framework.router.budget.reserve import SweepReserve

CANCELS: Final = frozenset(REQUESTS[BatchKind.CANCEL])
IDLE: Final = KeptGauge(())


Draws = tuple[tuple[Gauge, int], ...]
"""What a request takes: units of each of its buckets."""


class Drawn(Struct):
    """A request without an answer: what it drew where, and when it left."""

    kind: RequestKind
    draws: Draws
    sent_ns: int
    is_overdue: bool = False
    """A cancel that was found without an answer for too long, and is waited for once more."""


class Budget:
    """All buckets of one venue and account."""

    def __init__(self, rules: VenueRules) -> None:
        self.rules = rules
        # A request may wait for a connection before its bytes leave; from then on the venue's bound counts.
        self._held_ns = LEAVES_WITHIN_NS + rules.acceptance_bound_ns
        self._gauges = {bucket.name: Gauge(bucket) for bucket in rules.buckets}
        self._drawn_on = {
            kind: tuple([(cost, self._gauges[cost.bucket]) for cost in costs]) for kind, costs in rules.costs.items()
        }
        """Kind of request -> what it costs, and where."""
        self._draws: dict[tuple[RequestKind, int], Draws] = {}
        """The same for so many orders, as far as they were asked for."""
        self._open: dict[int, Drawn] = {}
        """Requests without an answer, oldest first, for as long as the venue may still accept them."""
        shared: dict[str, list[bool]] = {}
        for kind, costs in rules.costs.items():
            for cost in costs:
                shared.setdefault(cost.bucket, []).append(kind in CANCELS)
        self.banned_until_ns = 0
        """The venue refuses everything until then (418)."""
        both = [name for name, cancels in shared.items() if any(cancels) and not all(cancels)]
        self._sweeps = [SweepReserve(self._gauges[name], rules) for name in both]
        self._busy: dict[Gauge, None] = {}
        """Those in use, or paused."""

    @property
    def unanswered(self) -> int:
        """Requests without an answer that may still be accepted."""
        return len(self._open)

    def look(self, now_ns: int) -> Mapping[str, Gauge]:
        """Every bucket as it is at an instant. To be read at once."""
        self._give_up(now_ns)
        for gauge in list(self._busy):
            if not gauge.look(now_ns):
                del self._busy[gauge]
        return self._gauges

    def rooms(self, now_ns: int) -> dict[str, Room]:
        """What is left of each bucket at an instant."""
        return {name: gauge.room(now_ns) for name, gauge in self.look(now_ns).items()}

    def room(self, kind: RequestKind, orders: int, now_ns: int) -> int:
        """How many of so many orders of one pair a request of this kind may hold now."""
        return min(self._takes(kind, orders, now_ns))

    def draw(self, request_id: int, kind: RequestKind, orders: int, now_ns: int) -> None:
        """Take what the request costs; call right before it is handed over."""
        draws = self._draws.get((kind, orders)) or self._draws_of(kind, orders)
        for gauge, units in draws:
            gauge.used += units
            self._busy[gauge] = None
        self._open[request_id] = Drawn(kind, draws, now_ns)

    def _draws_of(self, kind: RequestKind, orders: int) -> Draws:
        draws = self._draws[kind, orders] = tuple([(gauge, cost.of(orders)) for cost, gauge in self._drawn_on[kind]])
        return draws

    def renew(self, request_id: int, now_ns: int) -> bool:
        """A request that was drawn leaves only now: it weighs from now on.

        False: it waited for so long that it was given up, and is to be drawn again.
        """
        self._give_up(now_ns)
        drawn = self._open.pop(request_id, None)
        if drawn is None:
            return False
        drawn.sent_ns = now_ns
        self._open[request_id] = drawn
        return True

    def _give_up(self, now_ns: int) -> None:
        """What nobody answered is over when the venue could accept it no more, and weighs one window from then."""
        while self._open:
            request_id, drawn = next(iter(self._open.items()))  # the oldest: dicts keep the order of sending
            over_ns = drawn.sent_ns + self._held_ns
            if over_ns > now_ns:
                return
            del self._open[request_id]
            if drawn.kind in CANCELS and not drawn.is_overdue:
                # A loop that catches up sends at instants that are long past, and no passage bounds when a cancel leaves.
                drawn.sent_ns, drawn.is_overdue = now_ns, True
                self._open[request_id] = drawn
                continue
            for gauge, units in drawn.draws:
                gauge.over(units, over_ns)

    def answered(self, request_id: int, now_ns: int) -> None:
        """The venue answered a request. Harmless when it is told twice."""
        if request_id in self._open:
            self._give_up(now_ns)
            self._end(request_id, now_ns)

    def _end(self, request_id: int, now_ns: int) -> None:
        drawn = self._open.pop(request_id, None)
        if drawn is not None:
            for gauge, units in drawn.draws:
                gauge.over(units, now_ns)
                if gauge.strikes:
                    gauge.let_in(drawn.sent_ns)

    def heard(self, answer: RequestAnswer, now_ns: int) -> None:
        """All that an answer says of limits: counts, a pause, a ban. Then its request is answered."""
        self._give_up(now_ns)
        self.told(answer, now_ns)
        if answer.is_limited:
            self.refused(answer.request_id, now_ns, answer.retry_after_ns)
        if answer.banned_until_ns > now_ns:
            self.ban(answer.banned_until_ns)
        self._end(answer.request_id, now_ns)

    def withheld(self, request_id: int, now_ns: int) -> None:
        """A request that was drawn never left: its units come back as if it had been answered."""
        drawn = self._open.pop(request_id, None)
        for gauge, units in drawn.draws if drawn is not None else ():
            gauge.over(units, now_ns)

    def told(self, answer: RequestAnswer, now_ns: int) -> None:
        """The venue says how it counts: where that is more than our count, ours follows."""
        for name, used in answer.used.items():
            self._told(name, used, now_ns)
        drawn = self._open.get(answer.request_id)
        if answer.left is not None and drawn is not None:
            own, _ = drawn.draws[0]
            own.told(own.limit - answer.left, now_ns)
        if answer.more_requests and drawn is not None:  # of endpoints that are counted where they are known
            for shared, _ in drawn.draws[1:]:
                shared.look(now_ns)
                shared.told(shared.used + answer.more_requests, now_ns)

    def _told(self, bucket: str, used: int, now_ns: int) -> None:
        self._busy[self._gauges[bucket]] = None
        self._gauges[bucket].told(used, now_ns)

    def ban(self, until_ns: int) -> None:
        """The venue refuses everything until then (418); also to restore a ban that was told in an earlier run."""
        self.banned_until_ns = max(self.banned_until_ns, until_ns)
        for gauge in self._gauges.values():
            self._busy[gauge] = None
            gauge.paused_until_ns = max(gauge.paused_until_ns, until_ns)

    def is_shut(self, kind: RequestKind, now_ns: int) -> bool:
        """Whether requests of a kind are not to leave at all now: a 429 or a ban was told."""
        return any(now_ns < self._gauges[cost.bucket].paused_until_ns for cost in self.rules.costs[kind])

    def stands(self, instrument: Instrument, orders: int) -> None:
        """So many more orders (or fewer) stand at the venue: what cancels keep for themselves follows."""
        for sweep in self._sweeps:
            sweep.stands(instrument, orders)

    def refused(self, request_id: int, now_ns: int, retry_after_ns: int = 0) -> None:
        """The venue said 429 to a request that is not answered yet: exactly its bucket rests.

        Args:
            retry_after_ns: as the venue told; 0 where it told nothing: then as long as its rules say.
        """
        drawn = self._open.get(request_id)
        for bucket in self.rules.limited_by(drawn.kind) if drawn is not None else ():
            gauge = self._gauges[bucket.name]
            self._busy[gauge] = None
            gauge.pause(now_ns, retry_after_ns, self.rules.pause_of(bucket))

    def frees_at_ns(self, kind: RequestKind, orders: int, now_ns: int) -> int:
        """The earliest instant at which asking again can help, unless an answer comes before; 0 when now."""
        rooms = zip(self._drawn_on[kind], self._takes(kind, orders, now_ns), strict=True)
        return max((self._frees_at_ns(gauge) for (_, gauge), room in rooms if not room), default=0)

    def _frees_at_ns(self, gauge: Gauge) -> int:
        """When a bucket that has no room may have some, without another answer."""
        oldest = next((drawn for drawn in self._open.values() for there, _ in drawn.draws if there is gauge), None)
        times_ns = [gauge.frees_at_ns(), 0 if oldest is None else oldest.sent_ns + self._held_ns + gauge.window_ns]
        return max(gauge.paused_until_ns, min(filter(None, times_ns), default=0))

    def opens_at_ns(self, kind: BatchKind, now_ns: int) -> int:
        """The earliest instant at which another order of a kind may go, in any form; 0 when now."""
        forms = REQUESTS[kind][: 2 if self.rules.batch_max[kind] > 1 else 1]
        return min(
            [self.frees_at_ns(request, 1, now_ns) for request in forms if request in self.rules.costs], default=0
        )

    def kept(self, now_ns: int, at_disk: Container[int] = ()) -> KeptBudget:
        """For a checkpoint.

        Args:
            at_disk: requests that wait for their record to be durable.
        """
        self._give_up(now_ns)
        gauges = {name: gauge.kept(now_ns) for name, gauge in self._gauges.items()}
        out = [_kept(number, drawn, is_at_disk=number in at_disk) for number, drawn in self._open.items()]
        return KeptBudget({name: gauge for name, gauge in gauges.items() if gauge != IDLE}, tuple(out))

    def restore(self, gauges: Mapping[str, KeptGauge]) -> None:
        """As a checkpoint has them; what is counted otherwise by now is left out."""
        for name, kept in gauges.items():
            if name in self._gauges:
                self._gauges[name].restore(kept)
                self._busy[self._gauges[name]] = None

    def redraw(self, request_id: int, kept: KeptRequest) -> None:
        """A request that was out when a checkpoint was written, oldest first, once the rest of it is restored."""
        draws = tuple([(self._gauges[name], units) for name, units in kept.draws if name in self._gauges])
        for gauge, units in draws:
            gauge.used += units
            self._busy[gauge] = None
        self._open[request_id] = Drawn(kept.kind, draws, kept.sent_ns)

    def end_cancels(self, ended_ns: int) -> None:
        """Cancels without an answer ended with the connections of their session: each weighs one window.

        Args:
            ended_ns: until then they may have left, or arrived: some wait long for a connection.
        """
        for request_id in [number for number, drawn in self._open.items() if drawn.kind in CANCELS]:
            drawn = self._open.pop(request_id)
            for gauge, units in drawn.draws:
                gauge.over(units, min(ended_ns, drawn.sent_ns + LEAVES_WITHIN_NS))

    def put_off(self, by_ns: int, ended_ns: int, now_ns: int) -> None:
        """All that weighs does so for longer, and a ban lasts longer: the clock of then may have been behind the next one.

        Args:
            ended_ns: of the clock that counted it: what was over by that is.
            now_ns: of the next one: all of it was done before that.
        """
        for gauge in self._gauges.values():
            gauge.put_off(by_ns, ended_ns, now_ns)
        self.banned_until_ns = put_off(self.banned_until_ns, by_ns, ended_ns, now_ns)
        for drawn in self._open.values():
            drawn.sent_ns = min(drawn.sent_ns + by_ns, now_ns)

    def gauges(self, now_ns: int) -> dict[str, tuple[int, int]]:
        """Bucket -> (used now, limit), for people."""
        return {name: (room.used, room.limit) for name, room in self.rooms(now_ns).items()}

    def _takes(self, kind: RequestKind, orders: int, now_ns: int) -> list[int]:
        """How many of so many orders each bucket has room for, in the order of the request's costs."""
        self._give_up(now_ns)
        keeps = kind not in CANCELS
        drawn_on = self._drawn_on[kind]
        return [gauge.takes(cost, orders, gauge.reserve if keeps else 0, now_ns) for cost, gauge in drawn_on]


def _kept(request_id: int, drawn: Drawn, *, is_at_disk: bool) -> KeptRequest:
    """A number below 0 is of a session before: nobody answers it any more."""
    draws = tuple([(gauge.bucket.name, units) for gauge, units in drawn.draws])
    return KeptRequest(max(request_id, 0), drawn.kind, drawn.sent_ns, draws, is_at_disk)
