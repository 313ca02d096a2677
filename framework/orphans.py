"""Orders whose own session is gone: what is said of them, and how one that only the venue knows is taken in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from framework.core import Core
from framework.kernel.records import OrderMade, RequestSent
from framework.model.batch import Batch, RequestKind
from framework.model.counting import counted
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import UNASSIGNED, Order
from framework.model.questions import SeenOrder
from framework.router.doubt.adoption import order_seen
from framework.router.doubt.reconcile import Difference

RESTARTED: Final = "restarted"
"""Reason of what became of orders because the daemon ended: unsent ones are refused, those in flight unknown."""


def take_in(core: Core, seen: SeenOrder, strategy: str = "") -> bool:
    """Make an order that only the venue tells of known, without any fill of before: that is in the balances.

    Args:
        strategy: whose it is from now on; empty: nobody's, so that it is never traded, and a kill takes it back.

    Returns:
        Whether it is known now, and was not before.
    """
    there = core.engine.instruments.get(seen.instrument)
    if there is None or core.engine.desk.order(seen.client_order_id) is not None:
        return False
    order = order_seen(seen, strategy or UNASSIGNED, there)
    core.ids.skip(order.client_order_id)
    core.engine.desk.admit(order)
    core.router.orders.yielding.stands(order)
    core.journal.write(OrderMade.of(order))
    note_sent(core, order)
    report_end(core, order, ReportKind.UNKNOWN, "taken in from an earlier run")
    return True


def take_in_all(core: Core, differences: Iterable[Difference]) -> list[str]:
    """Take in what stands of these, an orphan for its strategy and anything else for nobody; tells how many, in words."""
    taken = [each for each in differences if each.seen is not None and take_in(core, each.seen, each.strategy)]
    orphans = sum(bool(each.strategy) for each in taken)
    words = [f"{counted(orphans, 'order')} taken in by their strategies"] if orphans else []
    if len(taken) > orphans:
        words.append(f"{counted(len(taken) - orphans, 'order')} unassigned: not traded, and taken back by a kill")
    return words


def take_back(core: Core, shown: Iterable[SeenOrder]) -> None:
    """What a person wants gone of these orders, and bears our name, is known from now on, so that it can be."""
    for seen in shown:
        there = core.engine.instruments.get(seen.instrument)
        if there is not None and core.ids.whose(seen.client_order_id) is not None and core.effects.takes(there):
            take_in(core, seen)


def note_sent(core: Core, order: Order) -> None:
    """An order left, or may have left, by a request that no record tells of."""
    there, place = order.instrument, RequestKind.PLACE
    account = core.kill.accounts[there.venue]
    names = (order.client_order_id,)
    core.journal.write(RequestSent(0, there.venue, account, there.id, "place", names, (), place.value))
    core.engine.desk.handed_over(Batch(0, there.venue, account, there, place, (order,)))


def report_end(core: Core, order: Order, kind: ReportKind, detail: str) -> None:
    """Report of an order what follows from the end of the session that it was of."""
    core.report(OrderReport(order.client_order_id, core.clock.now_ns, kind, Source.ROUTER, "", RESTARTED, detail))
