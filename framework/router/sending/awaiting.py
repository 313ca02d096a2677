"""Requests whose record is on its way to the disk: they may not leave yet, and meanwhile they may only shrink."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import compress

import msgspec

from framework.model.batch import Batch, BatchKind
from framework.model.orders import Order

WhenDurable = Callable[[Callable[[int], None]], None]
"""Takes what to do, with the time, when every record written so far survives a power cut: at once if it does, else in
a later turn, and never if the disk failed (then the run is halted)."""


class Awaiting:
    """The batches that wait, by request."""

    def __init__(self) -> None:
        self.orders = 0
        """How many orders wait."""
        self._batches: dict[int, Batch] = {}
        self._holds: dict[tuple[BatchKind, str], tuple[int, ...]] = {}
        """The requests in which an order waits, oldest first: a change, and perhaps a newer one."""

    @property
    def requests(self) -> Collection[int]:
        """Those that wait, oldest first."""
        return self._batches.keys()

    def hold(self, batch: Batch) -> None:
        """Let a batch wait."""
        self._batches[batch.request_id] = batch
        self.orders += len(batch.orders)
        for order in batch.orders:
            key = batch.kind, order.client_order_id
            self._holds[key] = (*self._holds.get(key, ()), batch.request_id)

    def drop(self, kind: BatchKind, order: Order) -> bool:
        """Take an order out of every batch of a kind in which it waits. False: it waits in none."""
        requests = self._holds.pop((kind, order.client_order_id), ())
        self.orders -= len(requests)
        for request_id in requests:
            batch = self._batches[request_id]
            stays = [other is not order for other in batch.orders]
            self._batches[request_id] = msgspec.structs.replace(
                batch, orders=tuple(compress(batch.orders, stays)), changes=tuple(compress(batch.changes, stays))
            )
        return bool(requests)

    def holds(self, kind: BatchKind, order: Order) -> bool:
        """Whether an order waits in a batch of a kind."""
        return (kind, order.client_order_id) in self._holds

    def release(self, request_id: int) -> Batch:
        """What is left of a batch; it waits no longer. It may be empty."""
        batch = self._batches.pop(request_id)
        self.orders -= len(batch.orders)
        for order in batch.orders:
            key = batch.kind, order.client_order_id
            left = tuple(other for other in self._holds.pop(key) if other != request_id)
            if left:
                self._holds[key] = left
        return batch
