"""What happened in a seed, counted and held against the invariants as it happens.

It sees the world from outside: bytes where they leave, requests where they arrive, reports as they are applied. Nothing
in here asks the code under test what is true.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.kernel.clock import NS_PER_S
from framework.kernel.kill_word import Passage
from framework.kernel.records import KillStepped
from framework.model.batch import CANCEL, KINDS, PLACE, Batch, RequestKind, request_kind
from framework.model.events import OrderReport
from framework.model.orders import DONE, STEPS, Order, OrderState, TimeInForce
from framework.model.rules import Bucket, VenueRules
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope, read_scope
from framework.router.kill.flatten import TAG
from framework.router.kill.trips import Trip
from tests.simulation.service import Service

AGE_MAX_NS: Final = 5 * NS_PER_S
"""Of an order that leaves, by the process's own clock."""
SKEW_NS: Final = NS_PER_S


class Broken(AssertionError):
    """An invariant does not hold."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


class Seen(Struct, frozen=True):
    """What was last seen of an order of ours."""

    state: OrderState
    filled_points: int


class Arrival(Struct, frozen=True):
    """A request that counts at the venue."""

    ts_ns: int
    units: int
    is_cancel: bool


class History:
    """Everything that was seen, over all processes of a seed.

    Args:
        now_ns: the world's time.
    """

    def __init__(self, rules: VenueRules, now_ns: Callable[[], int]) -> None:
        self.counts: Counter[str] = Counter()
        self.events = 0
        """How much has happened."""
        self.closed: dict[Scope, bool] = {EVERYTHING: False}
        """Closed scopes: whether what only reduces passes."""
        self._let_out: set[Scope] = set()
        """Closed scopes whose positions are being flattened."""
        self.latched: set[Scope] = {EVERYTHING}
        """Scopes that a restart must find tripped, or not armed yet."""
        self.filled: dict[str, int] = {}
        """Client order id -> filled, as the process that died last knew it."""
        self.written: dict[str, int] = {}
        """Client order id -> creating requests in which it left."""
        self._rules = rules
        self._now_ns = now_ns
        self._seen: dict[str, Seen] = {}
        self.service = Service(rules, self.hold)
        self._arrivals: dict[str, deque[Arrival]] = {bucket.name: deque() for bucket in rules.buckets}
        self._kept = {bucket.name: _kept_for_cancels(rules, bucket.name) for bucket in rules.buckets}
        self._shut_until_ns: dict[RequestKind, int] = {}
        self._banned_until_ns = 0
        self._was_hard = False

    def hold(self, invariant: str, is_so: bool, what: Callable[[], str]) -> None:
        """Fail where an invariant does not hold."""
        if not is_so:
            raise Broken(invariant, what())

    # I1: nothing that creates orders begins to leave where it is closed. I2: nothing leaves twice.

    def tripped(self, trip: Trip) -> None:
        """A trip took effect."""
        self.counts["trips"] += 1
        self._was_hard |= trip.is_hard
        self.close(trip.scope)

    def close(self, scope: Scope) -> None:
        """A scope is closed from now on, whoever closed it."""
        self.closed[scope] = False

    def let_out(self, scope: Scope) -> None:
        """A person asks for the positions of a scope to go: orders that do only that pass."""
        self.counts["flattenings"] += 1
        self._let_out.add(scope)

    def stepped(self, step: KillStepped) -> None:
        """The kill switch took a step; only what opens counts here, `tripped` has said what closes."""
        scope = read_scope(step.scope)
        if step.state == "armed":
            self.closed.pop(scope, None)
            self._let_out.discard(scope)
        elif step.state == "reducing":
            self.closed[scope] = True

    def wrote(self, batch: Batch, passage: Passage | None, durable: Callable[[str], bool]) -> None:
        """The bytes of a request are being handed to the kernel."""
        self.counts["requests"] += 1
        now_ns = self._now_ns()
        self.hold("I5", now_ns >= self._banned_until_ns, lambda: f"{batch.request.value} sent during a ban")
        self.hold(
            "I17", 0 < len(batch.orders) <= self._rules.batch_max[batch.kind], lambda: f"{len(batch.orders)} orders"
        )
        self.hold("I17", all(each.instrument is batch.instrument for each in batch.orders), lambda: "pairs are mixed")
        if batch.kind is CANCEL:
            for order in batch.orders:
                self._check_guard(order)
            return
        self.hold(
            "I5",
            now_ns >= self._shut_until_ns.get(request_kind(batch.kind, len(batch.orders)), 0),
            lambda: f"{batch.request.value} sent before a 429 was over",
        )
        for order in batch.orders:
            self._check_gate(batch, order)
            self._check_age(batch, order)
        if batch.kind is PLACE:
            for order in batch.orders:
                self._count_place(order, durable)

    def _check_guard(self, order: Order) -> None:
        """I6: what guards a position is taken back by its strategy or by a hard trip, never by a sweep of its own accord."""
        is_wanted = not order.reduce_only or self._was_hard or self.service.was_asked(order)
        self.hold("I6", is_wanted, lambda: f"{order.client_order_id} guards a position, and nobody asked to cancel it")

    def _check_gate(self, batch: Batch, order: Order) -> None:
        if not self.closed:
            return
        shut = [scope for scope in _scopes(batch, order) if self.closed.get(scope) is False]
        if is_way_out(order):
            shut = [scope for scope in shut if not any(out.holds(scope) for out in self._let_out)]
        if shut:
            self.counts["writes_after_trip"] += 1
            raise Broken("I1", f"{order.client_order_id} left while {shut[0]} was closed")

    def _check_age(self, batch: Batch, order: Order) -> None:
        """I9: what may become stale does not leave late; the clock of who made it may be off by so much."""
        age_ns = self._now_ns() - order.ts_created_ns
        is_fresh = batch.kind is not PLACE or order.reduce_only or age_ns <= AGE_MAX_NS + SKEW_NS
        self.hold("I9", is_fresh, lambda: f"{order.client_order_id} left {age_ns // 1_000_000} ms after it was made")

    def _count_place(self, order: Order, durable: Callable[[str], bool]) -> None:
        client_order_id = order.client_order_id
        self.written[client_order_id] = self.written.get(client_order_id, 0) + 1
        if self.written[client_order_id] > 1:
            self.counts["duplicates"] += 1
            raise Broken("I2", f"{client_order_id} was sent again")
        self.hold("I19", durable(client_order_id), lambda: f"{client_order_id} left before its record was durable")

    # I5: the venue's own count, and its wishes.

    def arrived(self, kind: RequestKind, orders: int) -> None:
        """A request of ours arrived and counts."""
        now_ns, is_cancel = self._now_ns(), KINDS[kind] is CANCEL
        for cost in self._rules.costs[kind]:
            bucket, arrivals = self._rules.bucket(cost.bucket), self._arrivals[cost.bucket]
            while arrivals and arrivals[0].ts_ns <= now_ns - bucket.window_ns:
                arrivals.popleft()
            arrivals.append(Arrival(now_ns, cost.of(orders), is_cancel))
            self._check_bucket(bucket, arrivals, is_cancel=is_cancel)

    def _check_bucket(self, bucket: Bucket, arrivals: Iterable[Arrival], *, is_cancel: bool) -> None:
        used, creating, kept = 0, 0, self._kept[bucket.name]
        for each in arrivals:
            used += each.units
            if not each.is_cancel:
                creating += each.units
        if used > bucket.limit:
            self.counts["budget_overruns"] += 1
            raise Broken("I5", f"{bucket.name}: {used} units in one window, {bucket.limit} allowed")
        self.hold(
            "I5",
            is_cancel or creating <= bucket.limit - kept,
            lambda: f"{bucket.name}: {creating} units of new orders in one window, {kept} are kept for cancels",
        )

    def told_to_wait(self, kind: RequestKind, wait_ns: int) -> None:
        """A 429 reached us, with a Retry-After or without (0): then as long as the rules say."""
        until_ns = self._now_ns() + (wait_ns or self._rules.pause_ns)
        self._shut_until_ns[kind] = max(self._shut_until_ns.get(kind, 0), until_ns)

    def banned(self, wait_ns: int) -> None:
        """A 418 reached us."""
        self._banned_until_ns = max(self._banned_until_ns, self._now_ns() + wait_ns)

    # I7: an order's life goes one way.

    def reported(self, order: Order, report: OrderReport) -> None:
        """A report was applied."""
        self.service.reported(order)
        before = self._seen.get(order.client_order_id)
        now = Seen(order.state, order.filled_points)
        self._seen[order.client_order_id] = now
        if before is None or before == now:
            return
        self.hold(
            "I7",
            now.filled_points >= before.filled_points,
            lambda: f"{order.client_order_id}: filled {before.filled_points}, then {now.filled_points}",
        )
        self.hold(
            "I7",
            before.state is now.state or before.state not in DONE or now.state in STEPS[before.state],
            lambda: f"{order.client_order_id}: {before.state.value}, then {now.state.value}",
        )

    def forget_process(self, *, knows_ban: bool) -> None:
        """A process died: what it knew is gone, what it did is not. What its latch does not close, the next one opens.

        Args:
            knows_ban: the record of the last ban that it was told of survives. A pause by a 429 is of one process alone.
        """
        self._shut_until_ns.clear()
        if not knows_ban:
            self._banned_until_ns = 0
        self.filled |= {name: seen.filled_points for name, seen in self._seen.items()}
        self.closed = dict.fromkeys(self.latched, False)
        self._let_out &= self.latched  # the next one goes on with what was being flattened
        self._seen.clear()
        self.service.forget()

    # I15: limits, from outside.

    def check_size(self, order: Order, notional_max: Decimal) -> None:
        """No order that leaves is larger than allowed."""
        notional = order.instrument.notional(order.price_points, order.size_points)
        self.hold("I15", notional <= notional_max, lambda: f"{order.client_order_id}: {notional} of {notional_max}")


def is_way_out(order: Order) -> bool:
    """Whether an order can only bring a position down, and does not stay."""
    return order.reduce_only and order.tif is TimeInForce.IOC and order.tag == TAG


def _kept_for_cancels(rules: VenueRules, bucket: str) -> int:
    """Units of a bucket that new orders never use: one cancel's, where both draw on it."""
    drawn = {kind: sum(cost.of(1) for cost in costs if cost.bucket == bucket) for kind, costs in rules.costs.items()}
    is_shared = any(units and KINDS[kind] is not CANCEL for kind, units in drawn.items())
    return drawn.get(RequestKind.CANCEL, 0) if is_shared else 0


Price = tuple[str, bool, int, bool]
"""Id, is a buy, price points, is post-only."""


def check_crossing(wanted: Iterable[Price], resting: Sequence[Price]) -> None:
    """I18: no order of ours is to trade with another of ours; two post-only orders never do."""
    for client_order_id, is_buy, price, is_post_only in wanted:
        for other_id, other_buys, other_price, other_post_only in resting:
            if other_buys == is_buy or other_id == client_order_id or (is_post_only and other_post_only):
                continue
            if price >= other_price if is_buy else price <= other_price:
                raise Broken("I18", f"{client_order_id} at {price} meets {other_id} at {other_price}")


def _scopes(batch: Batch, order: Order) -> tuple[Scope, ...]:
    return (
        EVERYTHING,
        Scope(ScopeKind.VENUE, batch.venue),
        account_scope(batch.venue, batch.account),
        Scope(ScopeKind.INSTRUMENT, batch.instrument.id),
        Scope(ScopeKind.STRATEGY, order.strategy),
    )
