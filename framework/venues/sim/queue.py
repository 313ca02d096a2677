"""Our own orders that rest on one side of one book, and what of the displayed queue is served before them."""

from __future__ import annotations

from collections import deque
from typing import Final

from framework.venues.sim.orders import AHEAD_UNKNOWN, VenueOrder

SETTLED_NS: Final = 100_000_000
"""What the tape displays counts only once it is this old.

Streams race: a quote usually arrives before the trade that caused it. The size that the quote no longer shows and the
trade's volume are the same size. If both moved our order forward at once it would be counted twice, and the order
would stand before orders that are really ahead of it. After 100 ms the trade has come (measured on recorded Binance
streams: 93-96 % of trades agree with the quote of 50 ms before), it has moved the order itself, and what the quote
showed can only say again that no more than that is ahead.
"""

NO_BID: Final = 0
NO_ASK: Final = 10**18


class PriceQueue:
    """Our orders at one price, first come first served, and the displayed sizes that are not settled yet.

    `ahead_points` never falls along the line: what is ahead of an order is ahead of all behind it.
    """

    __slots__ = ("looks", "orders", "seen")

    def __init__(self) -> None:
        self.orders: list[VenueOrder] = []
        self.looks = 0
        """How often a size was displayed here so far: what was displayed before an order came says nothing of it."""
        self.seen: deque[tuple[int, int, int]] = deque()

    def settle(self, now_ns: int) -> None:
        """Let displayed sizes that are old enough shorten the queue of the orders that rested when they were seen."""
        while self.seen and now_ns - self.seen[0][0] >= SETTLED_NS:
            _, look, shown_points = self.seen.popleft()
            for order in self.orders:
                if order.first_look <= look:
                    order.ahead_points = min(order.ahead_points, shown_points)

    def settled(self, now_ns: int) -> list[VenueOrder]:
        """The orders, with what is ahead of them as of now."""
        self.settle(now_ns)
        return self.orders

    def see(self, shown_points: int, now_ns: int) -> None:
        """Note what is displayed at this price."""
        self.settle(now_ns)
        self.seen.append((now_ns, self.looks, shown_points))
        self.looks += 1


class Queue:
    """Our resting orders of one side, by price."""

    __slots__ = ("best_points", "is_buy", "lines", "resting")

    def __init__(self, *, is_buy: bool) -> None:
        self.is_buy = is_buy
        self.lines: dict[int, PriceQueue] = {}
        self.best_points = NO_BID if is_buy else NO_ASK
        """Our best price: data that does not reach it cannot concern us."""
        self.resting = 0
        """How many orders rest."""

    def prices(self) -> list[int]:
        """Our prices, best first."""
        return sorted(self.lines, reverse=self.is_buy)

    def reaches(self, price_points: int, traded_points: int) -> bool:
        """Whether a trade at a price comes to our orders at another."""
        return price_points >= traded_points if self.is_buy else price_points <= traded_points

    def orders(self) -> list[VenueOrder]:
        """All orders, best price first, then by time."""
        return [order for price in self.prices() for order in self.lines[price].orders]

    def add(self, order: VenueOrder, shown_points: int | None, now_ns: int) -> None:
        """Put an order at the end of its line, behind all that is displayed there (None: not known)."""
        price = order.price_points
        line = self.lines.get(price)
        if line is None:
            line = self.lines[price] = PriceQueue()
            self.best_points = max(self.best_points, price) if self.is_buy else min(self.best_points, price)
        line.settle(now_ns)
        shown = AHEAD_UNKNOWN if shown_points is None else shown_points
        order.ahead_points = max(shown, line.orders[-1].ahead_points) if line.orders else shown
        order.first_look = line.looks
        line.orders.append(order)
        self.resting += 1

    def remove(self, order: VenueOrder) -> None:
        """Take an order out; those behind it move up by its own size only."""
        line = self.lines[order.price_points]
        line.orders.remove(order)
        self.resting -= 1
        if not line.orders:
            del self.lines[order.price_points]
            if order.price_points == self.best_points:
                none = NO_BID if self.is_buy else NO_ASK
                self.best_points = (max if self.is_buy else min)(self.lines, default=none)

    def forget_seen(self, now_ns: int) -> None:
        """Displayed sizes are no longer comparable: drop those that are not settled. Places are kept."""
        for line in self.lines.values():
            line.settle(now_ns)
            line.seen.clear()
