"""What may be asked of a venue, and what it answers. Asking changes nothing and may be done again."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.model.events import Fill
from framework.model.orders import OrderState


class Ask(StrEnum):
    """What is asked."""

    ORDER = "order"
    """One order, by its client order id."""
    OPEN_ORDERS = "open_orders"
    """Every order that rests, whoever placed it."""
    RECENT_ORDERS = "recent_orders"
    """Every order, done or not, since an instant."""
    FILLS = "fills"
    """Every fill since an instant."""
    BALANCES = "balances"
    POSITIONS = "positions"
    """Of derivatives; on spot a position is a balance."""
    FUNDING = "funding"
    """Every funding payment of perpetuals since an instant."""
    TIME = "time"
    """The venue's clock."""


class Booked(StrEnum):
    """Whether a fill that a venue shows is in our books."""

    YES = "yes"
    NO = "no"
    PERHAPS = "perhaps"
    """It is as old as fills that were booked and are forgotten."""


TIMED_OUT: Final = "timeout"
"""`Reply.failure` of a question that was not answered in time."""


class Question(Struct, frozen=True):
    """One question to one account at one venue."""

    question_id: int
    """Counts from 1 in a run."""
    venue: str
    account: str
    ask: Ask
    client_order_id: str = ""
    """ORDER: which."""
    since_ns: int = 0
    """RECENT_ORDERS, FILLS, FUNDING: from this instant on, as the venue stamps them."""
    asked_ns: int = 0
    """When it was handed to the port, on our Clock."""
    floor_ns: int = 0
    """The venue's clock showed at least this when it was asked; 0: not known."""


class SeenOrder(Struct, frozen=True):
    """An order as the venue shows it."""

    client_order_id: str
    """Empty where whoever placed it gave none."""
    venue_order_id: str
    instrument: str
    """Its id; of a market that this run does not know, the venue's own symbol: then points are 0."""
    is_buy: bool
    size_points: int
    price_points: int
    filled_points: int
    state: OrderState
    """OPEN, FILLED, CANCELLED, EXPIRED or REJECTED."""
    reason: str = ""
    ts_ns: int = 0
    """When the venue accepted it."""


class SeenFill(Struct, frozen=True):
    """A fill as the venue shows it."""

    client_order_id: str
    venue_order_id: str
    instrument: str
    is_buy: bool
    fill: Fill
    ts_ns: int


class SeenBalance(Struct, frozen=True):
    """What the account holds of an asset."""

    asset: str
    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        """Free and locked."""
        return self.free + self.locked


class SeenPosition(Struct, frozen=True):
    """A derivative's position, signed, in size points."""

    instrument: str
    points: int
    cost: Decimal | None = None
    """Its size at the venue's average price, signed as it, in the quote asset; None: the venue does not say."""


class SeenFunding(Struct, frozen=True):
    """A funding payment as the venue shows it."""

    payment_id: str
    """The venue's own; no other payment of the account has it."""
    instrument: str
    """Its id; of a market that this run does not know, the venue's own symbol."""
    asset: str
    amount: Decimal
    """Below 0: paid; else received."""
    ts_ns: int


class Reply(Struct, frozen=True):
    """The answer to a question, or why there is none. A failure says nothing: it is never read as empty or zero."""

    question: Question
    ts_recv_ns: int
    failure: str = ""
    """A short stable word; empty where the venue answered."""
    ts_venue_ns: int = 0
    """The venue's clock when it looked; 0 where it does not say."""
    orders: tuple[SeenOrder, ...] = ()
    """ORDER: one, or none where the venue says that it knows no such order."""
    fills: tuple[SeenFill, ...] = ()
    balances: tuple[SeenBalance, ...] = ()
    positions: tuple[SeenPosition, ...] = ()
    funding: tuple[SeenFunding, ...] = ()

    @property
    def looked_ns(self) -> int:
        """A moment on the venue's clock at or before which it cannot have looked; 0: not known."""
        return max(self.ts_venue_ns, self.question.floor_ns)
