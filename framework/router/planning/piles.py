"""Waiting orders of equal price and service class, and the best order in which to move them into batches.

Orders of one tariff and service class are a *pile*. A *step* moves some orders of a pair out of requests of their own
into a batch: as many as a batch takes for one more unit. A pile's steps have one order, the best first: most orders,
then those that join a batch already begun, then the batch with most to follow. The first `n` steps move the most orders
that `n` steps can, into the fewest batches, and each moves no more than the one before.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

from framework.router.planning.tariffs import Tariff


class Pair(NamedTuple):
    """Orders of one pair in a pile."""

    first_id: int
    slot: int
    """Where it stands among all that waits."""
    orders: int


class PileStep(NamedTuple):
    """The next orders of a pile that can move into a batch."""

    orders: int
    is_new: bool
    """It begins a batch: one request more."""
    follow: int
    """Orders that its batch can still come to hold, these among them."""
    first_id: int


class Pile:
    """Orders of one tariff and service class, by pair and as batches would hold them."""

    __slots__ = ("batches", "orders", "pairs", "service", "tariff")

    def __init__(self, tariff: Tariff, service: int, pairs: list[Pair]) -> None:
        self.tariff = tariff
        self.service = service
        self.pairs = sorted(pairs)
        """The oldest first."""
        self.orders = sum([pair.orders for pair in pairs])
        self.batches: list[tuple[int, int]] = []
        """(- orders, first id), the largest first."""
        largest = tariff.batch_orders
        if largest > 1:
            for first_id, _, orders in self.pairs:
                full, rest = divmod(orders, largest)
                self.batches += [(-largest, first_id)] * full
                if rest:
                    self.batches.append((-rest, first_id))
            self.batches.sort()


class Stack:
    """What has become of a pile: orders that go alone, and batches."""

    __slots__ = ("_rests", "_whole", "batches", "is_closed", "is_done", "is_settled", "pile", "singles")

    def __init__(self, pile: Pile) -> None:
        self.pile = pile
        self.singles = 0
        self.batches: list[int] = []
        """Orders in each batch begun: they are the first of the pile's."""
        self.is_closed = False
        """No batch is to be begun, for now."""
        self.is_done = False
        """No step is to be taken, for now ..."""
        self.is_settled = False
        """... or ever."""
        self._whole = 0
        """Full steps that the youngest batch still offers."""
        self._rests: list[tuple[int, int, int]] = []
        """Last, smaller steps of the others: (- orders, - full steps, batch)."""

    @property
    def orders(self) -> int:
        """Orders in requests of either form."""
        return self.singles + sum(self.batches)

    def head(self) -> PileStep | None:
        """The best step left."""
        singles, size = self.singles, self.pile.tariff.step_orders
        if self.is_done or not singles:
            return None
        if self._whole:
            return PileStep(min(size, singles), False, self._whole * size, 0)
        rest = -self._rests[0][0] if self._rests else 0
        if not self.is_closed and len(self.batches) < len(self.pile.batches):
            orders, first_id = self.pile.batches[len(self.batches)]
            if min(-orders, size) > rest:
                return PileStep(min(-orders, size, singles), True, -orders, first_id)
        return PileStep(min(rest, singles), False, rest, 0) if rest else None

    def take(self, step: PileStep) -> None:
        """Put the orders of the head, which go alone no longer, into its batch."""
        if step.is_new:
            self.batches.append(step.orders)
            self._whole = step.follow // self.pile.tariff.step_orders
        elif self._whole:
            self.batches[-1] += step.orders
        else:
            self.batches[heappop(self._rests)[2]] += step.orders
            return
        if self._whole:
            self._whole -= 1
            batch = len(self.batches) - 1
            whole, rest = divmod(-self.pile.batches[batch][0], self.pile.tariff.step_orders)
            if rest and not self._whole:
                heappush(self._rests, (-rest, -whole, batch))

    def block(self, step: PileStep) -> None:
        """A step does not help: nor will those after it, for now."""
        self.is_done = not step.is_new
        self.is_closed = True
