"""What cannot leave yet: wants that wait for an order of the same strategy, to be done or to bring its cash."""

from __future__ import annotations

from typing import NamedTuple

from framework.model.instrument import Instrument
from framework.model.intents import Ladder, Target
from framework.model.orders import Order, Owner, Pending, TimeInForce
from framework.ports import Desk
from framework.router.wants.targets import TAG

Key = tuple[str, Instrument, Owner, str]
"""Strategy, instrument, owner and tag: whose ladder or target."""

Wanted = Order | Target | Ladder
"""A buy without cash, a target, or the rungs of a ladder that could not be placed."""


class Waiting(NamedTuple):
    """One thing that waits. Targets and ladders wait for orders of their own key, and for cash where they name it."""

    wanted: Wanted
    asset: str = ""
    """The cash it waits for; empty: an order of its own alone."""
    until_ns: int = 0
    """When waiting ends; 0: it does not."""


class Held:
    """Everything that waits, oldest first; a newer target or ladder of a key replaces the older."""

    def __init__(self) -> None:
        self.waiting: dict[Key | str, Waiting] = {}
        """To be read only: who sees it empty need not ask what is due."""
        self._fresh: list[Key | str] = []
        self._buys: dict[str, int] = {}

    def buys(self, strategy: str) -> int:
        """How many buys of a strategy wait for cash."""
        return self._buys.get(strategy, 0)

    def put(self, waiting: Waiting) -> None:
        """Let something wait, for now: whoever puts it looks again at the end of the turn (`take_fresh`)."""
        name = name_of(waiting.wanted)
        self._take(name)
        self.waiting[name] = waiting
        self._fresh.append(name)
        if isinstance(waiting.wanted, Order):
            self._buys[waiting.wanted.strategy] = self.buys(waiting.wanted.strategy) + 1

    def _take(self, name: Key | str) -> Waiting | None:
        waiting = self.waiting.pop(name, None)
        if waiting is not None and isinstance(waiting.wanted, Order):
            self._buys[waiting.wanted.strategy] -= 1
        return waiting

    def drop(self, wanted: Wanted) -> bool:
        """Let it wait no longer. False: it did not."""
        return self._take(name_of(wanted)) is not None

    def holds(self, wanted: Wanted) -> bool:
        """Whether it waits."""
        return name_of(wanted) in self.waiting

    def holds_same(self, order: Order) -> bool:
        """Whether this very order waits, and not only one of its name."""
        waiting = self.waiting.get(order.client_order_id)
        return waiting is not None and waiting.wanted is order

    def drop_for(self, order: Order) -> None:
        """An order is taken back by hand: the target or ladder that waits for it, or for its cash, ends with it."""
        for name, waiting in list(self.waiting.items()):
            if not isinstance(waiting.wanted, Order) and (name == key_of(order) or _brings(order, waiting)):
                del self.waiting[name]

    def take_fresh(self) -> list[Waiting]:
        """What began to wait since the last call, and still does; it stays."""
        if not self._fresh:
            return []
        fresh, self._fresh = dict.fromkeys(self._fresh), []
        return [self.waiting[name] for name in fresh if name in self.waiting]

    def take_due(self, order: Order) -> list[Waiting]:
        """What an order that filled or is done may have made possible; it waits no longer."""
        key = key_of(order)
        names = [
            name for name, waiting in self.waiting.items() if (order.is_done and name == key) or _brings(order, waiting)
        ]
        return [waiting for name in names if (waiting := self._take(name)) is not None]

    def take_targets(self, strategy: str, instrument: Instrument) -> list[Target]:
        """Targets of a pair that wait for orders, not for cash; they wait no longer."""
        found = [each.wanted for each in self.waiting.values() if isinstance(each.wanted, Target) and not each.asset]
        due = [target for target in found if (target.strategy, target.instrument) == (strategy, instrument)]
        for target in due:
            self.drop(target)
        return due

    def take_freed(self, strategy: str, asset: str) -> list[Waiting]:
        """What of a strategy waits for an asset; it waits no longer."""
        names = [
            name
            for name, waiting in self.waiting.items()
            if (waiting.wanted.strategy, waiting.asset) == (strategy, asset)
        ]
        return [waiting for name in names if (waiting := self._take(name)) is not None]

    def take_late(self, now_ns: int) -> list[Waiting]:
        """What has waited for as long as it may; it waits no longer."""
        names = [name for name, waiting in self.waiting.items() if 0 < waiting.until_ns <= now_ns]
        return [waiting for name in names if (waiting := self._take(name)) is not None]

    def late_at_ns(self) -> int:
        """When something will have waited too long; 0 when nothing will."""
        return min((waiting.until_ns for waiting in self.waiting.values() if waiting.until_ns), default=0)


def key_of(wanted: Wanted) -> Key:
    """Whose it is."""
    match wanted:
        case Order():
            return wanted.strategy, wanted.instrument, wanted.owner, wanted.tag
        case Target():
            return wanted.strategy, wanted.instrument, Owner.TARGET, wanted.tag or TAG
        case Ladder():
            return wanted.strategy, wanted.instrument, Owner.LADDER, wanted.tag


def name_of(wanted: Wanted) -> Key | str:
    """What it is told apart by: a buy by its id, a target or ladder by its key."""
    return wanted.client_order_id if isinstance(wanted, Order) else key_of(wanted)


def is_worth_waiting(waiting: Waiting, desk: Desk) -> bool:
    """Whether an order is on its way that will free or bring what is needed."""
    if not waiting.asset:
        return True
    key, orders = key_of(waiting.wanted), desk.open_of(waiting.wanted.strategy)
    frees = any(order.pending is Pending.CANCEL and key_of(order) == key for order in orders)
    frees = frees or desk.is_freeing(waiting.wanted.strategy, waiting.asset)
    return frees or any(is_prompt(order) and _brings(order, waiting) for order in orders)


def is_prompt(order: Order) -> bool:
    """Whether an order's cash can be counted on: at the market, or a target's; not one that may rest for long."""
    if order.pending is Pending.CANCEL:
        return False
    return order.is_market or order.tif is not TimeInForce.GTC or order.owner is Owner.TARGET


def _brings(order: Order, waiting: Waiting) -> bool:
    """Whether an order sells for the cash that something of its strategy waits for."""
    instrument = order.instrument
    return (
        not order.is_buy
        and instrument.is_spot
        and instrument.quote == waiting.asset
        and order.strategy == waiting.wanted.strategy
    )
