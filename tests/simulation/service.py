"""Who goes first where places and cancels draw on one limit, looked at as requests are journaled.

A cancel that was asked for goes before every order that was made after it. What was asked of an order that rests needs
no answer first, so nothing but budget can hold it up, and of budget cancels have the first of all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from framework.kernel.records import OrderMade, RequestSent
from framework.model.batch import CANCEL, PLACE, REQUESTS, BatchKind
from framework.model.intents import Cancel
from framework.model.orders import Order, OrderState, Pending
from framework.model.rules import VenueRules

Hold = Callable[[str, bool, Callable[[], str]], None]


class Service:
    """The cancels that wait, in the order in which they were asked for.

    Args:
        hold: fails where an invariant does not hold.
    """

    def __init__(self, rules: VenueRules, hold: Hold) -> None:
        self._is_watching = bool(_buckets(rules, PLACE) & _buckets(rules, CANCEL))
        self._hold = hold
        self._asked = 0
        self._waiting: dict[str, int] = {}
        """Order -> number of the first cancel that was asked of it and has not left."""
        self._wanted_back: set[str] = set()
        self._made: dict[str, int] = {}
        """Order -> how many cancels had been asked for when it was made."""

    def taken(self, intents: Sequence[tuple[str, Any]]) -> None:
        """What strategies want."""
        for _, intent in intents:
            if isinstance(intent, Cancel):
                self._wanted_back.add(intent.order.client_order_id)
            if isinstance(intent, Cancel) and _needs_no_answer(intent.order):
                self._asked += 1
                self._waiting.setdefault(intent.order.client_order_id, self._asked)

    def was_asked(self, order: Order) -> bool:
        """Whether its strategy ever asked to take an order back."""
        return order.client_order_id in self._wanted_back

    def reported(self, order: Order) -> None:
        """Something became of an order."""
        if order.is_done or order.state is not OrderState.OPEN:
            self._waiting.pop(order.client_order_id, None)

    def made(self, record: OrderMade) -> None:
        """An order is being journaled."""
        self._made[record.client_order_id] = self._asked

    def sent(self, record: RequestSent) -> None:
        """A request is being journaled."""
        if record.kind is CANCEL:
            for client_order_id in record.orders:
                self._waiting.pop(client_order_id, None)
        elif record.kind is PLACE:
            self._check(record.orders)

    def forget(self) -> None:
        """The process died: what waited in it waits no more."""
        self._waiting.clear()

    def _check(self, orders: Sequence[str]) -> None:
        """No order leaves that was made after the cancel that has waited longest was asked for."""
        if self._waiting and self._is_watching:
            waiting, number = next(iter(self._waiting.items()))
            for made in orders:
                self._hold(
                    "I6", self._made.get(made, 0) < number, lambda made=made: f"{made} before the cancel of {waiting}"
                )


def _needs_no_answer(order: Order) -> bool:
    return order.state is OrderState.OPEN and order.pending is Pending.NOTHING


def _buckets(rules: VenueRules, kind: BatchKind) -> set[str]:
    return {cost.bucket for request in REQUESTS[kind] for cost in rules.costs.get(request, ())}
