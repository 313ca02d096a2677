"""What the venue can be asked for later: orders that ended, and every fill, as many as it keeps."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from msgspec import Struct

from framework.model.events import Fill
from framework.venues.sim.orders import VenueOrder

DONE_REMEMBERED: Final = 20_000
"""Ids of ended orders that are still known: a cancel of an older one finds it unknown, as at real venues."""
FILLS_REMEMBERED: Final = 20_000


class Traded(Struct, frozen=True, gc=False):
    """A fill of one of the account's orders."""

    order: VenueOrder
    fill: Fill
    ts_ns: int


class Memory:
    """The venue's own history of one account, oldest first."""

    def __init__(self) -> None:
        self.done: OrderedDict[str, VenueOrder] = OrderedDict()
        self.fills: deque[Traded] = deque(maxlen=FILLS_REMEMBERED)
        self.fills_since_ns = 0
        """Fills before this instant may be forgotten."""

    def end(self, order: VenueOrder) -> None:
        """An order is done."""
        self.done[order.client_order_id] = order
        if len(self.done) > DONE_REMEMBERED:
            self.done.popitem(last=False)

    def fill(self, order: VenueOrder, fill: Fill, ts_ns: int) -> None:
        """An order traded."""
        if len(self.fills) == FILLS_REMEMBERED:
            self.fills_since_ns = self.fills[0].ts_ns + 1
        self.fills.append(Traded(order, fill, ts_ns))
