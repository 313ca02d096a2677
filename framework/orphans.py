"""Orders whose own session is gone: what is said of them, and how one that only the venue knows is taken in."""

from __future__ import annotations

from typing import Final

from framework.core import Core
from framework.kernel.records import OrderMade, RequestSent
from framework.model.batch import Batch, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.router.doubt.adoption import order_seen
from framework.router.doubt.reconcile import Difference, DifferenceKind

RESTARTED: Final = "restarted"
"""Reason of what became of orders because the daemon ended: unsent ones are refused, those in flight unknown."""


def take_in(core: Core, difference: Difference) -> bool:
    """Give an orphan to the strategy that its name tells, without any fill of before: that is in the balances."""
    seen = difference.seen
    there = None if seen is None else core.engine.instruments.get(seen.instrument)
    if seen is None or there is None or not difference.strategy or difference.kind is not DifferenceKind.ORPHAN:
        return False
    order = order_seen(seen, difference.strategy, there)
    core.ids.skip(order.client_order_id)
    core.engine.desk.admit(order)
    core.router.orders.yielding.stands(order)
    core.journal.write(
        OrderMade(
            order.client_order_id, order.strategy, there.id, order.is_buy, order.size_points, order.price_points,
            order.tif.value, order.post_only, order.reduce_only, order.tag, order.owner.value,
        )
    )  # fmt: skip
    note_sent(core, order)
    say(core, order, ReportKind.UNKNOWN, "taken in from an earlier run")
    return True


def note_sent(core: Core, order: Order) -> None:
    """An order left, or may have left, by a request that no record tells of."""
    there, place = order.instrument, RequestKind.PLACE
    account = core.kill.accounts[there.venue]
    names = (order.client_order_id,)
    core.journal.write(RequestSent(0, there.venue, account, there.id, "place", names, (), place.value))
    core.engine.desk.handed_over(Batch(0, there.venue, account, there, place, (order,)))


def say(core: Core, order: Order, kind: ReportKind, detail: str) -> None:
    """Report of an order what follows from the end of the session that it was of."""
    core.report(OrderReport(order.client_order_id, core.clock.now_ns, kind, Source.ROUTER, "", RESTARTED, detail))
