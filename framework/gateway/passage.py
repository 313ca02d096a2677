"""What a request that creates or changes orders is held to when its bytes leave."""

from __future__ import annotations

from typing import Final

from framework.kernel.kill_word import Passage
from framework.model.batch import BatchKind, Cleared
from framework.ports import LEAVES_WITHIN_NS

AGE_MAX_NS: Final = 5_000_000_000
"""Orders older than this do not leave, wherever they waited, unless a port is told otherwise."""


def passage_of(cleared: Cleared, epoch: int, age_max_ns: int) -> Passage:
    """The passage of a cleared batch, of the epoch in which it was cleared."""
    batch, cleared_ns = cleared.batch, cleared.cleared_ns
    made_ns = [cleared_ns]
    if batch.kind is BatchKind.PLACE:
        # As the gate has it: what only reduces is never too old.
        made_ns = [order.ts_created_ns for order in batch.orders if not order.reduce_only]
    leaves_by_ns = cleared_ns + LEAVES_WITHIN_NS
    return Passage(
        batch.venue,
        batch.account,
        batch.instrument.id,
        tuple(dict.fromkeys([order.strategy for order in batch.orders])),
        epoch,
        min(leaves_by_ns, min(made_ns) + age_max_ns + 1) if made_ns else leaves_by_ns,
        is_reducing=cleared.is_reducing or not made_ns,
    )
