"""What we ask of Bitget, in words that all its dialects share: new orders, names of orders, changes, and the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from framework.model.errors import InvariantError
from framework.model.orders import TimeInForce
from framework.model.rules import SelfTrade
from framework.venues.bitget.endpoints import Endpoint
from framework.venues.bitget.products import Product

Content = Mapping[str, object] | Sequence[Mapping[str, object]]
"""The body of a request: an object, or for batches of V3 a bare list."""

UNESCAPED: Final = "$,:"
"""Left as they are in a query: the venue signs what is meant, and a literal `$` is sent so by those that work."""


class HoldMode(StrEnum):
    """Whether a perpetual has one position, or one for each side."""

    ONE_WAY = "one_way_mode"
    HEDGE = "hedge_mode"


class MarginMode(StrEnum):
    """What a position stands for with."""

    CROSSED = "crossed"
    ISOLATED = "isolated"


class Terms(Struct, frozen=True):
    """What holds for every order of an account."""

    self_trade: SelfTrade = SelfTrade.NONE
    """`stpMode`: what the venue does when two of our orders meet; our router keeps them apart before."""
    hold_mode: HoldMode = HoldMode.ONE_WAY
    margin_mode: MarginMode = MarginMode.CROSSED
    leverage_max: Decimal = Decimal(10)
    """Of a perpetual, as the account has it: how much dearer than its margin a position may be."""
    receive_window_ms: int = 5_000
    """A request that arrives later than this is refused instead of being carried out late; at most 60,000."""


class NewOrder(Struct, frozen=True):
    """An order to place. Numbers as text, on the instrument's grid."""

    product: Product
    symbol: str
    client_order_id: str
    is_buy: bool
    size: str
    """In base; in quote where `is_quote_size`: a market buy on spot."""
    price: str = ""
    """Empty: a market order."""
    tif: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    is_quote_size: bool = False

    @property
    def side(self) -> str:
        """Of the trade."""
        return "buy" if self.is_buy else "sell"

    @property
    def order_type(self) -> str:
        """`limit` or `market`."""
        return "limit" if self.price else "market"

    @property
    def force(self) -> str:
        """Time in force, as V2 calls it; V3's `timeInForce` has the same words."""
        return "post_only" if self.post_only else self.tif.value


class Named(Struct, frozen=True):
    """An order that the venue has, by one of its names."""

    product: Product
    symbol: str
    client_order_id: str = ""
    venue_order_id: str = ""

    @property
    def name(self) -> dict[str, object]:
        """The venue's own name where we know it: by ours, only the last two hours are found."""
        if self.venue_order_id:
            return {"orderId": self.venue_order_id}
        return {"clientOid": self.client_order_id}


class Edit(Struct, frozen=True):
    """An order's new price and total size."""

    named: Named
    price: str
    size: str
    new_client_order_id: str = ""
    """Of the order that takes its place, where the venue makes a new one."""


class PlanOrder(Struct, frozen=True):
    """A trigger order: rests at the venue in a namespace of its own, and becomes an order when the price gets there."""

    order: NewOrder
    trigger_price: str
    is_on_mark: bool = True
    """Triggered by the mark price; else by trades."""


class Request(Struct, frozen=True):
    """A request that lacks only its time and signature."""

    endpoint: Endpoint
    parameters: tuple[tuple[str, str], ...] = ()
    """Of the query, in ascending order."""
    content: Content | None = None
    window_ms: int = 0
    """Above 0: it carries its time, and is refused when it arrives so much later."""

    @property
    def query(self) -> str:
        """What is signed: not percent-encoded."""
        return "&".join(f"{name}={value}" for name, value in self.parameters)

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        query = "&".join(f"{name}={quote(value, safe=UNESCAPED)}" for name, value in self.parameters)
        return f"{self.endpoint.path}?{query}" if query else self.endpoint.path

    def body(self, now_ms: int) -> bytes:
        """The body, byte for byte as it is signed and sent.

        Args:
            now_ms: the server's clock.
        """
        content = self.content
        if content is None:
            return b""
        if self.window_ms:
            dated = {"requestTime": str(now_ms), "receiveWindow": str(self.window_ms)}
            if isinstance(content, Mapping):
                return msgspec.json.encode({**content, **dated})
            return msgspec.json.encode([{**entry, **dated} for entry in content])
        return msgspec.json.encode(content)


def question(endpoint: Endpoint, **parameters: str) -> Request:
    """A request that changes nothing. Parameters that are empty are left out."""
    return Request(endpoint, tuple(sorted((name, value) for name, value in parameters.items() if value)))


def same_symbol(names: Sequence[NewOrder | Named]) -> str:
    """The one symbol of a request.

    Raises:
        InvariantError: there are several, or none.
    """
    symbols = {named.symbol for named in names}
    if len(symbols) != 1:
        raise InvariantError(f"bitget request: expected orders of one symbol, found {len(symbols)}")
    return symbols.pop()


def names_of(names: Sequence[Named]) -> list[dict[str, object]]:
    """Names for a batch: all of one kind, for entries that carry only ours fail beside entries that carry the venue's."""
    if all(named.venue_order_id for named in names):
        return [{"orderId": named.venue_order_id} for named in names]
    return [{"clientOid": named.client_order_id} for named in names]
