"""An order as the venue keeps it: a copy of what the request said, and its place in the queue."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.orders import OPEN, Order, OrderState, TimeInForce

AHEAD_UNKNOWN: Final = 10**18
"""More than any level holds: the order rests beyond what the tape shows."""

NOT_CROSSED: Final = -1

FOK: Final = TimeInForce.FOK
GTC: Final = TimeInForce.GTC
"""By names of their own, as `framework.model.batch.PLACE`."""


class VenueOrder(Struct, eq=False, gc=False):
    """Copied when the request leaves: what happens to our own record meanwhile must not reach the venue.

    `locked` is in quote for a buy, in base for a sell. `ahead_points` is the displayed size, none of it ours, that is
    served before this order.
    """

    client_order_id: str
    instrument: Instrument
    is_buy: bool
    size_points: int
    left_points: int
    filled_points: int = 0
    price_points: int = 0
    tif: TimeInForce = GTC
    post_only: bool = False
    reduce_only: bool = False
    cut_points: int = 0
    """What a reduce-only order asked for beyond what is held."""
    venue_order_id: str = ""
    ts_ns: int = 0
    """When it was accepted."""
    state: OrderState = OPEN
    reason: str = ""
    """Why it ended, where it was not filled."""
    ended_ns: int = 0
    is_acknowledged: bool = False
    """Something was said of it already."""
    locked: Decimal = ZERO
    ahead_points: int = 0
    first_look: int = 0
    """The first displayed size that speaks of this order's place."""
    crossed_ns: int = NOT_CROSSED
    """Since when the other side's displayed price reaches ours."""

    @property
    def is_market(self) -> bool:
        """No limit price."""
        return self.price_points == 0

    def allows(self, price_points: int) -> bool:
        """Whether it may trade at a price."""
        if not self.price_points:
            return True
        return price_points <= self.price_points if self.is_buy else price_points >= self.price_points


def copied(order: Order) -> VenueOrder:
    """What a request says of one of our orders. One that another of ours filled in part arrives with the rest."""
    size_points, filled_points = order.size_points, order.filled_points
    return VenueOrder(
        order.client_order_id,
        order.instrument,
        order.is_buy,
        size_points,
        size_points - filled_points,
        filled_points,
        order.price_points,
        order.tif,
        order.post_only,
        order.reduce_only,
    )
