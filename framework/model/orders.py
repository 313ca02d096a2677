"""An order's life: its states, the ONE table of legal steps, and the record that strategies hold as a handle."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO


class OrderState(StrEnum):
    """Where an order is. What happens to it in flight (a cancel, an amend) is told apart by `Order.pending`."""

    QUEUED = "queued"
    """In our router; no byte has left."""
    SENT = "sent"
    """Handed to the transport; no answer yet."""
    OPEN = "open"
    """The venue has it."""
    UNKNOWN = "unknown"
    """No answer came. Its size stays reserved; it is asked after, never sent again."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REFUSED = "refused"
    """By us: it never left."""
    ABSENT = "absent"
    """Proved never to have reached the venue."""


S = OrderState
QUEUED: Final = S.QUEUED
SENT: Final = S.SENT
OPEN: Final = S.OPEN
FILLED: Final = S.FILLED
"""By names of their own, as `framework.model.batch.PLACE`."""

STEPS: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    # Filled without leaving: another order of ours was the other side.
    S.QUEUED: frozenset({S.SENT, S.FILLED, S.REFUSED, S.CANCELLED}),
    # A fill, a cancel or an expiry may overtake the acknowledgement. Refused: the gateway held back every byte of it.
    S.SENT: frozenset({S.REFUSED, S.OPEN, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.UNKNOWN}),
    S.OPEN: frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.OPEN, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.ABSENT}),
    # A late fill completes an order that was already called done; an absent one is adopted.
    S.CANCELLED: frozenset({S.FILLED}),
    S.EXPIRED: frozenset({S.FILLED}),
    S.ABSENT: frozenset({S.OPEN, S.FILLED}),
    S.FILLED: frozenset(),
    S.REJECTED: frozenset(),
    S.REFUSED: frozenset(),
}
"""From each state, the states that may follow."""

UNASSIGNED: Final = "(unassigned)"
"""Whose an order is that bears our name and that no journal tells of: nobody trades it, and a kill takes it back."""
DONE: Final = frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.REFUSED, S.ABSENT})


class TimeInForce(StrEnum):
    """How long an order stands."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class Pending(StrEnum):
    """What we have asked the venue to do to an order and not heard of."""

    NOTHING = ""
    CANCEL = "cancel"
    AMEND = "amend"


class Owner(StrEnum):
    """Who made an order, and may take it back by itself."""

    STRATEGY = ""
    """The strategy's own `buy` or `sell`."""
    TARGET = "target"
    LADDER = "ladder"


class Order(Struct, frozen=True, eq=False, kw_only=True, gc=False):
    """An order, from the strategy's verb to its end; strategies hold it as a handle and can only read.

    It is made by a verb, or by the router for a target or ladder (`owner`); from its admission on the blotter alone
    writes to it (`write`), and it stays the same object through amends and cancel-replaces. `size_points` is the total
    asked for, `price_points` is 0 for a market order, `tag` is the strategy's own label and decides nothing between
    owners.
    """

    client_order_id: str
    strategy: str
    instrument: Instrument
    is_buy: bool
    size_points: int
    price_points: int = 0
    tif: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    tag: str = ""
    owner: Owner = Owner.STRATEGY
    ts_created_ns: int = 0
    state: OrderState = OrderState.QUEUED
    pending: Pending = Pending.NOTHING
    venue_order_id: str = ""
    filled_points: int = 0
    inside_points: int = 0
    """Of it, what another order of ours took before it left: the venue was asked for the rest alone."""
    notional: Decimal = ZERO
    """Value of all fills, in the quote asset."""
    fills: int = 0
    reason: str = ""
    detail: str = ""
    is_acknowledged: bool = False
    """The venue has said that it has it, or filled some of it: it can never be absent."""

    @property
    def side(self) -> str:
        """`"buy"` or `"sell"`."""
        return "buy" if self.is_buy else "sell"

    @property
    def price(self) -> float | None:
        """Limit price, in the quote asset; None for a market order."""
        return self.instrument.price(self.price_points) if self.price_points else None

    @property
    def size(self) -> float:
        """Total size asked for, in base."""
        return self.instrument.size(self.size_points)

    @property
    def filled(self) -> float:
        """Size filled so far, in base, before fees."""
        return self.instrument.size(self.filled_points)

    @property
    def left_points(self) -> int:
        """Points still to be filled; 0 once the order is done."""
        left_points = self.size_points - self.filled_points
        return 0 if left_points < 0 or self.is_done else left_points

    @property
    def left(self) -> float:
        """Size still to be filled, in base; 0 once the order is done."""
        return self.instrument.size(self.left_points)

    @property
    def avg_price(self) -> float | None:
        """Mean price of the fills, in the quote asset; None before the first."""
        if not self.filled_points:
            return None
        return float(MONEY.divide(self.notional, self.instrument.size_exact(self.filled_points)))

    @property
    def is_market(self) -> bool:
        """A market order: no limit price."""
        return self.price_points == 0

    @property
    def is_done(self) -> bool:
        """Nothing more is expected of it."""
        return self.state in DONE

    @property
    def is_open(self) -> bool:
        """It rests at the venue, as far as we know."""
        return self.state is OrderState.OPEN

    def __repr__(self) -> str:
        price = self.instrument.price_text(self.price_points) if self.price_points else "market"
        size = self.instrument.size_text(self.size_points)
        return f"<{self.client_order_id} {self.side} {size} {self.instrument.id} at {price}, {self.state.value}>"


MARKET_MARGIN_PERCENT: Final = 1
"""A market buy is checked against, and reserves, this much more than the best ask: it may pay more than it sees now.

By the time it arrives the ask has moved, and a large order walks the book. One percent is far beyond both in liquid
pairs (the bundled tape moves half a percent in eleven minutes); what a buy did not use is free again with its last fill.
"""


def market_buy_points(ask_points: int) -> int:
    """The price that money is set aside at for a market buy, rounded up."""
    return ask_points + -(-ask_points * MARKET_MARGIN_PERCENT // 100)


def market_sell_points(bid_points: int) -> int:
    """The price that a market sell is not to go below where it needs one: as far from the bid as a buy from the ask."""
    return max(bid_points - bid_points * MARKET_MARGIN_PERCENT // 100, 1)


def write(order: Order, **values: object) -> None:
    """Change an order. For the verb that makes it, the router that names it, and the blotter; never for strategies."""
    for name, value in values.items():
        force_setattr(order, name, value)


write_one: Final = force_setattr
"""`write` of one attribute, by its name: `write_one(order, "state", OrderState.SENT)`. For whom `write` is."""


def spending(order: Order, price_points: int, size_points: int) -> tuple[str, Decimal]:
    """What an order spends, and how much of it for so many points at a price: base for a sell on spot, else quote.

    What only reduces a position of a perpetual spends nothing: it frees the margin that the position holds.
    """
    instrument = order.instrument
    if order.reduce_only and not instrument.is_spot:
        return instrument.quote, ZERO
    if order.is_buy or not instrument.is_spot:
        return instrument.quote, instrument.notional(price_points, size_points)
    return instrument.base, instrument.size_exact(size_points)
