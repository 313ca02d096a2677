"""Asking the simulated exchange: questions travel for a latency, are answered from its books, and travel back."""

from __future__ import annotations

import random
from functools import partial

from msgspec.structs import replace

from framework.kernel.clock import Clock
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.latency import Latency
from framework.model.questions import Ask, Question, Reply, SeenBalance, SeenFill, SeenOrder
from framework.ports import ReplySink, Schedule
from framework.venues.sim.faults import Faults
from framework.venues.sim.memory import Traded
from framework.venues.sim.orders import VenueOrder
from framework.venues.sim.venue import SimVenue

FORGOTTEN = "before_memory"
"""Failure of a question about a time that the venue keeps nothing of."""


class SimQuery:
    """A `Query` of one simulated account.

    Args:
        sink: takes the replies.
        rng: of the latencies of questions alone, so that asking moves no order's luck.
    """

    def __init__(
        self,
        venue: SimVenue,
        clock: Clock,
        schedule: Schedule,
        sink: ReplySink,
        latency: Latency,
        rng: random.Random,
        faults: Faults | None = None,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._schedule = schedule
        self._sink = sink
        self._latency = latency
        self._rng = rng
        self._faults = faults or Faults()
        self.asked: list[Ask] = []
        """What was asked, in the order of arrival."""

    def ask(self, question: Question) -> None:
        """See `framework.ports.Query`."""
        for delay_ns in self._faults.of_question(question):
            due_ns = self._clock.now_ns + self._latency.draw_ns(self._rng) + delay_ns
            self._schedule.at(due_ns, VENUE_PRIORITY, partial(self._arrive, question))

    def _arrive(self, question: Question) -> None:
        self.asked.append(question.ask)
        now_ns = self._clock.now_ns
        due_ns = now_ns + self._latency.draw_ns(self._rng)
        reply = self._faults.of_reply(self._reply(question, now_ns, due_ns))
        self._schedule.at(due_ns, VENUE_PRIORITY, partial(self._sink.replied, reply))

    def _reply(self, question: Question, now_ns: int, due_ns: int) -> Reply:
        empty = Reply(question, due_ns, "", now_ns)
        match question.ask:
            case Ask.ORDER:
                return replace(empty, orders=self._order(question.client_order_id, now_ns))
            case Ask.OPEN_ORDERS:
                return replace(empty, orders=self._open())
            case Ask.RECENT_ORDERS:
                ended = self._venue.memory.done.values()
                done = [_seen(each) for each in ended if each.ended_ns >= question.since_ns]
                return replace(empty, orders=(*done, *self._open()))
            case Ask.FILLS:
                return self._filled(empty)
            case Ask.BALANCES:
                held = self._venue.balances().items()
                return replace(empty, balances=tuple([SeenBalance(asset, *amounts) for asset, amounts in held]))
            case Ask.POSITIONS | Ask.FUNDING | Ask.TIME:  # on spot there are no positions
                return empty

    def _filled(self, empty: Reply) -> Reply:
        since_ns, memory = empty.question.since_ns, self._venue.memory
        if since_ns < memory.fills_since_ns:
            return replace(empty, failure=FORGOTTEN)
        return replace(empty, fills=tuple([_fill(each) for each in memory.fills if each.ts_ns >= since_ns]))

    def _open(self) -> tuple[SeenOrder, ...]:
        return tuple([_seen(order) for order in self._venue.open_orders()])

    def _order(self, client_order_id: str, now_ns: int) -> tuple[SeenOrder, ...]:
        """An order by its id; one that ended is forgotten when the venue's lookup horizon is past."""
        resting = self._venue.resting(client_order_id)
        if resting is not None:
            return (_seen(resting),)
        ended = self._venue.memory.done.get(client_order_id)
        horizon_ns = self._venue.rules.lookup_horizon_ns
        if ended is None or (horizon_ns and now_ns - ended.ended_ns > horizon_ns):
            return ()
        return (_seen(ended),)


def _seen(order: VenueOrder) -> SeenOrder:
    return SeenOrder(
        order.client_order_id,
        order.venue_order_id,
        order.instrument.id,
        order.is_buy,
        order.size_points,
        order.price_points,
        order.filled_points,
        order.state,
        order.reason,
        order.ts_ns,
    )


def _fill(traded: Traded) -> SeenFill:
    order = traded.order
    return SeenFill(
        order.client_order_id, order.venue_order_id, order.instrument.id, order.is_buy, traded.fill, traded.ts_ns
    )
