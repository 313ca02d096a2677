"""An order and a fill as the venue keeps them, and what a request wants of a new one."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from framework.model.money import MONEY, ZERO
from framework.sandbox.bitget.listings import Listing
from framework.venues.sim.orders import VenueOrder

OPEN = ("live", "partially_filled")


class Wanted(Struct):
    """A new order as a request asks for it, in words that V2 and V3 share. `is_buy` is the trade's direction."""

    listing: Listing
    is_buy: bool
    is_market: bool
    force: str
    """gtc, ioc, fok, post_only."""
    size: str
    """In base; in quote for a market buy on spot."""
    price: str = ""
    client_id: str = ""
    stp: str = "none"
    reduce_only: bool = False
    hold_side: str = "net"
    """Hedge mode: long or short, and `closes` says which way."""
    closes: bool = False
    margin_mode: str = "crossed"


class AcceptedOrder(Struct, eq=False):
    """An accepted order. `core` is what the matcher sees of it."""

    id: str
    wanted: Wanted
    core: VenueOrder
    client_id: str
    created_ms: int
    updated_ms: int
    leverage: int = 0
    frozen: Decimal = ZERO
    """What it still holds back in `frozen_coin`."""
    frozen_coin: str = ""
    status: str = "live"
    """live, partially_filled, filled, cancelled."""
    cancel_reason: str = ""
    quote_filled: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    """Coin -> paid, positive."""
    profit: Decimal = ZERO

    @property
    def listing(self) -> Listing:
        """What it trades."""
        return self.wanted.listing

    @property
    def is_open(self) -> bool:
        """It rests."""
        return self.status in OPEN

    @property
    def side(self) -> str:
        """Direction of the trade."""
        return "buy" if self.core.is_buy else "sell"

    @property
    def filled(self) -> Decimal:
        """In base."""
        return self.listing.instrument.size_exact(self.core.filled_points)

    @property
    def average(self) -> Decimal:
        """Average price of its fills; 0 without any."""
        return MONEY.divide(self.quote_filled, self.filled) if self.core.filled_points else ZERO

    @property
    def is_quote_sized(self) -> bool:
        """Its size is an amount of quote: a market buy on spot."""
        return self.listing.is_spot and self.wanted.is_market and self.core.is_buy


class Execution(Struct, frozen=True):
    """One trade of an order. `fee` is positive when paid."""

    trade_id: str
    order: AcceptedOrder
    price_points: int
    size_points: int
    fee: Decimal
    fee_coin: str
    is_maker: bool
    ts_ms: int
    profit: Decimal = ZERO

    @property
    def price(self) -> Decimal:
        """In quote."""
        return self.order.listing.instrument.price_exact(self.price_points)

    @property
    def size(self) -> Decimal:
        """In base."""
        return self.order.listing.instrument.size_exact(self.size_points)

    @property
    def amount(self) -> Decimal:
        """In quote."""
        return self.order.listing.instrument.notional(self.price_points, self.size_points)
