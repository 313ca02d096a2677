"""What a request that creates or changes orders is held to when its bytes leave."""

from __future__ import annotations

from typing import Final

from framework.kernel.kill_word import Passage
from framework.model.batch import BatchKind, Cleared
from framework.ports import LEAVES_WITHIN_NS

AGE_MAX_NS: Final = 5_000_000_000
"""Orders older than this do not leave, wherever they waited, unless a port is told otherwise."""

NEVER_NS: Final = 1 << 62


def passage_of(cleared: Cleared, epoch: int, age_max_ns: int) -> Passage:
    """The passage of a cleared batch, of the epoch in which it was cleared."""
    batch = cleared.batch
    made_ns = cleared.cleared_ns
    if batch.kind is BatchKind.PLACE:
        # As the gate has it: what only reduces is never too old.
        made_ns = min((order.ts_created_ns for order in batch.orders if not order.reduce_only), default=NEVER_NS)
    return Passage(
        batch.venue,
        batch.account,
        batch.instrument.id,
        tuple(dict.fromkeys(order.strategy for order in batch.orders)),
        epoch,
        min(made_ns + age_max_ns + 1, cleared.cleared_ns + LEAVES_WITHIN_NS),
        is_reducing=batch.kind is BatchKind.PLACE and all(order.reduce_only for order in batch.orders),
    )
