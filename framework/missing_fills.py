"""After a restart: what may have filled of orders that ended shortly before it is kept again, and asked for."""

from __future__ import annotations

from framework.core import Core
from framework.engine.recall import Recall
from framework.router.doubt.endings import UNDER_WAY_NS


def keep_for_missing(core: Core, recall: Recall) -> None:
    """Neither free nor uncounted, as in their own session: their ends were told, and their fills may have been under way."""
    desk = core.engine.desk
    for report in recall.ended_late(UNDER_WAY_NS):
        order = desk.order(report.client_order_id)
        if order is None or not order.is_done or order.instrument.venue not in core.queried:
            continue
        desk.keep_for_missing(order, report.filled_points)
        if desk.lacks_fills(order):
            core.endings.await_fills(order)
            if core.risk is not None:
                core.risk.recount(order)
