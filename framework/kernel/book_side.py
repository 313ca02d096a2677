"""One side of an order book: what stands at each price, and the prices in order."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Generic, TypeVar

EMPTY_MIN: Final = 64
"""So many prices at which nothing stands any more are kept at least, and as many as there were others."""

V = TypeVar("V", int, str)


class BookSide(Generic[V]):
    """A value at each price, in points: a size, or what the venue wrote. An empty one (0, or no text): the level is gone.

    A price keeps its place when its level goes. Near the best price the same levels come and go all the time, and
    finding their place is most of the work.

    Args:
        is_bids: the best price is the highest, else the lowest.
    """

    __slots__ = ("_best_at", "_is_bids", "_prices_max", "prices", "values")

    def __init__(self, *, is_bids: bool) -> None:
        self.prices: list[int] = []
        """Rising. Something stands at the best of them; others may be empty."""
        self.values: dict[int, V] = {}
        """Who sets some here calls `settle` before anything else is asked."""
        self._is_bids = is_bids
        self._best_at = -1 if is_bids else 0
        self._prices_max = EMPTY_MIN

    def replace(self, levels: Iterable[tuple[int, V]]) -> None:
        """Hold exactly these levels."""
        self.values = {price: value for price, value in levels if value}
        self.prices = sorted(self.values)
        self._prices_max = 2 * len(self.prices) + EMPTY_MIN

    def change(self, levels: Iterable[tuple[int, V]]) -> None:
        """Set these levels; an empty one goes."""
        self.values.update(levels)
        self.settle()

    def settle(self) -> None:
        """Give new prices their places, and let go of empty ones before the best."""
        prices, values, at = self.prices, self.values, self._best_at
        if len(values) != len(prices):
            for price in islice(reversed(values), len(values) - len(prices)):  # a dict has its new keys last
                insort(prices, price)
        while prices and not values[prices[at]]:
            del values[prices.pop(at)]
        if len(prices) > self._prices_max:
            self.replace(values.items())

    def best(self, count: int) -> list[tuple[int, V]]:
        """That many levels, the best first."""
        values = self.values
        return list(islice(((price, value) for price in self._best_first() if (value := values[price])), count))

    def top(self, count: int) -> list[V]:
        """The values of that many levels, the best first."""
        return list(islice(filter(None, map(self.values.__getitem__, self._best_first())), count))

    def _best_first(self) -> Iterator[int]:
        return reversed(self.prices) if self._is_bids else iter(self.prices)
