"""A checkpoint: all that a restart needs of what came before, as one record of the journal."""

from __future__ import annotations

from typing import Final

import msgspec

from framework.core import Core
from framework.engine.kept import KeptSession
from framework.engine.recall import BOOKS, BY_HAND, CHANGED_BY, COSTS, LACKING, SESSION, SETTLED
from framework.kernel.checkpoint_part import part_of
from framework.kernel.clock import NS_PER_S
from framework.kernel.logging import get_logger
from framework.kernel.records import Checkpoint
from framework.router.budget.kept import KeptBudget
from framework.router.budget.recalled import BudgetRecall
from framework.router.kill.kept import KeptKill
from framework.router.kill.recalled import KillRecall
from framework.router.risk.kept import KeptLimits

EVERY_NS: Final = 6 * 3600 * NS_PER_S
"""Between two checkpoints of a session; it begins with one."""
BYTES_MAX: Final = 15 * 1024 * 1024
"""A reader takes records of 16 MB at most."""
LIMITS: Final = "limits"
KILL: Final = "kill"
BUDGET: Final = "budget/"
"""Begins the name of an account's part, followed by `account@venue`."""

log = get_logger()
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


def checkpoint_of(core: Core, began_ns: int, *, sends_first: bool, settled_ns: int = 0) -> Checkpoint:
    """The core as it is now, between two actions.

    Args:
        began_ns: when the journal's first session began.
        sends_first: requests leave before their records are durable.
        settled_ns: see `BooksAdopted.settled_ns`.
    """
    lanes = core.router.lanes
    bans = [(venue, lane.account, lane.budget.banned_until_ns) for venue, lane in lanes.items()]
    session = KeptSession(
        began_ns,
        tuple(core.ids.runs),
        tuple(core.ids.highest),
        tuple([ban for ban in bans if ban[2]]),
        core.engine.saved_states,
        sends_first,
    )
    kill = msgspec.structs.replace(core.kill.kept(), put_aside=dict(core.engine.aside))
    state = {BOOKS: _encode(core.engine.desk.kept()), SESSION: _encode(session), KILL: _encode(kill)}
    if changed_by := core.engine.desk.changed_by():
        state[CHANGED_BY] = _encode(changed_by)
    if lacking := core.engine.desk.lacking():
        state[LACKING] = _encode({each.order.client_order_id: (each.most_points, each.ended_ns) for each in lacking})
    costs = core.engine.portfolio.all_unassigned_costs
    if costs:
        state[COSTS] = _encode({there.id: cost for there, cost in costs.items()})
    by_hand = core.engine.portfolio.by_hand.kept()
    if any(by_hand):
        state[BY_HAND] = _encode(by_hand)
    if settled_ns:
        state[SETTLED] = _encode(settled_ns)
    if core.risk is not None:
        state[LIMITS] = _encode(core.risk.kept())
    for venue, lane in lanes.items():
        state[f"{BUDGET}{lane.account}@{venue}"] = _encode(
            lane.budget.kept(core.clock.now_ns, core.router.sender.at_disk)
        )
    return Checkpoint(core.clock.now_ns, state)


def is_fit(checkpoint: Checkpoint) -> bool:
    """Whether a journal takes it; else the one before goes on being the last."""
    size_bytes = sum(map(len, checkpoint.state.values()))
    if size_bytes > BYTES_MAX:
        log.error("checkpoint.too_large", found_bytes=size_bytes, limit_bytes=BYTES_MAX)
    return size_bytes <= BYTES_MAX


def restore_counts(core: Core, held: KillRecall, budgets: BudgetRecall, checkpoint: Checkpoint) -> None:
    """What limits, kill switch and budgets had counted; the books are the recall's."""
    held.restore(part_of(checkpoint, KILL, KeptKill))
    if core.risk is not None and LIMITS in checkpoint.state:
        core.risk.restore(part_of(checkpoint, LIMITS, KeptLimits))
    for venue, lane in core.router.lanes.items():
        name = f"{BUDGET}{lane.account}@{venue}"
        if name in checkpoint.state:
            budgets.restore(venue, lane.account, part_of(checkpoint, name, KeptBudget))
