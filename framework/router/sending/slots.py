"""Where orders wait for a request: a slot for each instrument and kind; in it service classes, and in those strategies.

Strategies are served in turn. Each has a count of what it was given; one that begins to wait starts at the count of the
one served last, so that it neither waits behind another's flood nor saves up turns while it is idle.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from msgspec import Struct

from framework.model.batch import CANCEL, PLACE, BatchKind
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.router.planning.planner import Queued
from framework.router.planning.symbol_cancels import SymbolCancels

ARRIVALS_MAX: Final = 1 << 48
"""More orders than ever wait in one run: turns come before arrival in a queue's age."""


class Service(IntEnum):
    """The order of service: lower goes first."""

    SWEEP = 0
    """Cancels of a kill switch."""
    CANCEL = 1
    REDUCING = 2
    """New orders and changes that can only make a position smaller: they never become stale."""
    TURN = 3
    """The next ordinary order of a strategy that has waited long: not a place to wait in, but a right to be next."""
    ORDINARY = 4


ORDINARY: Final = Service.ORDINARY
"""By a name of its own, as `framework.model.batch.PLACE`."""


def service_of(kind: BatchKind, order: Order) -> Service:
    """The class of an order that waits, unless somebody gives it a higher one."""
    if kind is CANCEL:
        return Service.CANCEL
    return Service.REDUCING if order.reduce_only else ORDINARY


Entry = tuple[int, Order]
"""Arrival number, order."""


class StrategyQueue:
    """One strategy's orders of a slot and class. New sells go before the buys of their turn: they bring its cash."""

    __slots__ = ("rest", "sells", "strategy")

    def __init__(self, strategy: str) -> None:
        self.strategy = strategy
        self.sells: dict[str, Entry] = {}
        self.rest: dict[str, Entry] = {}

    def put(self, arrival: int, order: Order, *, is_place: bool) -> None:
        """Join the line: at its end, or among new orders where the age says."""
        orders = self.sells if is_place and not order.is_buy else self.rest
        is_older = is_place and orders and order.ts_created_ns < next(reversed(orders.values()))[1].ts_created_ns
        orders[order.client_order_id] = arrival, order
        if is_older:  # it waited for cash before it came here
            entries = sorted(orders.items(), key=lambda item: item[1][1].ts_created_ns)
            orders.clear()
            orders.update(entries)

    def head(self) -> Entry:
        """The next order. The line is not empty."""
        if not self.sells:
            return next(iter(self.rest.values()))
        sell = next(iter(self.sells.values()))
        if not self.rest:
            return sell
        other = next(iter(self.rest.values()))
        return sell if sell[1].ts_created_ns <= other[1].ts_created_ns else other

    def drop(self, client_order_id: str) -> None:
        """Leave the line."""
        if self.rest.pop(client_order_id, None) is None:
            del self.sells[client_order_id]

    def oldest(self) -> Iterator[Order]:
        """The oldest of its sells and the oldest of the others."""
        for orders in (self.sells, self.rest):
            if orders:
                yield next(iter(orders.values()))[1]

    def __len__(self) -> int:
        return len(self.sells) + len(self.rest)


class Slot:
    """Orders of one instrument and kind."""

    __slots__ = ("classes", "instrument", "is_shrink", "kind", "orders")

    def __init__(self, kind: BatchKind, instrument: Instrument, *, is_shrink: bool = False) -> None:
        self.kind = kind
        self.is_shrink = is_shrink
        """Changes that only take size away, at a venue with a request of its own for that."""
        self.instrument = instrument
        self.orders = 0
        self.classes: dict[Service, dict[str, StrategyQueue]] = {}
        """Class -> strategy -> its line; only those in which somebody waits."""


class Alone(Struct, frozen=True):
    """An order that waits where no other does."""

    kind: BatchKind
    order: Order
    service: Service
    is_shrink: bool


class Share(NamedTuple):
    """A part of a slot that is planned for: its orders of this class, and what is behind them."""

    slot: Slot
    service: Service


class Slots:
    """Everything that waits for requests of one venue and account. An order that waits alone stands outside of slots.

    Args:
        symbol_cancels: those that are out: they keep slots from being planned for.
    """

    def __init__(self, symbol_cancels: SymbolCancels | None = None) -> None:
        self.orders = 0
        self._symbol_cancels = symbol_cancels or SymbolCancels(0)
        self._alone: Alone | None = None
        self._slots: dict[tuple[BatchKind, Instrument, bool], Slot] = {}
        self._found: dict[tuple[str, BatchKind], tuple[Slot, Service]] = {}
        self._cancels: dict[str, int] = {}
        """Order ids of the cancels that wait, first come first -> when they were noted; 0: they have just come."""
        self._waiting: dict[tuple[str, Service], int] = {}
        self._served: dict[str, int] = {}
        self._turn = 0
        self._arrivals = 0

    def put(self, kind: BatchKind, order: Order, service: Service, *, is_shrink: bool = False) -> None:
        """Let an order wait. It waits once for each kind, in the highest class that was asked for.

        Args:
            is_shrink: the change only takes size away, and goes in a request of its own kind.
        """
        if kind is CANCEL:
            self._cancels.setdefault(order.client_order_id, 0)
        if not self.orders:
            self._alone = Alone(kind, order, service, is_shrink)
            self.orders = 1
            return
        self._seat()
        key = order.client_order_id, kind
        found = self._found.get(key)
        if found is not None:
            if found[1] <= service and found[0].is_shrink is is_shrink:
                return
            service = min(service, found[1])
            self._leave(kind, order)
        self._file(Alone(kind, order, service, is_shrink))

    def _file(self, alone: Alone) -> None:
        kind, order, service, is_shrink = alone.kind, alone.order, alone.service, alone.is_shrink
        slot = self._slots.get((kind, order.instrument, is_shrink))
        if slot is None:
            slot = Slot(kind, order.instrument, is_shrink=is_shrink)
            self._slots[kind, order.instrument, is_shrink] = slot
        lines = slot.classes.setdefault(service, {})
        line = lines.get(order.strategy)
        if line is None:
            line = lines[order.strategy] = StrategyQueue(order.strategy)
        self._arrivals += 1
        line.put(self._arrivals, order, is_place=kind is PLACE)
        self._found[order.client_order_id, kind] = slot, service
        self.orders += 1
        slot.orders += 1
        self._count(order.strategy, service)

    def drop(self, kind: BatchKind, order: Order) -> bool:
        """Let an order wait no longer. False: it did not."""
        self._seat()
        if kind is CANCEL:
            self._cancels.pop(order.client_order_id, None)
        return self._leave(kind, order)

    def _leave(self, kind: BatchKind, order: Order) -> bool:
        found = self._found.pop((order.client_order_id, kind), None)
        if found is None:
            return False
        slot, service = found
        lines = slot.classes[service]
        line = lines[order.strategy]
        line.drop(order.client_order_id)
        if not line:
            del lines[order.strategy]
            if not lines:
                del slot.classes[service]
        self.orders -= 1
        slot.orders -= 1
        self._waiting[order.strategy, service] -= 1
        return True

    def waiting(self, strategy: str, service: Service) -> int:
        """Orders of a strategy and class that wait."""
        self._seat()
        return self._waiting.get((strategy, service), 0)

    def kinds(self) -> list[BatchKind]:
        """What kinds of requests are waited for."""
        self._seat()
        return list(dict.fromkeys([slot.kind for slot in self._slots.values() if slot.orders]))

    def note_cancels(self, now_ns: int) -> None:
        """All that may leave has left: the cancels that came since the last time wait from now on."""
        for name in reversed(self._cancels):
            if self._cancels[name]:
                break
            self._cancels[name] = now_ns

    def cancels_since_ns(self) -> int:
        """Since when the cancel waits that waits longest, whatever left before it; 0: none does."""
        return next(iter(self._cancels.values()), 0)

    @property
    def has_shrinks(self) -> bool:
        """Whether changes wait that go in a request of their own kind."""
        self._seat()
        return any(slot.is_shrink and slot.orders for slot in self._slots.values())

    def creating(self) -> list[tuple[BatchKind, Order]]:
        """All that waits and creates or changes orders: everything but cancels."""
        self._seat()
        return [
            (slot.kind, order)
            for slot in self._slots.values()
            if slot.kind is not CANCEL and slot.orders
            for lines in slot.classes.values()
            for line in lines.values()
            for orders in (line.sells, line.rest)
            for _, order in orders.values()
        ]

    def take_older(self, than_ns: int) -> list[Order]:
        """Take out the new orders that were made before an instant and may become stale."""
        self._seat()
        found: list[Order] = []
        while stale := [order for order in self._oldest() if order.ts_created_ns < than_ns]:
            for order in stale:
                self.drop(PLACE, order)
            found += stale
        return found

    def oldest_ns(self) -> int:
        """When the oldest of the new orders that may become stale was made; 0: there is none."""
        self._seat()
        return min((order.ts_created_ns for order in self._oldest()), default=0)

    def whole(self) -> tuple[list[Share], list[Queued]]:
        """All that may leave, slot by slot whatever the class: for when all can go."""
        self._seat()
        shares, queued = [], []
        for slot in self._slots.values():
            if slot.orders and not self._symbol_cancels.holds(slot.kind, slot.instrument):
                service = min(slot.classes)
                first_id = min([self._age(lines) for lines in slot.classes.values()])
                shares.append(Share(slot, service))
                queued.append(Queued(slot.kind, service, slot.orders, first_id, is_shrink=slot.is_shrink))
        return shares, queued

    def by_service(self, made_before_ns: int) -> tuple[list[Share], list[Queued]]:
        """All that may leave, class by class. The next of a line that was made before an instant has the right to a turn."""
        self._seat()
        shares, queued = [], []
        for slot in self._slots.values():
            if self._symbol_cancels.holds(slot.kind, slot.instrument):
                continue
            for service, lines in sorted(slot.classes.items()):
                orders, first_id = sum(map(len, lines.values())), self._age(lines)
                turns = 0
                if service is ORDINARY:
                    turns = sum(line.head()[1].ts_created_ns < made_before_ns for line in lines.values())
                for count, there in ((turns, Service.TURN), (orders - turns, service)):
                    if count:
                        shares.append(Share(slot, there))
                        queued.append(Queued(slot.kind, there, count, first_id, is_shrink=slot.is_shrink))
        return shares, queued

    def take(self, share: Share, count: int) -> list[Order]:
        """Take the next orders of a share, at most so many: strategies in turn, and then the classes behind."""
        slot, first = share
        taken: list[Order] = []
        for service in sorted(slot.classes):
            if service >= first:
                while len(taken) < count and (lines := slot.classes.get(service)):
                    line = next(iter(lines.values())) if len(lines) == 1 else min(lines.values(), key=self._line_age)
                    order = line.head()[1]
                    self.drop(slot.kind, order)
                    self._serve(order.strategy)
                    taken.append(order)
        return taken

    def take_alone(self) -> Alone | None:
        """Take the one order that waits, if there is only one, it has just come, and it may leave."""
        alone = self._alone
        if alone is None or self._symbol_cancels.holds(alone.kind, alone.order.instrument):
            return None
        self._alone = None
        self.orders = 0
        self._cancels.clear()
        return alone

    def _seat(self) -> None:
        """Let the one that waits alone join a slot."""
        if self._alone is not None:
            alone, self._alone = self._alone, None
            self._file(alone)
            self.orders -= 1

    def _oldest(self) -> Iterator[Order]:
        """The first of each line of ordinary new orders."""
        for slot in self._slots.values():
            if slot.kind is PLACE and slot.orders:
                for line in slot.classes.get(ORDINARY, {}).values():
                    yield from line.oldest()

    def _count(self, strategy: str, service: Service) -> None:
        """One more waits. A strategy that begins to wait has no turns saved up."""
        key = strategy, service
        count = self._waiting.get(key, 0)
        self._waiting[key] = count + 1
        if not count and self._served.get(strategy, 0) < self._turn:
            self._served[strategy] = self._turn

    def _serve(self, strategy: str) -> None:
        served = self._served.get(strategy, 0)
        self._turn = max(self._turn, served)
        self._served[strategy] = served + 1

    def _line_age(self, line: StrategyQueue) -> int:
        """Who was given least goes first; of equals, who came first."""
        return self._served.get(line.strategy, 0) * ARRIVALS_MAX + line.head()[0]

    def _age(self, lines: dict[str, StrategyQueue]) -> int:
        return min([self._line_age(line) for line in lines.values()])
