"""The books as a checkpoint keeps them: plain values, so that a restart need not read what made them."""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import Final

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.orders import Order, OrderState, Owner, Pending, TimeInForce


class KeptOrder(Struct, frozen=True, array_like=True):
    """An order, its instrument by id."""

    client_order_id: str
    strategy: str
    instrument: str
    is_buy: bool
    size_points: int
    price_points: int
    tif: TimeInForce
    post_only: bool
    reduce_only: bool
    tag: str
    owner: Owner
    ts_created_ns: int
    state: OrderState
    pending: Pending
    venue_order_id: str
    filled_points: int
    notional: Decimal
    fills: int
    reason: str
    detail: str
    is_acknowledged: bool
    # Not `inside_points`: only live trading is resumed from a checkpoint, and it refuses to match our own orders inside.

    @classmethod
    def of(cls, order: Order) -> KeptOrder:
        """An order as it is now."""
        return cls(*_facts(order))

    def order(self, there: Instrument) -> Order:
        """The order again."""
        facts = {name: getattr(self, name) for name in self.__struct_fields__ if name != "instrument"}
        return Order(instrument=there, **facts)


_facts: Final = attrgetter(*[
    "instrument.id" if name == "instrument" else name for name in KeptOrder.__struct_fields__
])  # fmt: skip


class KeptTrade(Struct, frozen=True, array_like=True):
    """A trade that was booked."""

    instrument: str
    trade_id: str
    is_buy: bool
    ts_ns: int
    client_order_id: str
    """Empty where its order is forgotten."""


class KeptPosition(Struct, frozen=True, array_like=True):
    """A ledger's position."""

    instrument: str
    quantity: Decimal
    cost: Decimal
    realised: Decimal
    spread: Decimal
    fees: Decimal
    funding: Decimal = ZERO


class KeptLedger(Struct, frozen=True, array_like=True):
    """A strategy's ledger."""

    strategy: str
    capital: dict[str, Decimal]
    cash: dict[str, Decimal]
    unopened: dict[str, Decimal]
    homes: dict[str, str]
    """Asset -> instrument."""
    unpriced_fees: int
    positions: tuple[KeptPosition, ...]


class KeptSession(Struct, frozen=True, array_like=True):
    """What else the sessions so far leave behind."""

    began_ns: int
    """Of the first of them."""
    runs: tuple[str, ...]
    ids: tuple[str, ...]
    """The last order that each run made for each strategy."""
    bans: tuple[tuple[str, str, int], ...]
    """Venue, account, until when."""
    states: dict[str, bytes]
    """Strategy -> its `State`."""
    sends_first: bool
    """Requests left before their records were durable."""


class KeptFunding(Struct, frozen=True, array_like=True):
    """What is known of a venue's funding payments."""

    venue: str
    asked_ns: int
    known: dict[str, int]
    """Payment -> its instant."""


class KeptBooks(Struct, frozen=True, array_like=True):
    """Orders that may have reached a venue, trades, ledgers, and what is no strategy's."""

    orders: tuple[KeptOrder, ...]
    done: tuple[tuple[str, int], ...]
    """Order -> when it was done, oldest first."""
    changes: dict[str, tuple[tuple[int, int], ...]]
    """Order -> changes that left and were not answered."""
    expected_points: dict[str, int]
    trades: tuple[KeptTrade, ...]
    """Those of forgotten orders first, in the order in which they will be forgotten too."""
    forgotten_ns: int
    ledgers: tuple[KeptLedger, ...]
    unassigned: dict[str, Decimal]
    unassigned_points: dict[str, int]
    funding: tuple[KeptFunding, ...] = ()
