"""What happened in the last stretch of time, in bounded memory and constant time: how often, and how much."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from framework.model.rates import Rate

SLOTS: Final = 60
"""Parts of a window: what lies before it is forgotten in steps of a sixtieth of it."""


class Messages:
    """The instants of the last messages, as many as a rate allows: the sliding window, exactly."""

    __slots__ = ("_last_ns", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._last_ns: deque[int] = deque(maxlen=rate.limit)

    def add(self, now_ns: int) -> None:
        """A message was asked for."""
        self._last_ns.append(now_ns)

    @property
    def instants(self) -> tuple[int, ...]:
        """All of them, for a checkpoint."""
        return tuple(self._last_ns)

    def is_full(self, now_ns: int) -> bool:
        """Whether one more would be too many in the window that ends now."""
        last = self._last_ns
        return len(last) == self.rate.limit and last[0] > now_ns - self.rate.window_ns


class Counts(NamedTuple):
    """What happened in a window."""

    orders: int = 0
    cancels: int = 0
    fills: int = 0


class Conduct:
    """New orders, cancels and fills of the last window."""

    __slots__ = ("_slot_ns", "_slots", "counts")

    def __init__(self, window_ns: int) -> None:
        self._slot_ns = max(window_ns // SLOTS, 1)
        self._slots: deque[tuple[int, Counts]] = deque()
        self.counts = Counts()

    def add(self, now_ns: int, *, orders: int = 0, cancels: int = 0, fills: int = 0) -> None:
        """Something happened."""
        self.at(now_ns)
        slot = now_ns // self._slot_ns
        added = Counts(orders, cancels, fills)
        if self._slots and self._slots[-1][0] == slot:
            self._slots[-1] = slot, _sum(self._slots[-1][1], added)
        else:
            self._slots.append((slot, added))
        self.counts = _sum(self.counts, added)

    @property
    def slot_ns(self) -> int:
        """How long a part of the window is."""
        return self._slot_ns

    @property
    def slots(self) -> tuple[tuple[int, Counts], ...]:
        """Its parts, for a checkpoint."""
        return tuple(self._slots)

    def at(self, now_ns: int) -> Counts:
        """What happened in the window that ends now."""
        oldest = now_ns // self._slot_ns - SLOTS
        while self._slots and self._slots[0][0] <= oldest:
            self.counts = _sum(self.counts, self._slots.popleft()[1], -1)
        return self.counts


def _sum(counts: Counts, others: Counts, sign: int = 1) -> Counts:
    orders, cancels, fills = others
    return Counts(counts.orders + sign * orders, counts.cancels + sign * cancels, counts.fills + sign * fills)


class Net:
    """A profit's course: how far it fell over the last window, or from its best where there is no window."""

    __slots__ = ("_best", "_slot_ns", "_slots", "window_ns")

    def __init__(self, window_ns: int = 0) -> None:
        self.window_ns = window_ns
        self._slot_ns = max(window_ns // SLOTS, 1)
        self._slots: deque[tuple[int, Decimal]] = deque()
        """The first net of each part of the window, the oldest first."""
        self._best: Decimal | None = None

    def fallen(self, now_ns: int, net: Decimal) -> Decimal:
        """How much lower it is now than then; below 0: it rose."""
        if not self.window_ns:
            self._best = net if self._best is None else max(self._best, net)
            return self._best - net
        slot = now_ns // self._slot_ns
        if not self._slots or self._slots[-1][0] < slot:
            self._slots.append((slot, net))
        # The last one at or before the window's beginning is where it began.
        while len(self._slots) > 1 and self._slots[1][0] <= slot - SLOTS:
            self._slots.popleft()
        return self._slots[0][1] - net

    @property
    def slots(self) -> tuple[tuple[int, Decimal], ...]:
        """The parts of its window, for a checkpoint."""
        return tuple(self._slots)

    @property
    def best(self) -> Decimal | None:
        """The best, where it has no window."""
        return self._best

    def restore(self, slots: Iterable[tuple[int, Decimal]], best: Decimal | None) -> None:
        """As a checkpoint has them."""
        self._slots, self._best = deque(slots), best

    @property
    def known(self) -> tuple[int, Decimal] | None:
        """What a restart must know: the last part of the window and its first net, or 0 and the best; None: nothing."""
        if self._slots:
            return self._slots[-1]
        return None if self._best is None else (0, self._best)

    def forget(self) -> None:
        """Begin anew."""
        self._slots.clear()
        self._best = None
