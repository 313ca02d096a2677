from __future__ import annotations

import pytest
from msgspec import structs

from framework.gateway.passage import passage_of
from framework.model.batch import BatchKind, Cleared
from framework.ports import LEAVES_WITHIN_NS
from tests.gateway.plain.house import batch, order

CLEARED_NS = 100 * LEAVES_WITHIN_NS


def test_a_request_leaves_before_its_oldest_order_is_too_old() -> None:
    young, old = order("a", ts_created_ns=CLEARED_NS - 5), order("b", ts_created_ns=CLEARED_NS - 50)
    passage = passage_of(Cleared(batch(BatchKind.PLACE, young, old), CLEARED_NS), 3, 60)
    assert (passage.epoch, passage.strategies) == (3, ("mm",))
    assert passage.expires_ns == CLEARED_NS + 11


@pytest.mark.parametrize("kind", [BatchKind.PLACE, BatchKind.AMEND])
def test_whatever_it_holds_it_leaves_soon_after_it_was_cleared(kind: BatchKind) -> None:
    passage = passage_of(Cleared(batch(kind, order(ts_created_ns=CLEARED_NS)), CLEARED_NS), 1, 1 << 62)
    assert passage.expires_ns == CLEARED_NS + LEAVES_WITHIN_NS


def test_what_only_reduces_is_never_too_old_and_says_that_it_reduces() -> None:
    reducing = structs.replace(order(ts_created_ns=0), reduce_only=True)
    passage = passage_of(Cleared(batch(BatchKind.PLACE, reducing), CLEARED_NS), 1, 60)
    assert (passage.is_reducing, passage.expires_ns) == (True, CLEARED_NS + LEAVES_WITHIN_NS)
    beside = passage_of(Cleared(batch(BatchKind.PLACE, reducing, order()), CLEARED_NS), 1, 60)
    assert not beside.is_reducing


def test_what_the_gate_let_pass_because_it_only_reduces_says_so_where_its_bytes_leave() -> None:
    cleared = Cleared(batch(BatchKind.PLACE, order(ts_created_ns=CLEARED_NS)), CLEARED_NS, is_reducing=True)
    assert passage_of(cleared, 1, 60).is_reducing
