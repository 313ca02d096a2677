"""What Bitget shows of an account, in our words and signs: the same from REST and streams, classic and unified."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.model.money import ZERO
from framework.model.orders import TimeInForce
from framework.venues.bitget.asked import HoldMode, MarginMode
from framework.venues.bitget.products import Product


class Status(StrEnum):
    """Where an order is, as the venue says."""

    LIVE = "live"
    PARTLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    @property
    def is_open(self) -> bool:
        """It rests."""
        return self in (Status.LIVE, Status.PARTLY_FILLED)


STATUSES: Final = {
    "init": Status.LIVE, "new": Status.LIVE, "live": Status.LIVE,
    "partially_filled": Status.PARTLY_FILLED, "partially_fill": Status.PARTLY_FILLED,
    "filled": Status.FILLED, "full_fill": Status.FILLED,
    "cancelled": Status.CANCELLED, "canceled": Status.CANCELLED,
    "reject": Status.REJECTED, "rejected": Status.REJECTED, "fail_execute": Status.REJECTED,
}  # fmt: skip
"""Every spelling that pages, enums and live answers have."""


TRIGGERED: Final = frozenset({"executed", "executing", "success", "triggered"})
"""Words for a trigger order that became an order of another name."""
CANCELLED: Final = frozenset({"cancelled", "canceled", "cancel"})
"""Words for one that was taken back."""
FAILED: Final = frozenset({"fail_execute", "fail", "failed"})
"""Words for one whose order was refused."""


class FeeSeen(Struct, frozen=True):
    """A fee. Positive: paid; negative: a rebate."""

    amount: Decimal
    asset: str


class FillSeen(Struct, frozen=True):
    """One of our trades."""

    trade_id: str
    venue_order_id: str
    client_order_id: str
    """Empty where the venue does not tell: V2 fills are joined through the venue's id."""
    product: Product
    symbol: str
    is_buy: bool
    price: Decimal
    size: Decimal
    """In base."""
    fee: FeeSeen
    is_maker: bool
    ts_venue_ns: int


class OrderSeen(Struct, frozen=True):
    """An order as the venue has it."""

    venue_order_id: str
    client_order_id: str
    product: Product
    symbol: str
    is_buy: bool
    """Of the trade, in hedge mode too."""
    is_market: bool
    price: Decimal
    """Limit price; 0 for a market order."""
    size: Decimal
    """In base; 0 where only `amount` is told."""
    amount: Decimal
    """In quote: the size of a market buy on spot; 0 for every other."""
    filled: Decimal
    avg_price: Decimal
    """Of the fills; 0 before the first."""
    status: Status
    tif: TimeInForce
    post_only: bool
    reduce_only: bool
    fees: tuple[FeeSeen, ...]
    ts_created_ns: int
    ts_venue_ns: int
    cancel_reason: str = ""
    fill: FillSeen | None = None
    """The last fill, where a push tells it."""


class PlanSeen(Struct, frozen=True):
    """A trigger order that waits, or has been triggered."""

    venue_order_id: str
    client_order_id: str
    product: Product
    symbol: str
    trigger_price: Decimal
    size: Decimal
    status: str
    """The venue's own word: `live`, `not_trigger`, `pending`, `executed`."""
    is_buy: bool | None = None
    """None: it does not say, as lists of V3."""
    ts_created_ns: int = 0
    ts_venue_ns: int = 0
    """When it was changed last."""
    order_id: str = ""
    """Of the order that it became, where the list tells it: of V2's perpetuals alone."""
    kind: str = ""
    """Which of the venue's namespaces it is in, where there are several: `tpsl`, `normal_plan`, `loss_plan`."""


class BalanceSeen(Struct, frozen=True):
    """One asset of a wallet."""

    asset: str
    free: Decimal
    locked: Decimal
    """In orders, and whatever else keeps it."""


class PositionSeen(Struct, frozen=True):
    """A position in a perpetual."""

    symbol: str
    size: Decimal
    """In base; below 0: short."""
    avg_price: Decimal
    mark_price: Decimal
    liquidation_price: Decimal
    unrealised: Decimal
    leverage: Decimal
    margin_mode: MarginMode
    hold_mode: HoldMode
    ts_venue_ns: int


class FundingSeen(Struct, frozen=True):
    """A funding payment of a perpetual."""

    bill_id: str
    symbol: str
    asset: str
    amount: Decimal
    """Below 0: paid; else received."""
    ts_venue_ns: int


class LeverageSeen(Struct, frozen=True):
    """How an account stands for its perpetuals: verified, never set."""

    hold_mode: HoldMode
    margin_mode: MarginMode | None
    """None: it was not told for the symbol."""
    leverage: Decimal
    """0: not told."""


class Entry(Struct, frozen=True):
    """What came of one order of a request."""

    client_order_id: str
    venue_order_id: str
    code: str = ""
    """Empty: it was taken."""
    message: str = ""

    @property
    def is_taken(self) -> bool:
        """The venue's gate let it in; what becomes of it, the stream and queries tell."""
        return not self.code


class OrdersPage(Struct, frozen=True):
    """Part of a list, and where the next part begins."""

    orders: tuple[OrderSeen, ...]
    before: str = ""
    """Empty: there is no more."""


NO_FEE: Final = FeeSeen(ZERO, "")
