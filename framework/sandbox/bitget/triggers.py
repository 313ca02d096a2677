"""Trigger orders (plan, strategy): a name space of their own; each becomes an order when the price reaches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.order import Wanted
from framework.sandbox.bitget.order_entry import BitgetOrderEntry
from framework.sandbox.bitget.refused import BitgetRefusal

WAITING: Final = "live"


class Trigger(Struct, eq=False):
    """One of them."""

    id: str
    client_id: str
    wanted: Wanted
    """The order that it becomes."""
    points: int
    """The price that sets it off."""
    is_rise: bool
    """Set off by a price at or above it; else at or below."""
    by_mark: bool
    """By the mark price; else by the last trade."""
    created_ms: int
    updated_ms: int
    kind: str = "trigger"
    """The name space: trigger; tpsl (V2 spot); loss_plan, profit_plan (V2 perpetuals); takeProfit, stopLoss (V3)."""
    status: str = WAITING
    """live, executed, fail_execute, cancelled."""
    order_id: str = ""
    """Of the order that it became."""

    @property
    def listing(self) -> Listing:
        """What it is about."""
        return self.wanted.listing


class Triggers:
    """Those of one account, oldest first."""

    def __init__(self, entry: BitgetOrderEntry, market: Callable[[Listing], ListedMarket]) -> None:
        self.all: dict[str, Trigger] = {}
        self.told: Callable[[Trigger], None] = lambda trigger: None  # noqa: ARG005
        """Hears of each that begins to wait, and what becomes of it."""
        self._entry = entry
        self._market = market

    def add(self, trigger: Trigger) -> None:
        """Wait for its price."""
        self.all[trigger.id] = trigger
        self.told(trigger)

    def price(self, listing: Listing, *, by_mark: bool) -> int:
        """What triggers are held against, in points; 0 before there is any."""
        market = self._market(listing)
        return market.displayed.mid_doubled() // 2 if by_mark else market.last_points

    def of(self, product: ListedProduct, symbol: str = "", *, is_live: bool = True) -> list[Trigger]:
        """Those that wait, or those that are done."""
        return [
            one
            for one in self.all.values()
            if (one.status == WAITING) is is_live
            and one.listing.product is product
            and symbol in ("", one.listing.symbol)
        ]

    def find(self, trigger_id: str, client_id: str) -> Trigger | None:
        """One that waits, by the venue's id or by the client's."""
        live = [one for one in self.all.values() if one.status == WAITING]
        return next((one for one in live if trigger_id == one.id or (client_id and client_id == one.client_id)), None)

    def cancel(self, trigger: Trigger, now_ms: int) -> None:
        """Take it back."""
        trigger.status, trigger.updated_ms = "cancelled", now_ms
        self.told(trigger)

    def look(self, listing: Listing, now_ms: int) -> None:
        """Set off what the price has reached."""
        for trigger in [one for one in self.all.values() if one.status == WAITING and one.listing is listing]:
            price = self.price(listing, by_mark=trigger.by_mark)
            if price and (price >= trigger.points if trigger.is_rise else price <= trigger.points):
                self._fire(trigger, now_ms)

    def _fire(self, trigger: Trigger, now_ms: int) -> None:
        trigger.updated_ms = now_ms
        try:
            trigger.order_id = self._entry.place(trigger.wanted).id
            trigger.status = "executed"
        except BitgetRefusal:
            trigger.status = "fail_execute"
        self.told(trigger)
