"""Wanted states, made into orders: targets, ladders, and whatever has to wait for an order or for cash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.model.events import Source
from framework.model.intents import Ladder, Target
from framework.model.orders import Order, Owner, write
from framework.model.reasons import GATE_CLOSED
from framework.ports import Desk
from framework.router.checks import FUNDS, Refusal, asset_of
from framework.router.doubt.endings import Endings
from framework.router.gate import Gate
from framework.router.orders import Orders
from framework.router.planning.tariffs import NO_WAY, ChangeUnits
from framework.router.wants import ladders, targets
from framework.router.wants.dust import Dust
from framework.router.wants.held import Held, Waiting, is_worth_waiting
from framework.router.wants.told import Told

TARGET: Final = Owner.TARGET
"""By a name of its own, as `framework.model.batch.PLACE`."""


class Wants:
    """Turns targets and ladders into orders, and sees to what waits.

    Args:
        ids: names for the orders made here.
        orders: takes them.
        held: where wants wait, and buys that lack cash.
        dust: tells of what targets leave.
        endings: while they hide what a strategy holds, its targets wait.
        told: what targets and ladders have heard of.
        units: venue -> what changes of its orders cost.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        clock: Clock,
        gate: Gate,
        ids: OrderIds,
        orders: Orders,
        held: Held,
        dust: Dust,
        endings: Endings,
        told: Told,
        units: Mapping[str, ChangeUnits],
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._gate = gate
        self._ids = ids
        self._orders = orders
        self._held = held
        self._dust = dust
        self._endings = endings
        self._told = told
        self._units = units

    def target(self, target: Target) -> None:
        """Send what is missing. Resting orders that no longer serve go first, and the target waits for that."""
        self._target(target, self._late_at_ns())
        self._dust.asked(target)

    def ladder(self, ladder: Ladder) -> None:
        """Cancel what no longer fits, change what can, place what is new.

        A newer ladder replaces what still waits of an older one. What may not be changed so (money, a limit, the gate) is
        cancelled and placed.
        """
        standing = [
            ladders.standing_as(order, self._desk.changes(order)) for order in self._desk.open_of(ladder.strategy)
        ]
        cancels, places, amends = ladders.difference(ladder, standing, self._units.get(ladder.instrument.venue, NO_WAY))
        for order in cancels:
            self._orders.take_back(order)
        for order, rung in amends:
            change = ladders.change_for(order, rung)
            if self._orders.change_refusal(order, change) is None and not self._gate.barred(order, change):
                self._orders.amend(order, change)
            else:
                self._orders.take_back(order)
                places = (*places, rung)
        self._held.drop(ladder)
        self._place_rungs(structs.replace(ladder, rungs=places), self._late_at_ns())

    def give_up(self, order: Order) -> None:
        """An order is taken back by hand: what waits for it, or for its cash, ends with it."""
        self._held.drop_for(order)

    # What waits.

    def settle(self) -> None:
        """All of a turn is known: what began to wait goes on waiting only where that helps."""
        for waiting in self._held.take_fresh():
            if self._may_leave(waiting) or not is_worth_waiting(waiting, self._desk):
                self._held.drop(waiting.wanted)
                self._end_waiting(waiting)
            elif isinstance(waiting.wanted, Order):
                self._orders.admit_held(waiting.wanted)

    def resume(self, order: Order) -> None:
        """An order filled or is done: what waited for that goes on, unless its strategy may make nothing new."""
        if not self._held.waiting and order.owner is not TARGET:
            return
        if self._desk.is_halted(order.strategy):
            return
        self._dust.on_order(order)
        for waiting in self._held.take_due(order):
            self._go_on(waiting)
        self.settle()

    def settled(self, order: Order) -> None:
        """All that filled of an order that ended is known: what waited for that, or for what it kept, goes on."""
        if self._desk.is_halted(order.strategy):
            return
        for target in self._held.take_targets(order.strategy, order.instrument):
            self._target(target, self._late_at_ns())
        for waiting in self._held.take_freed(order.strategy, asset_of(order)):
            self._go_on(waiting)
        self.settle()

    def _go_on(self, waiting: Waiting) -> None:
        match waiting.wanted:
            case Order():
                self._held.put(waiting)
            case Target():
                self._target(waiting.wanted, waiting.until_ns or self._late_at_ns())
            case Ladder():
                self._place_rungs(waiting.wanted, waiting.until_ns)

    def end_late(self, now_ns: int) -> None:
        """End what has waited for as long as it may."""
        for waiting in self._held.take_late(now_ns):
            self._end_waiting(waiting)

    def late_at_ns(self) -> int:
        """When something will have waited too long; 0 when nothing will."""
        return self._held.late_at_ns()

    def _late_at_ns(self) -> int:
        """When something that begins to wait now has waited too long."""
        return self._clock.now_ns + self._gate.intent_age_max_ns

    def _may_leave(self, waiting: Waiting) -> bool:
        """Whether a buy that lacked cash has it now."""
        return isinstance(waiting.wanted, Order) and self._orders.lack(waiting.wanted) is None

    def _end_waiting(self, waiting: Waiting) -> None:
        """Send what can be sent now, and refuse the rest."""
        wanted = waiting.wanted
        match wanted:
            case Order():
                self._orders.end_held(wanted)
            case _ if self._desk.is_halted(wanted.strategy):
                return
            case Target():
                self._reach(wanted, targets.missing_points(wanted, self._desk))
            case Ladder():
                for rung in wanted.rungs:
                    order = ladders.order_for(wanted, rung, self._clock.now_ns)
                    self._admit_made(order, self._orders.refusal(order))

    # Targets and ladders.

    def _target(self, target: Target, until_ns: int) -> None:
        self._held.drop(target)
        for order in targets.obsolete(target, self._desk):
            self._orders.take_back(order)
        missing = targets.missing_points(target, self._desk)
        if targets.must_wait(target, missing, self._desk):
            self._held.put(Waiting(target))
            if targets.leads_back(target, missing, self._desk):
                return
        elif targets.lacks_cash(target, missing, self._desk):
            self._held.put(Waiting(target, target.instrument.quote, until_ns))
            return
        self._reach(target, missing)

    def _reach(self, target: Target, missing: int) -> None:
        """Order what is missing, as far as free assets carry it; once it is known what is held."""
        if not missing:
            return
        for standing in self._desk.open_of(target.strategy):
            if standing.instrument is target.instrument:
                self._endings.watch(standing, self._clock.now_ns)
        if self._endings.hides(target.strategy, target.instrument):
            self._held.put(Waiting(target))
            return
        order = targets.order_for(target, missing, self._desk, self._clock.now_ns)
        refusal = self._orders.refusal(order)
        if refusal is None or not self._held.holds(target):
            self._admit_made(order, refusal)
            self._endings.watch(order, self._clock.now_ns)

    def _place_rungs(self, ladder: Ladder, until_ns: int) -> None:
        """Place rungs; those that lack cash wait for the end of the turn."""
        short = []
        for rung in ladder.rungs:
            order = ladders.order_for(ladder, rung, self._clock.now_ns)
            refusal = self._orders.refusal(order)
            if refusal is not None and refusal.reason == FUNDS:
                short.append((rung, asset_of(order)))
            else:
                self._admit_made(order, refusal)
        if short:
            rungs = tuple(rung for rung, _ in short)
            self._held.put(Waiting(structs.replace(ladder, rungs=rungs), short[0][1], until_ns))

    def _admit_made(self, order: Order, refusal: Refusal | None) -> None:
        """Name an order that a target or ladder made, and take it; of what stays refused, tell once."""
        source = Source.ROUTER
        if refusal is None:
            why = self._gate.barred(order)
            if why:
                refusal, source = Refusal(GATE_CLOSED, why), Source.GATE
        if refusal is not None:
            refusal = self._told.take(order, refusal)
            if refusal is None:
                return
        write(order, client_order_id=self._ids.next(order.strategy))
        self._orders.admit(order, refusal, source)
