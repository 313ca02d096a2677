"""The venue's side of the world: the plain sandbox without its sockets, and what it can be asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from framework.gateway.outcome import Answered
from framework.kernel.clock import NS_PER_S, Clock
from framework.model.batch import AMEND, CANCEL, PLACE, BatchKind, RequestKind, request_kind
from framework.model.events import Fill, OrderReport
from framework.model.instrument import Instrument
from framework.model.orders import OrderState
from framework.model.questions import Ask, Question, Reply, SeenBalance, SeenFill, SeenOrder
from framework.model.rules import VenueRules
from framework.sandbox.loopback import LoopbackVenue, PastOrder
from framework.sandbox.plain.stream import Audience
from framework.sandbox.plain.venue import PlainServer
from framework.sandbox.plain.wire import AmendRequest, CancelRequest, PlaceRequest
from framework.venues.sim.orders import VenueOrder
from tests.simulation.history import History, check_crossing

SHAPES: Final = {"/orders": PlaceRequest, "/cancels": CancelRequest, "/amends": AmendRequest}
KINDS: Final = {"/orders": PLACE, "/cancels": CANCEL, "/amends": AMEND}
STATES: Final = {state.value: state for state in OrderState}
FOREIGN: Final = "manual-"
"""Orders of the account that are not ours are called so."""
OPEN_ORDERS_MAX: Final = 30
"""So many of ours may rest at a time."""


class Tape(Audience):
    """The private stream as numbered bytes."""

    def __init__(self, venue: LoopbackVenue, out: Callable[[int, bytes], None]) -> None:
        super().__init__(venue)
        self._out = out

    def tell(self, report: OrderReport) -> None:
        self._seq += 1
        self._out(self._seq, msgspec.json.encode(self._told(report)))

    @property
    def seq(self) -> int:
        """Number of the last message."""
        return self._seq


class VenueClock:
    """The venue's own clock, which somebody may set."""

    def __init__(self, true: Clock) -> None:
        self.ahead_ns = 0
        self._true = true

    @property
    def now_ns(self) -> int:
        """What it shows."""
        return self._true.now_ns + self.ahead_ns


class Exchange:
    """One account at the plain venue.

    Args:
        told: takes each message of the private stream, with its number.
    """

    def __init__(
        self,
        rules: VenueRules,
        instruments: Sequence[Instrument],
        balances: Mapping[str, Decimal],
        clock: Clock,
        seed: int,
        history: History,
        told: Callable[[int, bytes], None],
    ) -> None:
        self.rules = rules
        self.clock = self._clock = VenueClock(clock)
        self.venue = LoopbackVenue(rules, instruments, balances, self.clock, seed)
        self._history = history
        self._server = PlainServer(self.venue, window_ns=rules.acceptance_bound_ns)
        entry = self._server._entry
        self._acts = {"/orders": entry.place, "/cancels": entry.cancel, "/amends": entry.amend}
        self._answers: dict[Ask, Callable[[Question], dict[str, Any]]] = {
            Ask.ORDER: self._order,
            Ask.OPEN_ORDERS: self._open_orders,
            Ask.RECENT_ORDERS: self._recent_orders,
            Ask.FILLS: self._fills,
            Ask.BALANCES: self._balances,
        }
        self.stream = Tape(self.venue, told)
        self._foreign = random.Random(f"{seed}/foreign")
        self._foreigners = 0
        self._fills_counted = 0
        self._sold: dict[tuple[str, str], Decimal] = {}
        """Strategy and pair -> how much less of its base the strategy holds, by the fills counted so far."""

    # Requests about orders.

    def serve(self, path: str, sent_ns: str, body: bytes, *, is_given_up: bool = False) -> Answered:
        """Judge a request that is here.

        Args:
            is_given_up: a cancel whose connection has ended: it may be one too many (`framework.gateway.outcome.is_over`).
        """
        wanted = msgspec.json.decode(body, type=SHAPES[path])
        kind, count = KINDS[path], len(wanted.ids or ()) if isinstance(wanted, CancelRequest) else len(wanted.orders)
        is_late = self._clock.now_ns - int(sent_ns) > self.rules.acceptance_bound_ns
        if not is_late:
            self._check(kind, wanted)
            if not is_given_up:
                self._history.arrived(request_kind(kind, count), count)
        request: Any = SimpleNamespace(headers={"X-Time": sent_ns})
        status, answer = self._server._judged(SHAPES[path], self._acts[path], body, request)
        if len(self.venue._sim.open_orders()) > OPEN_ORDERS_MAX:  # some may be others'
            resting = len(self.open_ids())
            self._history.hold("I15", resting <= OPEN_ORDERS_MAX, lambda: f"{resting} orders rest")
        headers, last = {}, self.venue.last
        until_ns = last.banned_until_ns - self._clock.now_ns if status == 418 else last.retry_after_ns
        if status in (418, 429) and until_ns > 0:
            headers["retry-after"] = str(-(-until_ns // NS_PER_S))
        return Answered(status, headers, msgspec.json.encode(answer))

    def _check(self, kind: BatchKind, wanted: Any) -> None:
        """I16: what we cancel is ours. I18: what we place meets none of ours."""
        if kind is CANCEL:
            named = wanted.ids
            self._history.hold(
                "I16",
                named is not None and not any(each.startswith(FOREIGN) for each in named),
                lambda: f"cancel of {named}",
            )
            return
        there = self.venue.instruments[wanted.symbol]
        resting = [
            (order.client_order_id, order.is_buy, order.price_points, order.post_only)
            for order in self.venue._sim.open_orders()
            if order.instrument is there and not order.client_order_id.startswith(FOREIGN)
        ]
        if kind is PLACE:
            prices = [
                (each.id, each.side == "buy", there.data_price(each.price), each.post_only)
                for each in wanted.orders
                if each.price is not None and each.id not in self.venue.orders
            ]
        else:
            known = {order[0]: order for order in resting}
            prices = [
                (each.id, known[each.id][1], there.data_price(each.price), known[each.id][3])
                for each in wanted.orders
                if each.id in known
            ]
        check_crossing(prices, resting)

    # What others do.

    def crowd(self, kind: RequestKind, requests: int) -> None:
        """Somebody else uses the same limits."""
        self.venue._sim.crowd(kind, requests)

    def overdo(self, kind: RequestKind) -> None:
        """Somebody else goes on after refusals: where there are bans, our address is banned with his."""
        ban, limits = self.rules.ban, self.venue._sim._limits
        if ban is not None:
            self.crowd(kind, max(bucket.limit for bucket in self.rules.buckets))
            for _ in range(ban.after):
                limits.admit(kind, 1, self._clock.now_ns)

    def cancel_by_hand(self, chance: random.Random) -> None:
        """A person takes one of our orders back at the venue's own page, or all of them."""
        ours = self.open_ids()
        for client_order_id in ours if chance.random() < 0.4 else ours and [chance.choice(ours)]:
            self.venue._sim._entry.cancel(client_order_id)

    def place_by_hand(self, there: Instrument, price_points: int) -> None:
        """A person places an order that is not ours: far from the market."""
        self._foreigners += 1
        size = there.size_min_points or there.lot_points
        order = VenueOrder(
            client_order_id=f"{FOREIGN}{self._foreigners}",
            instrument=there,
            is_buy=True,
            size_points=size * 100,
            left_points=size * 100,
            price_points=price_points,
        )
        self.venue._arriving = {order.client_order_id: order}
        self.venue._sim._entry.place(order, self._clock.now_ns)

    # What is true here.

    def open_ids(self) -> list[str]:
        """Our orders that rest, oldest first."""
        return [each for each in self.venue.open_ids("") if not each.startswith(FOREIGN)]

    def foreign_ids(self) -> list[str]:
        """Orders that rest and are not ours."""
        return [each for each in self.venue.open_ids("") if each.startswith(FOREIGN)]

    @property
    def foreigners(self) -> int:
        """How many orders were placed by hand."""
        return self._foreigners

    def sold_since_start(self, strategy: str, there: Instrument) -> Decimal:
        """How much less of a pair's base a strategy holds than at the start; negative where it bought."""
        fills = self.venue.fills
        for done in fills[self._fills_counted :]:
            self._count_fill(done.order, done.fill)
        self._fills_counted = len(fills)
        return self._sold.get((strategy, there.id), Decimal(0))

    def _count_fill(self, order: VenueOrder, fill: Fill) -> None:
        there = order.instrument
        size = there.size_exact(fill.size_points)
        less = (-size if order.is_buy else size) + (fill.fee if fill.fee_asset == there.base else 0)
        for strategy in order.client_order_id.split("-")[2:3]:  # an order of others has none
            self._sold[strategy, there.id] = self._sold.get((strategy, there.id), Decimal(0)) + less

    # Questions.

    def reply(self, question: Question) -> Reply:
        """What it says now."""
        reply, tell = Reply(question, 0, "", self._clock.now_ns), self._answers.get(question.ask)
        return reply if tell is None else replace(reply, **tell(question))

    def _order(self, question: Question) -> dict[str, Any]:
        record = self.venue.orders.get(question.client_order_id)
        return {"orders": () if record is None else (_seen(record),)}

    def _open_orders(self, question: Question) -> dict[str, Any]:
        return {"orders": tuple([_seen(self.venue.orders[each]) for each in self.venue.open_ids("")])}

    def _recent_orders(self, question: Question) -> dict[str, Any]:
        records = self.venue.orders.values()
        return {"orders": tuple([_seen(it) for it in records if it.ts_ns >= question.since_ns or it.state == "open"])}

    def _fills(self, question: Question) -> dict[str, Any]:
        return {"fills": tuple([_fill(done) for done in self.venue.fills if done.ts_ns >= question.since_ns])}

    def _balances(self, question: Question) -> dict[str, Any]:
        return {"balances": tuple([SeenBalance(asset, *both) for asset, both in self.venue.balances().items()])}


def _seen(record: PastOrder) -> SeenOrder:
    order = record.order
    return SeenOrder(
        order.client_order_id,
        record.venue_order_id,
        order.instrument.id,
        order.is_buy,
        order.size_points,
        order.price_points,
        order.filled_points,
        STATES[record.state],
        record.reason,
        record.ts_ns,
    )


def _fill(done: Any) -> SeenFill:
    order = done.order
    return SeenFill(
        order.client_order_id, order.venue_order_id, order.instrument.id, order.is_buy, done.fill, done.ts_ns
    )
