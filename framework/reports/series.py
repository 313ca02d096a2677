"""Lists that stay short however long a run is: when full, every second point goes and fewer are taken from then on."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

POINTS_MAX: Final = 2_000
"""Points kept of a curve: more than a screen is wide."""


class Thinned(Generic[Item]):
    """Every `stride`-th item of a stream, never more than `limit`; the stride doubles each time it is full."""

    __slots__ = ("_limit", "items", "offered", "stride")

    def __init__(self, limit: int = POINTS_MAX) -> None:
        assert limit >= 2, limit
        self._limit = limit
        self.items: list[Item] = []
        self.offered = 0
        """How many there were in all."""
        self.stride = 1

    def is_due(self) -> bool:
        """Count one; True if it is to be added. Lets a caller save the work of making a point that is not kept."""
        due = self.offered % self.stride == 0
        self.offered += 1
        return due

    def add(self, item: Item) -> None:
        """Keep an item that was due."""
        self.items.append(item)
        if len(self.items) >= self._limit:
            del self.items[1::2]
            self.stride *= 2

    def offer(self, item: Item) -> None:
        """Keep the item if it is due."""
        if self.is_due():
            self.add(item)
