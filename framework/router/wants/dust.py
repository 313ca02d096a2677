"""What targets leave because no order can carry it: told to views and reports, and sent by nobody."""

from __future__ import annotations

from collections.abc import Sequence

from framework.kernel.clock import Clock
from framework.model.instrument import Instrument
from framework.model.intents import Target
from framework.model.orders import Order, Owner
from framework.ports import Desk, Listener
from framework.router.wants import targets


class Dust:
    """Keeps the last target of each strategy and pair, and tells of its rest whenever that is another one.

    Args:
        listeners: told of a rest, and with 0 points that there is none any more.
    """

    def __init__(self, desk: Desk, clock: Clock, listeners: Sequence[Listener]) -> None:
        self._desk = desk
        self._clock = clock
        self._listeners = listeners
        self._targets: dict[tuple[str, Instrument], Target] = {}
        self._told: dict[tuple[str, Instrument], int] = {}

    def asked(self, target: Target) -> None:
        """A target was asked for, and what it needs has been sent."""
        self._targets[target.strategy, target.instrument] = target
        self._look(target)

    def on_order(self, order: Order) -> None:
        """An order filled or is done: its target may have come as near as it can."""
        if order.owner is Owner.TARGET and order.is_done:
            target = self._targets.get((order.strategy, order.instrument))
            if target is not None:
                self._look(target)

    def _look(self, target: Target) -> None:
        if targets.standing(target, self._desk):
            return  # it is told when they are done
        key, points = (target.strategy, target.instrument), targets.dust_points(target, self._desk)
        if points == self._told.get(key, 0):
            return
        self._told[key] = points
        for listener in self._listeners:
            listener.left_dust(target.strategy, target.instrument, self._clock.now_ns, points)
