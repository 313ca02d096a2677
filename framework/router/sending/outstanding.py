"""Cancels and changes that left, and that nobody has answered yet."""

from __future__ import annotations

from typing import Final

from framework.model.batch import Batch, BatchKind
from framework.model.events import OrderReport, Source
from framework.model.orders import Order
from framework.ports import Desk

SPARE: Final = 1_000
"""Beyond twice those of orders that are not done, before the others are forgotten."""


class Outstanding:
    """By order and kind, oldest first: answers that name no request keep their order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._requests: dict[tuple[str, BatchKind], dict[int, int]] = {}
        """Order and kind -> request -> when it left."""
        self._most = SPARE

    def sent(self, batch: Batch, now_ns: int) -> None:
        """A cancel or a change left, for each of its orders."""
        for order in batch.orders:
            self._requests.setdefault((order.client_order_id, batch.kind), {})[batch.request_id] = now_ns
        if len(self._requests) > self._most:
            self._forget()

    def holds(self, kind: BatchKind, order: Order) -> bool:
        """Whether any request of a kind is out for an order."""
        return (order.client_order_id, kind) in self._requests

    def left_ns(self, kind: BatchKind, order: Order) -> int:
        """When the newest of a kind that is out for an order left; 0: none is out."""
        return max(self._requests.get((order.client_order_id, kind), {}).values(), default=0)

    def is_out(self, order: Order, kind: BatchKind, request_id: int) -> bool:
        """Whether this request is without an answer for an order."""
        return request_id in self._requests.get((order.client_order_id, kind), ())

    def answered(self, client_order_id: str, kind: BatchKind, request_id: int = 0) -> int | None:
        """A request that was out for an order, and is no longer; None: it was not.

        Args:
            request_id: 0: the answer does not say; then it is the oldest.
        """
        requests = self._requests.get((client_order_id, kind))
        if requests is None or (request_id and request_id not in requests):
            return None
        request_id = request_id or next(iter(requests))
        del requests[request_id]
        if not requests:
            del self._requests[client_order_id, kind]
        return request_id

    def settled(self, kind: BatchKind, report: OrderReport) -> None:
        """Somebody else than the venue says what became of it: the gateway, that a request never left; a reconcile, of all.

        One that stayed here would take the answer to the next for its own, and that next one would seem to be silent.
        """
        if report.source is Source.GATEWAY:
            self.answered(report.client_order_id, kind, report.request_id)
        elif report.source is Source.RECONCILE:
            self._requests.pop((report.client_order_id, kind), None)

    def _forget(self) -> None:
        """Forget requests whose answer never came and whose orders are done: nobody needs it any more."""
        orders = {name: self._desk.order(name) for name, _ in self._requests}
        done = {name for name, order in orders.items() if order is None or order.is_done}
        self._requests = {key: requests for key, requests in self._requests.items() if key[0] not in done}
        self._most = 2 * len(self._requests) + SPARE

    def __len__(self) -> int:
        """Of how many orders, each kind by itself."""
        return len(self._requests)
