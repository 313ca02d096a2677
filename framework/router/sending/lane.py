"""The way to one venue and account: what waits, what the venue allows, and which requests to make of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from framework.model.batch import KINDS, REQUESTS, BatchKind, RequestKind
from framework.model.rules import VenueRules
from framework.ports import Desk, OrderPort
from framework.router.budget.budget import Budget
from framework.router.planning.headroom import Rooms
from framework.router.planning.lone import LoneOrders
from framework.router.planning.planner import Planned, Planner, Queued
from framework.router.planning.symbol_cancels import SymbolCancels, all_go
from framework.router.planning.tariffs import tariffs
from framework.router.sending.slots import Service, Share, Slots

CANCELS_HELD_NS: Final = 2_000_000_000
"""While a cancel has waited for longer than this, nothing is placed but what reduces: it would join what cannot go."""
TURN_AFTER_NS: Final = 500_000_000
"""A strategy's next ordinary order that waited longer than this goes before all others of its class."""


class Proposed(NamedTuple):
    """A request to make: up to so many orders of a share, in this form."""

    share: Share
    request: RequestKind
    orders: int


@dataclass
class Lane:
    """The way to one venue and account: its rules, its budget, its order port."""

    rules: VenueRules
    account: str
    port: OrderPort
    budget: Budget = field(init=False)
    slots: Slots = field(init=False)
    symbol_cancels: SymbolCancels = field(init=False)
    is_ours_alone: bool = False
    """Nobody else has orders on the account: a request may cancel all that stands of a symbol."""
    hears_answers: bool = False
    """Its port tells of each answer by itself: what is said of an order ends no cancel or change for the budget."""
    planner: Planner = field(init=False)
    lone: LoneOrders = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.rules)
        self.symbol_cancels = SymbolCancels(self.rules.acceptance_bound_ns)
        self.slots = Slots(self.symbol_cancels)
        steps = tariffs(self.rules)
        self._cancels_of_a_unit = steps[BatchKind.CANCEL].step_orders if BatchKind.CANCEL in steps else 0
        self.planner = Planner(self.rules)
        self.lone = self.planner.lone

    def look(self, now_ns: int) -> None:
        """All that may leave has left: note which cancels wait."""
        self.slots.note_cancels(now_ns)

    def holds_cancels(self, now_ns: int) -> bool:
        """Whether limits have kept a cancel waiting for too long."""
        since_ns = self.slots.cancels_since_ns()
        return bool(since_ns) and now_ns - since_ns >= CANCELS_HELD_NS

    def plan(self, now_ns: int, desk: Desk | None = None) -> list[Proposed]:
        """The best requests for what waits, in the order of sending.

        If all can go, classes share requests. If not, each class is planned for by itself, the highest first, and what
        costs no further unit joins it.

        Args:
            desk: tells which cancels are of all that stands of a pair; None: no request is to cancel a whole symbol.
        """
        rooms = self.budget.look(now_ns)
        if not self._may_send(rooms):
            return []  # the usual case where much waits: it is looked at with every order that joins
        if self.holds_cancels(now_ns):
            return self._plan_urgent(rooms, now_ns, desk)
        shares, queued = self.slots.whole()
        queued = self._marked(shares, queued, desk)
        plan = self.planner.plan(queued, rooms)
        if sum([planned.orders for planned in plan]) < sum([there.orders for there in queued]):
            split = self.slots.by_service(now_ns - TURN_AFTER_NS)
            if split[1] != queued:
                shares, queued = split[0], self._marked(*split, desk)
                plan = self._fill(self.planner.plan(queued, rooms), shares, [there.orders for there in queued])
        return [Proposed(shares[slot], request, orders) for slot, request, orders in plan]

    def _may_send(self, rooms: Rooms) -> bool:
        """Whether anything that waits could leave, if it were all there is."""
        kinds = self.slots.kinds()
        if self.slots.has_shrinks or (BatchKind.CANCEL in kinds and RequestKind.CANCEL_SYMBOL in self.rules.costs):
            return True  # special requests draw on buckets of their own
        return any(self.lone.way(kind, rooms) is not None for kind in kinds)

    def _plan_urgent(self, rooms: Rooms, now_ns: int, desk: Desk | None) -> list[Proposed]:
        """Cancels, and what only reduces: nothing is placed beside what cannot be taken back."""
        shares, queued = self.slots.by_service(now_ns)
        urgent = [at for at, share in enumerate(shares) if share.service <= Service.REDUCING]
        shares, queued = [shares[at] for at in urgent], [queued[at] for at in urgent]
        plan = self.planner.plan(self._marked(shares, queued, desk), rooms)
        return [Proposed(shares[slot], request, orders) for slot, request, orders in plan]

    def _marked(self, shares: Sequence[Share], queued: list[Queued], desk: Desk | None) -> list[Queued]:
        """Mark the cancels of all that stands of a pair, where they are more than a request cancels for one unit.

        What is new there has to wait for the answer: for fewer that is not worth it.
        """
        if desk is None or not self.is_ours_alone:
            return queued
        return [
            there._replace(is_all=True)
            if there.kind is BatchKind.CANCEL
            and self._cancels_of_a_unit < there.orders == share.slot.orders
            and all_go(desk, share.slot.instrument, there.orders)
            else there
            for share, there in zip(shares, queued, strict=True)
        ]

    def _fill(self, plan: Sequence[Planned], shares: Sequence[Share], waiting: Sequence[int]) -> tuple[Planned, ...]:
        """Let orders that must stay behind join batches of their slot, where that costs no further unit."""
        left = list(waiting)
        for slot, _, orders in plan:
            left[slot] -= orders
        filled: list[Planned] = []
        for slot, request, orders in plan:
            free = self._free_places(request, orders)
            for behind in range(slot, len(shares)):  # a slot's shares stand together, the highest class first
                if free and shares[behind].slot is shares[slot].slot:
                    joining = min(free, left[behind])
                    left[behind] -= joining
                    free -= joining
                    orders += joining  # noqa: PLW2901 - the request grows
            self._join(filled, Planned(slot, request, orders), shares)
        return tuple(filled)

    def _join(self, plan: list[Planned], planned: Planned, shares: Sequence[Share]) -> None:
        """Add a request to a plan: to a batch of its slot that has room for all of it, since two are never cheaper."""
        slot, request, orders = planned
        kind = KINDS[request]
        if request is REQUESTS[kind][1]:
            for place, (there, form, others) in enumerate(plan):
                is_same = form is request and shares[there].slot is shares[slot].slot
                if is_same and others + orders <= self.rules.batch_max[kind]:
                    plan[place] = Planned(there, request, others + orders)
                    return
        plan.append(planned)

    def _free_places(self, request: RequestKind, orders: int) -> int:
        """How many more orders a request takes for the same units."""
        kind = KINDS[request]
        if request is not REQUESTS[kind][1]:
            return 0
        steps = [cost.orders_per_unit for cost in self.rules.costs[request] if cost.orders_per_unit]
        return min([self.rules.batch_max[kind] - orders, *[-orders % step for step in steps]])
