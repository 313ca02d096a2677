"""Batches: what shares a request is one venue, account, instrument and kind, and cannot be changed after it is planned."""

from __future__ import annotations

import pytest

from framework.model.batch import Batch, Change, Cleared, Refused, RequestKind
from framework.model.instrument import Instrument
from framework.model.orders import Order

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6)
ORDER = Order(client_order_id="1", strategy="mm", instrument=BTC, is_buy=True, size_points=1)
BATCH = Batch(1, "bitget", "main", BTC, RequestKind.AMEND, (ORDER,), (Change(1, 2),))


def test_a_planned_batch_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        BATCH.orders = ()  # type: ignore[misc]  # that is the test
    assert isinstance(BATCH.orders, tuple)
    assert isinstance(BATCH.changes, tuple)


def test_a_batch_without_changes_has_none() -> None:
    assert Batch(1, "bitget", "main", BTC, RequestKind.PLACE, (ORDER,)).changes == ()


def test_a_cleared_batch_holds_the_batch_and_the_instant_and_nothing_else() -> None:
    cleared = Cleared(BATCH, 5)
    assert (cleared.batch, cleared.cleared_ns) == (BATCH, 5)
    with pytest.raises(AttributeError):
        cleared.note = "mine"  # type: ignore[attr-defined]  # that is the test


def test_a_refusal_tells_which_batch_and_why() -> None:
    assert Refused(BATCH, "tripped", "kill switch").batch is BATCH
