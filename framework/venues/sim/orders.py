"""An order as the venue keeps it: a copy of what the request said, and its place in the queue."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Self

from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.orders import Order, TimeInForce

AHEAD_UNKNOWN: Final = 10**18
"""More than any level holds: the order rests beyond what the tape shows."""

NOT_CROSSED: Final = -1


class VenueOrder:
    """Copied when the request leaves: what happens to our own record meanwhile must not reach the venue.

    `locked` is in quote for a buy, in base for a sell. `ahead_points` is the displayed size, none of it ours, that is
    served before this order.
    """

    __slots__ = (
        "ahead_points",
        "client_order_id",
        "crossed_ns",
        "cut_points",
        "filled_points",
        "first_look",
        "instrument",
        "is_buy",
        "left_points",
        "locked",
        "post_only",
        "price_points",
        "reduce_only",
        "size_points",
        "tif",
        "venue_order_id",
    )

    def __init__(self, client_order_id: str, instrument: Instrument, *, is_buy: bool, size_points: int) -> None:
        self.client_order_id = client_order_id
        self.instrument = instrument
        self.is_buy = is_buy
        self.size_points = size_points
        self.left_points = size_points
        self.filled_points = 0
        self.cut_points = 0
        """What a reduce-only order asked for beyond what is held."""
        self.price_points = 0
        self.tif = TimeInForce.GTC
        self.post_only = False
        self.reduce_only = False
        self.venue_order_id = ""
        self.locked: Decimal = ZERO
        self.ahead_points = 0
        self.first_look = 0
        """The first displayed size that speaks of this order's place."""
        self.crossed_ns = NOT_CROSSED
        """Since when the other side's displayed price reaches ours."""

    @classmethod
    def copied(cls, order: Order) -> Self:
        """What a request says of one of our orders."""
        copy = cls(order.client_order_id, order.instrument, is_buy=order.is_buy, size_points=order.size_points)
        copy.price_points = order.price_points
        copy.tif = order.tif
        copy.post_only = order.post_only
        copy.reduce_only = order.reduce_only
        return copy

    @property
    def is_market(self) -> bool:
        """No limit price."""
        return self.price_points == 0

    def allows(self, price_points: int) -> bool:
        """Whether it may trade at a price."""
        if not self.price_points:
            return True
        return price_points <= self.price_points if self.is_buy else price_points >= self.price_points
