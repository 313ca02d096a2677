"""One account: its kind, its wallets, its orders, fills and positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from framework.model.money import ZERO
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.position import AccountPosition
from framework.sandbox.bitget.wallet import Bill, Wallet
from framework.venues.sim.matcher import Matcher

DONE_KEPT: Final = 5_000
FILLS_KEPT: Final = 20_000
LEVERAGE: Final = 10


class Kind(StrEnum):
    """Which API an account may use."""

    CLASSIC = "classic"
    UNIFIED = "unified"


class Member:
    """An account at the venue.

    Args:
        uid: its number, as text.
        coins: what each of its wallets holds at the start.
    """

    def __init__(self, uid: str, kind: Kind, coins: Mapping[str, Decimal], *, is_demo: bool = False) -> None:
        self.uid = uid
        self.kind = kind
        self.is_demo = is_demo
        spot = Wallet(coins)
        futures = spot if kind is Kind.UNIFIED else Wallet({"USDT": coins.get("USDT", ZERO)})
        self.wallets = {ListedProduct.SPOT: spot, ListedProduct.PERPETUAL: futures}
        self.orders: dict[str, AcceptedOrder] = {}
        """By id, oldest first; done ones are forgotten in the end."""
        self.open: dict[str, AcceptedOrder] = {}
        self.fills: list[Execution] = []
        self.bills: list[Bill] = []
        """Funding payments, oldest first."""
        self.positions: dict[tuple[Listing, str], AccountPosition] = {}
        self.leverages: dict[tuple[Listing, str], int] = {}
        self.margin_modes: dict[Listing, str] = {}
        self.is_hedged = False
        self.matchers: dict[Listing, Matcher] = {}
        self.told_order: Callable[[AcceptedOrder, Execution | None], None] = lambda order, fill: None  # noqa: ARG005
        self.told_money: Callable[[ListedProduct], None] = lambda product: None  # noqa: ARG005

    @property
    def is_unified(self) -> bool:
        """V3, not V2."""
        return self.kind is Kind.UNIFIED

    def wallet(self, listing: Listing) -> Wallet:
        """The wallet that pays."""
        return self.wallets[listing.product]

    def leverage(self, listing: Listing, hold_side: str = "net") -> int:
        """As set, else 10."""
        return self.leverages.get((listing, hold_side), self.leverages.get((listing, "net"), LEVERAGE))

    def position(self, listing: Listing, hold_side: str) -> AccountPosition | None:
        """The position, where there is one."""
        found = self.positions.get((listing, hold_side))
        return found if found is not None and found.points else None

    def held_positions(self, product: ListedProduct) -> list[AccountPosition]:
        """All that are not flat."""
        return [one for one in self.positions.values() if one.points and one.listing.product is product]

    def keep(self, order: AcceptedOrder) -> None:
        """Remember an order that was accepted."""
        self.orders[order.id] = self.open[order.id] = order
        if len(self.orders) > DONE_KEPT:
            oldest = next(iter(self.orders))
            if oldest not in self.open:
                del self.orders[oldest]

    def book(self, fill: Execution) -> None:
        """Remember a fill."""
        self.fills.append(fill)
        if len(self.fills) > FILLS_KEPT:
            del self.fills[: FILLS_KEPT // 10]

    def open_of(self, product: ListedProduct, symbol: str = "") -> list[AcceptedOrder]:
        """Open orders, oldest first."""
        return [order for order in self.open.values() if _is_of(order, product, symbol)]

    def done_of(self, product: ListedProduct, symbol: str = "") -> list[AcceptedOrder]:
        """Orders that are done, oldest first."""
        return [order for order in self.orders.values() if not order.is_open and _is_of(order, product, symbol)]

    def find(self, order_id: str, client_id: str) -> AcceptedOrder | None:
        """By the venue's id or else by the client's, the newest of that name first."""
        if order_id:
            return self.orders.get(order_id)
        named = (order for order in self._newest() if order.client_id == client_id)
        return next(named, None)

    def _newest(self) -> Iterator[AcceptedOrder]:
        return reversed(self.orders.values())


def _is_of(order: AcceptedOrder, product: ListedProduct, symbol: str) -> bool:
    return order.listing.product is product and symbol in ("", order.listing.symbol)
