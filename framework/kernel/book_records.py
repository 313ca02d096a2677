"""The journal's records of the books, beside orders and their fills: what was given to whom, and why.

The form of `framework.kernel.records`, where they are read from.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class CapitalPriced(Struct, frozen=True, array_like=True, tag="priced"):
    """The first price of an instrument: capital held in its base asset became a position at it."""

    instrument: str
    mid: Decimal


class BooksAdopted(Struct, frozen=True, array_like=True, tag="adopted"):
    """What is unassigned from now on: what an account held at its first start, or what a person adopted."""

    balances: dict[str, Decimal]
    positions: dict[str, int] = {}
    """Derivative -> size points that are no strategy's."""
    costs: dict[str, Decimal] = {}
    """Derivative -> what those cost, where the venue says so."""
    settled_ns: int = 0
    """What the venue has done with orders of our name until then, and no journal tells, lies in these balances."""


class PositionsNetted(Struct, frozen=True, array_like=True, tag="netted"):
    """Two strategies that were to be flattened closed against each other, in the books alone.

    Or a strategy against what was nobody's (`UNASSIGNED`), where a person closed its position by hand.
    """

    instrument: str
    buyer: str
    """It was short."""
    seller: str
    """It was long."""
    size_points: int
    price_points: int


class OrderRecalled(Struct, frozen=True, array_like=True, tag="recalled"):
    """A fill came of an order of ours that was forgotten: it is known again, done, as far as its fill tells of it."""

    client_order_id: str
    strategy: str
    instrument: str
    is_buy: bool
    size_points: int


class FundingPaid(Struct, frozen=True, array_like=True):
    """A funding payment in the books."""

    payment_id: str
    instrument: str
    asset: str
    amount: Decimal
    """Below 0: paid; else received."""
    ts_ns: int
    shares: dict[str, Decimal]
    """Strategy -> what of it is its; the rest is no strategy's."""


class FundingBooked(Struct, frozen=True, array_like=True, tag="funding"):
    """A comparison asked for funding payments, and books those that were not known."""

    venue: str
    asked_ns: int
    payments: tuple[FundingPaid, ...]
    known: dict[str, int]
    """Payment -> its instant: all that is known from now on, also what was in the balances before the books began."""
