"""Everybody who listens: what the markets and the members do is told to those who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from aiohttp import web

from framework.model.events import MarketEvent, Trade
from framework.sandbox.bitget import plan_views, pushes, unified_views
from framework.sandbox.bitget.broadcast import Broadcast
from framework.sandbox.bitget.listener import Subscriber
from framework.sandbox.bitget.listings import ListedProduct
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.topics import SubscribedTopic
from framework.sandbox.bitget.triggers import Trigger
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import FaultKind, FaultList

CUTS: Final = {FaultKind.CUT, FaultKind.CLOSE}
Rows = list[Any]


class Streams:
    """The four WebSocket addresses."""

    def __init__(self, venue: BitgetVenue, faults: FaultList) -> None:
        self.venue = venue
        self.faults = faults
        self.listeners: list[Subscriber] = []
        self._broadcasts = {listing: Broadcast(venue, market, faults) for listing, market in venue.markets.items()}
        self._late: list[Callable[[], None]] = []
        self._copies = 1
        for uid, triggers in venue.triggers.items():
            triggers.told = partial(self._tell_trigger, venue.members[uid])
        for member in venue.members.values():
            member.told_order = partial(self._tell_order, member)
            member.told_money = partial(self._tell_money, member)
        for broadcast in self._broadcasts.values():
            broadcast.market.listeners.append(partial(_note, broadcast))

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it ends."""
        is_v3, is_private = request.match_info["version"] == "v3", request.match_info["kind"] == "private"
        listener = Subscriber(self.venue, self.faults, self._begin, is_v3=is_v3, is_private=is_private)
        self.listeners.append(listener)
        try:
            return await listener.serve(request)
        finally:
            self.listeners.remove(listener)

    def close(self) -> None:
        """Send everybody away."""
        for listener in self.listeners:
            listener.close()

    def beat(self) -> None:
        """Tell what the markets did since the last beat."""
        self._play_cuts()
        for broadcast in self._broadcasts.values():
            broadcast.beat(self.listeners)

    def suffer(self, copies: int) -> None:
        """How often what a request causes is told: 1 unless a fault plays."""
        self._copies = copies

    def _play_cuts(self) -> None:
        for is_private, path in ((False, "ws:public"), (True, "ws:private")):
            there = [listener for listener in self.listeners if listener.is_private is is_private and listener.topics]
            if not there:
                continue
            fault = self.faults.take_named(path)
            if fault is not None and fault.kind in CUTS:
                for listener in there:
                    (listener.cut if fault.kind is FaultKind.CUT else listener.close)()

    def _begin(self, listener: Subscriber, topic: SubscribedTopic) -> None:
        """What a new subscription hears first."""
        if topic.listing is not None:
            self._broadcasts[topic.listing].begin(listener, topic)
        elif listener.key is not None and topic.name in ("account", "positions"):
            member = self.venue.members[listener.key.uid]
            rows = self._money(member, topic, listener.is_v3, is_first=True)
            listener.push(topic, rows)

    # --- private -----------------------------------------------------------------------------------------------------

    def _tell_order(self, member: Member, order: AcceptedOrder, fill: Execution | None) -> None:
        product = None if member.is_unified else order.listing.product
        if member.is_unified:
            row = unified_views.order_push(member, order)
        elif order.listing.is_spot:
            row = pushes.spot_order(order, fill)
        else:
            row = pushes.mix_order(member, order, fill)
        symbol = order.listing.symbol
        self._tell(member, SubscribedTopic("orders", product, None), [row], symbol)
        if fill is not None:
            if member.is_unified:
                told = unified_views.fill_push(fill)
            else:
                told = pushes.spot_fill(fill) if order.listing.is_spot else pushes.mix_fill(member, fill)
            self._tell(member, SubscribedTopic("fill", product, None), [told], symbol)

    def _tell_trigger(self, member: Member, one: Trigger) -> None:
        if member.is_unified:
            self._tell(member, SubscribedTopic("strategy-order", None, None), [plan_views.strategy_push(one)])
            return
        row = plan_views.spot_push(one) if one.listing.is_spot else plan_views.mix_push(member, one)
        self._tell(member, SubscribedTopic("orders-algo", one.listing.product, None), [row], one.listing.symbol)

    def _tell_money(self, member: Member, product: ListedProduct) -> None:
        asked = None if member.is_unified else product
        names = ["account"] if product is ListedProduct.SPOT else ["account", "positions"]
        for name in names:
            topic = SubscribedTopic(name, asked, None)
            if any(topic in listener.topics for listener in self._of(member)):
                self._tell(member, topic, self._money(member, topic, member.is_unified, is_first=False))

    def _money(self, member: Member, topic: SubscribedTopic, is_v3: bool, *, is_first: bool) -> Rows:
        gain = pushes.gain(self.venue, member)
        if topic.name == "positions":
            return (pushes.unified_positions if is_v3 else pushes.mix_positions)(self.venue, member)
        if is_v3:
            return [unified_views.account_push(member, pushes.worth(self.venue), gain)]
        if topic.product is not ListedProduct.SPOT:
            return [pushes.mix_account(member, gain)]
        wallet = member.wallets[ListedProduct.SPOT]
        newest = max(wallet.changed_ms.values(), default=0)
        coins = [coin for coin in wallet.available if is_first or wallet.changed_ms.get(coin) == newest]
        return pushes.spot_account(member, coins)

    def _tell(self, member: Member, topic: SubscribedTopic, rows: Rows, symbol: str = "") -> None:
        fault = self.faults.take_named(f"ws:{topic.name}")
        copies = self._copies * (2 if fault is not None and fault.kind is FaultKind.DUPLICATE_REPORTS else 1)
        if fault is not None and fault.kind is FaultKind.DROP_REPORTS:
            return
        if fault is not None and fault.kind is FaultKind.REORDER:
            self._late.append(partial(self._send, member, topic, rows, copies, symbol))
            return
        self._send(member, topic, rows, copies, symbol)
        late, self._late = self._late, []
        for tell in late:
            tell()

    def _send(self, member: Member, topic: SubscribedTopic, rows: Rows, copies: int, symbol: str) -> None:
        for listener in self._of(member):
            asked = [one for one in listener.topics if one._replace(only="") == topic and one.only in ("", symbol)]
            for one in asked * copies:
                listener.push(one, rows)

    def _of(self, member: Member) -> list[Subscriber]:
        return [one for one in self.listeners if one.key is not None and one.key.uid == member.uid]


def _note(broadcast: Broadcast, event: MarketEvent) -> None:
    if isinstance(event, Trade):
        broadcast.pending.append(event)
    broadcast.is_changed = True
