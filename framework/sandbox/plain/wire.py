"""The plain dialect as its venue reads and writes it: JSON, numbers as text, one shape a request.

The gateway has shapes of its own for the same dialect: what both sides took from one file they would misread alike.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from framework.model.errors import GridError
from framework.model.events import Level
from framework.model.instrument import Instrument


class PlacedOrder(Struct, forbid_unknown_fields=True):
    """One order of `POST /orders`. No price: a market order."""

    id: str
    side: Literal["buy", "sell"]
    size: str
    price: str | None = None
    tif: Literal["gtc", "ioc", "fok"] = "gtc"
    post_only: bool = False
    reduce_only: bool = False


class PlaceRequest(Struct, forbid_unknown_fields=True):
    """`POST /orders`: orders of one symbol."""

    symbol: str
    orders: list[PlacedOrder]


class CancelRequest(Struct, forbid_unknown_fields=True):
    """`POST /cancels`: by client id; without ids every order of the symbol."""

    symbol: str
    ids: list[str] | None = None


class AmendedOrder(Struct, forbid_unknown_fields=True):
    """One order of `POST /amends`: its new price and total size."""

    id: str
    price: str
    size: str


class AmendRequest(Struct, forbid_unknown_fields=True):
    """`POST /amends`: orders of one symbol."""

    symbol: str
    orders: list[AmendedOrder]


class Result(Struct, omit_defaults=True):
    """What came of one order of a request."""

    id: str
    result: str
    """`accepted`, `cancelled`, `amended`, or `rejected` with a reason."""
    venue_id: str = ""
    reason: str = ""
    detail: str = ""


class Results(Struct):
    """The answer to a request about orders: an entry for each."""

    results: list[Result]


class WireFill(Struct):
    """A fill. `fee` is positive when paid."""

    trade_id: str
    id: str
    venue_id: str
    symbol: str
    side: str
    price: str
    size: str
    fee: str
    fee_asset: str
    is_maker: bool
    ts_ns: int


class StreamMessage(Struct, omit_defaults=True):
    """A message of the private stream. `seq` counts from 1 without gaps."""

    seq: int
    id: str
    kind: str
    venue_id: str = ""
    reason: str = ""
    detail: str = ""
    price: str = ""
    size: str = ""
    fill: WireFill | None = None
    ts_ns: int = 0
    filled: str = ""
    """Of an order that ended: what filled of it."""


class OrderView(Struct):
    """An order as the venue knows it."""

    id: str
    venue_id: str
    symbol: str
    side: str
    price: str
    size: str
    filled: str
    state: str
    """`open`, `filled`, `cancelled`, `expired`."""
    reason: str
    ts_ns: int


class Balance(Struct):
    """What the account holds of an asset."""

    asset: str
    free: str
    locked: str


class RequestFailure(Struct):
    """Why a whole request was not carried out."""

    error: str
    detail: str = ""


class QuoteNow(Struct, forbid_unknown_fields=True):
    """`POST /control/quote`: the market as it is from now on."""

    symbol: str
    bid: str
    ask: str
    bid_size: str = "1000"
    ask_size: str = "1000"

    def levels(self, there: Instrument) -> tuple[Level, Level]:
        """Bid and ask, on the grid of a market.

        Raises:
            GridError: they are no numbers of its grid, or no quote.
        """
        bid = there.data_price(self.bid), there.data_size(self.bid_size)
        ask = there.data_price(self.ask), there.data_size(self.ask_size)
        if not 0 < bid[0] < ask[0]:
            raise GridError(f"{there.id}: expected a bid above 0 and an ask above it, found {self.bid} and {self.ask}")
        return bid, ask


class TradeNow(Struct, forbid_unknown_fields=True):
    """`POST /control/trade`: somebody else trades."""

    symbol: str
    price: str
    size: str
    side: Literal["buy", "sell"]

    def level(self, there: Instrument) -> Level:
        """Price and size, on the grid of a market.

        Raises:
            GridError: they are no numbers of its grid, or nothing would be traded.
        """
        price, size = there.data_price(self.price), there.data_size(self.size)
        if not price or not size:
            raise GridError(f"{there.id}: expected a price and a size above 0, found {self.price} and {self.size}")
        return price, size
