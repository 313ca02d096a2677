"""Our orders never trade with each other: who of them stands where, and who waits until it can no longer happen.

An order stands from the moment it may leave until it is known to be done: unsent, in flight, open and UNKNOWN orders
count alike, each at the furthest price it may have at the venue. What waits is older than what comes after it: newer
orders that would meet it wait behind it, so nobody is overtaken for ever, and since everybody waits for older ones alone
there is no deadlock. What waits for an order that rests ends with its own age limit; what only
reduces waits for as long as it takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final, NamedTuple

from framework.model.batch import Change
from framework.model.events import OrderReport, Quote, ReportKind
from framework.model.instrument import Instrument
from framework.model.orders import DONE, Order, OrderState, TimeInForce, market_buy_points, market_sell_points
from framework.ports import Desk
from framework.router.crossing.own_prices import MARKET_KEY, Best, OwnPrices, reach_of

CHANGE_ANSWERS: Final = frozenset({ReportKind.AMENDED, ReportKind.AMEND_REJECTED, ReportKind.CANCEL_REJECTED})
"""Reports after which an order that goes on may reach less far, or further, than before."""


class Blocked(NamedTuple):
    """An order, or a change of one, that waits."""

    order: Order
    change: Change | None
    """None: the order itself has not left yet."""
    until_ns: int
    """When waiting ends; 0: it does not."""
    against: str
    """The order that it would have traded with."""

    @property
    def key(self) -> int:
        """How far it would reach."""
        price = self.order.price_points if self.change is None else self.change.price_points
        return reach_of(price, is_buy=self.order.is_buy)


class Freed(NamedTuple):
    """What need not wait any more; one that does not rest up to one of some prices, the furthest first."""

    blocked: Blocked
    bounds_points: tuple[int, ...]
    """Empty: at its own."""


def is_bounded(order: Order) -> bool:
    """Whether an order may take less far than it would: it takes what is there, and does not rest."""
    return order.is_market or order.tif is TimeInForce.IOC


class Crossing:
    """Our orders by instrument: those that stand, and those that wait, oldest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._standing: defaultdict[Instrument, OwnPrices] = defaultdict(OwnPrices)
        self.blocked: dict[Instrument, dict[str, Blocked]] = {}
        """Those that wait. To be read only: who sees it empty need not ask what is free or late."""
        self._behind: dict[Instrument, OwnPrices] = {}
        """Where waiting ones would stand."""
        self._counts: dict[str, int] = {}
        """Strategy -> how many of its own wait."""
        self._quotes: dict[Instrument, Quote | None] = {}
        """What orders that wait were last held against."""
        self._takers: dict[str, Instrument] = {}
        """Orders that wait and would not rest: a quote can set them free."""
        self._ends: list[tuple[int, str, Instrument]] = []
        self.loosened: dict[Instrument, None] = {}
        """Where somebody went for whom others may wait. To be read only."""

    # Orders that stand.

    def against(self, order: Order, price_points: int) -> Best | None:
        """The order of ours, standing or waiting, that this one would meet first at a price."""
        return self._first(order, reach_of(price_points, is_buy=order.is_buy))

    def _first(self, order: Order, key: int) -> Best | None:
        instrument = order.instrument
        found = self._standing[instrument].against(order, key)
        if instrument in self.blocked:
            behind = self._behind[instrument].against(order, key)
            if found is None or (behind is not None and behind.key < found.key):
                found = behind
        return found

    def against_change(self, order: Order, price_points: int) -> Best | None:
        """The order of ours that a changed one would meet; a change that reaches no further meets nobody new."""
        if reach_of(price_points, is_buy=order.is_buy) >= self._key(order):
            return None
        return self.against(order, price_points)

    def bounds(self, order: Order, best: Best) -> tuple[int, ...]:
        """Prices up to which an order that takes and does not rest can trade with others alone.

        The furthest, and the quote itself; none where nobody else is better than ours. The furthest is a tick before
        ours, never beyond its own price, and a market order's never further than what money is set aside for: our own
        order may stand anywhere.
        """
        if not is_bounded(order) or best.key == MARKET_KEY:
            return ()
        quote, tick = self._desk.quote(order.instrument), order.instrument.tick_points
        if quote is None:
            return ()
        if order.is_buy:
            if not 0 < quote.ask_points < best.key:
                return ()
            worst = order.price_points or market_buy_points(quote.ask_points)
            return min(best.key - tick, worst - worst % tick), quote.ask_points
        if quote.bid_points <= -best.key:
            return ()
        worst = order.price_points or market_sell_points(quote.bid_points)
        return max(tick - best.key, worst + -worst % tick), quote.bid_points

    def in_way(self, order: Order) -> list[Order]:
        """The orders of ours that one which waits waits for: those that it would trade with, but for newer ones that wait."""
        waiting = self.blocked.get(order.instrument, {})
        if order.client_order_id not in waiting:
            return []
        key, names = waiting[order.client_order_id].key, list(waiting)
        behind = {name for name in names[names.index(order.client_order_id) :] if waiting[name].change is None}
        return [
            other
            for other in self._desk.open_orders(order.instrument)
            if other.is_buy != order.is_buy
            and not (other.post_only and order.post_only)
            and other.client_order_id not in behind
            and self._key(other) + key <= 0
        ]

    def stand(self, order: Order) -> Best | None:
        """An unsent order stands from now on, unless it could trade with one of ours: the first that it would meet."""
        key, standing = reach_of(order.price_points, is_buy=order.is_buy), self._standing[order.instrument]
        best = self._first(order, key) if self.blocked else standing.against(order, key)
        if best is None:
            standing.put(order, key)
        return best

    def enter(self, order: Order) -> None:
        """An order may leave, or be changed: it stands at the furthest price that it may have."""
        self._standing[order.instrument].put(order, self._key(order))

    def move(self, order: Order) -> None:
        """An order that left may have other prices than before."""
        self.leave(order)
        self.enter(order)

    def leave(self, order: Order) -> None:
        """An order stands no longer, or comes back with another price: whoever waits for it looks again."""
        instrument = order.instrument
        if self._standing[instrument].drop(order) and instrument in self.blocked:
            self.loosened[instrument] = None

    def on_report(self, order: Order, report: OrderReport) -> None:
        """An order is done, has its new price, or keeps the old one."""
        if order.state in DONE:
            if self.blocked:
                self.drop(order)
            self.leave(order)
        elif report.kind in CHANGE_ANSWERS and order.state is not OrderState.QUEUED:
            self.move(order)

    def _key(self, order: Order) -> int:
        """How far an order may reach: at the furthest of the prices that it has, or may get by a change."""
        is_buy = order.is_buy
        key = reach_of(order.price_points, is_buy=is_buy)
        for change in self._desk.changes(order):
            key = min(key, reach_of(change.price_points, is_buy=is_buy))
        return key

    # Orders that wait.

    def wait(self, blocked: Blocked) -> None:
        """Let an order or a change wait; a newer change of the same order takes the older one's place at the end."""
        order, instrument = blocked.order, blocked.order.instrument
        self.drop(order)
        self.blocked.setdefault(instrument, {})[order.client_order_id] = blocked
        self._behind.setdefault(instrument, OwnPrices()).put(order, blocked.key)
        self._counts[order.strategy] = self._counts.get(order.strategy, 0) + 1
        if blocked.change is None and is_bounded(order):
            self._takers[order.client_order_id] = instrument
        if blocked.until_ns:
            heappush(self._ends, (blocked.until_ns, order.client_order_id, instrument))

    def drop(self, order: Order) -> Blocked | None:
        """It waits no longer. None: it did not."""
        waiting = self.blocked.get(order.instrument)
        blocked = waiting.pop(order.client_order_id, None) if waiting is not None else None
        if blocked is None:
            return None
        self._counts[order.strategy] -= 1
        self._takers.pop(order.client_order_id, None)
        if not waiting:
            del self.blocked[order.instrument]
            self.loosened.pop(order.instrument, None)
        else:
            self.loosened[order.instrument] = None
        self._behind[order.instrument].drop(order)
        return blocked

    def waiting(self, strategy: str) -> int:
        """Orders of a strategy, and changes, that wait."""
        return self._counts.get(strategy, 0)

    @property
    def watches_quotes(self) -> bool:
        """Whether an order waits that a better price of somebody else would set free."""
        return bool(self._takers)

    def look_again(self) -> None:
        """Where another quote has come, orders that would not rest may find somebody better than ours."""
        for there in dict.fromkeys(self._takers.values()):
            quote = self._desk.quote(there)
            if quote is not self._quotes.get(there):
                self._quotes[there] = quote
                self.loosened[there] = None

    def take_free(self) -> Iterator[Freed]:
        """What can leave now, oldest first. Whoever takes one lets it stand before the next is looked at."""
        loosened = list(self.loosened)
        for instrument in loosened:
            ahead = OwnPrices()
            for blocked in list(self.blocked.get(instrument, {}).values()):
                order = blocked.order
                best = self._nearest(ahead, blocked)
                bounds = () if best is None or blocked.change is not None else self.bounds(order, best)
                if best is None or bounds:
                    self.drop(order)
                    yield Freed(blocked, bounds)
                else:
                    ahead.put(order, blocked.key)
            self.loosened.pop(instrument, None)

    def _nearest(self, ahead: OwnPrices, blocked: Blocked) -> Best | None:
        """The first that one would meet, of those that stand and those that wait ahead of it."""
        standing = self._standing[blocked.order.instrument]
        found = [prices.against(blocked.order, blocked.key) for prices in (standing, ahead)]
        return min((best for best in found if best is not None), default=None)

    def take_late(self, now_ns: int) -> Iterator[Blocked]:
        """What has waited for as long as it may; it waits no longer."""
        while self._ends and self._ends[0][0] <= now_ns:
            until_ns, client_order_id, instrument = heappop(self._ends)
            blocked = self.blocked.get(instrument, {}).get(client_order_id)
            if blocked is not None and blocked.until_ns == until_ns:
                self.drop(blocked.order)
                yield blocked

    def late_at_ns(self) -> int:
        """When something will have waited too long; 0 when nothing will."""
        while self._ends:
            until_ns, client_order_id, instrument = self._ends[0]
            blocked = self.blocked.get(instrument, {}).get(client_order_id)
            if blocked is not None and blocked.until_ns == until_ns:
                return until_ns
            heappop(self._ends)
        return 0
