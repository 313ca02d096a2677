"""After a restart: what may have filled of orders that ended shortly before it is kept again, and asked for."""

from __future__ import annotations

from framework.core import Core
from framework.engine.recall import Recall


def keep_for_missing(core: Core, recall: Recall) -> None:
    """Neither free nor uncounted, as in their own session: their ends were told, and their fills may have been under way.

    Those that ended before the checkpoint are in it; those that ended since, in the reports behind it.
    """
    desk = core.engine.desk
    for order, report in recall.ended_late(core.engine.blotter.done.late_ns):
        desk.keep_for_missing(order, report)
    for order, _, ended_ns in desk.lacking():
        if order.instrument.venue not in core.queried:
            desk.settle(order)  # nobody can be asked
            continue
        core.endings.await_fills(order, ended_ns)
        if core.risk is not None:
            core.risk.recount(order)
