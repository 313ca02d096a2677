"""What strategies want. A handler only leaves these in its outbox; the router turns them into requests."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.orders import Order


class Style(StrEnum):
    """How a target is reached."""

    MARKET = "market"
    PASSIVE = "passive"
    """By post-only orders at the best price of our own side."""


class Place(Struct, frozen=True, gc=False):
    """Send this order. `refusal` is set where what the verb was told does not fit: it goes no further."""

    order: Order
    refusal: str = ""
    reason: str = "bad_number"
    """The short stable word of that refusal."""


class Cancel(Struct, frozen=True):
    """Take this order back."""

    order: Order


class Amend(Struct, frozen=True):
    """Change an order's price or total size, in points; what stays the same is given again.

    `refusal` is set where the numbers do not fit: the order stays as it is.
    """

    order: Order
    price_points: int
    size_points: int
    refusal: str = ""


class Target(Struct, frozen=True):
    """Hold this position: `size_points` (signed), or the position that `notional` (quote) buys at the current price."""

    strategy: str
    instrument: Instrument
    size_points: int | None
    notional: Decimal | None
    style: Style = Style.MARKET
    within: float | None = None
    """Leave it alone while the position is closer than this fraction of the target."""
    tag: str = ""


class Rung(Struct, frozen=True):
    """One wanted resting order of a ladder."""

    is_buy: bool
    price_points: int
    size_points: int


class Ladder(Struct, frozen=True):
    """Rest exactly these post-only orders; orders of the ladder within `keep_within_bps` of a rung may stay."""

    strategy: str
    instrument: Instrument
    rungs: tuple[Rung, ...]
    keep_within_bps: float = 0.0
    tag: str = "ladder"


Intent = Place | Cancel | Amend | Target | Ladder
