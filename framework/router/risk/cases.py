"""What a check is asked about, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.money import MONEY, Amount, plain
from framework.model.orders import Order
from framework.ports import Desk
from framework.router.checks import Refusal
from framework.router.risk.rejects import Rejects
from framework.router.risk.scopes import LimitScope

CENT: Final = Decimal("1e-8")
"""Values are rounded to it, to look at."""


class Case(Struct, frozen=True):
    """An order as it is to be, before it is taken."""

    order: Order
    price_points: int
    """What it is valued at: its limit, or what a market order meets now; 0: nothing is known."""
    added_points: int
    """Size that it adds to what is counted already."""
    is_new: bool
    """A new order; otherwise a change of one."""
    reduces: Callable[[], bool]
    """Whether it makes its strategy's position smaller and does not turn it, whatever else fills first: to be asked last."""
    now_ns: int


class MeasuredSkew(NamedTuple):
    """How far a venue's clock was from ours when somebody measured it."""

    skew_ns: int
    """Our clock less the venue's."""
    measured_ns: int


class Known(Struct, frozen=True):
    """What is known beside the scope's own counts."""

    desk: Desk
    rejects: Rejects
    good_touches: dict[Instrument, int]
    """Bid and ask together, in price points, of the last good quote that a check met."""
    skews: dict[str, MeasuredSkew]
    """By venue, where somebody measured it."""


Check = Callable[[Case, LimitScope, Known], Refusal | None]


def refusal(check: str, scope: LimitScope, limit: object, value: object) -> Refusal:
    """Which check, of whose, what limit, what value."""
    return Refusal(check, f"{check} of {scope.name}: limit {_text(limit)}, found {_text(value)}")


def _text(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def value_in(asset: str, instrument: Instrument, price_points: int, size_points: int, desk: Desk) -> Decimal | None:
    """So many points at a price, in an asset: None where it has no price there."""
    if not size_points:
        return Decimal(0)
    if not price_points:
        return None
    value = instrument.notional(price_points, size_points)
    if asset == instrument.quote:
        return value
    rate = desk.rate(instrument.quote, asset)
    return MONEY.multiply(value, rate) if rate else None


def beside_limit(value: Decimal | None, limit: Amount) -> str:
    """A value beside its limit, rounded to look at."""
    if value is None:
        return f"no price in {limit.asset}"
    return str(Amount(value.quantize(CENT, context=MONEY), limit.asset))
