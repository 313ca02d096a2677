"""The one gate: closed, stale, and what passes always."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec import structs

from framework.model.batch import Batch, BatchKind, Change, Cleared, Refused, request_kind
from framework.model.errors import InvariantError
from framework.model.orders import Order
from framework.router.gate import INTENT_AGE_MAX_NS, Gate
from tests.wired import MS, NOON, spot

BTC = spot()


def batch(kind: BatchKind, *ages_ms: int) -> Batch:
    orders = tuple(
        Order(
            client_order_id=str(index),
            strategy="a",
            instrument=BTC,
            is_buy=True,
            size_points=1,
            price_points=1,
            ts_created_ns=NOON - age * MS,
        )
        for index, age in enumerate(ages_ms)
    )
    changes = tuple(Change(1, 1) for _ in orders) if kind is BatchKind.AMEND else ()
    return Batch(1, "bitget", "main", BTC, request_kind(kind, len(orders)), orders, changes)


@pytest.mark.parametrize("kind", list(BatchKind))
def test_an_open_gate_seals_fresh_batches(kind: BatchKind) -> None:
    proposed = batch(kind, 0)
    cleared = Gate().clear(proposed, NOON)
    assert isinstance(cleared, Cleared)
    assert (cleared.batch, cleared.cleared_ns) == (proposed, NOON)


@pytest.mark.parametrize("kind", [BatchKind.PLACE, BatchKind.AMEND])
def test_a_closed_gate_refuses_what_creates_and_says_why(kind: BatchKind) -> None:
    gate = Gate()
    gate.close("stop at 500 USDT of loss")
    refused = gate.clear(batch(kind, 0), NOON)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.detail) == ("gate_closed", "stop at 500 USDT of loss")


@pytest.mark.parametrize("lowers", [True, False])
@pytest.mark.parametrize("kind", [BatchKind.PLACE, BatchKind.AMEND])
def test_what_passes_a_gate_that_is_not_open_says_whether_it_only_reduces(kind: BatchKind, *, lowers: bool) -> None:
    """By the position that it lowers, whatever flag it bears: the kill word is asked again where the bytes leave."""
    held = SimpleNamespace(
        look=lambda: False, barred=lambda order, change: "", lowers_exposure=lambda order, points: lowers
    )
    cleared = Gate(held).clear(batch(kind, 0, 0), NOON)  # type: ignore[arg-type]  # what the gate asks of a switch
    assert isinstance(cleared, Cleared) and cleared.is_reducing is lowers


@pytest.mark.fault("E10")
@pytest.mark.parametrize("kind", list(BatchKind))
def test_a_batch_that_mixes_pairs_is_our_own_mistake_and_never_sealed(kind: BatchKind) -> None:
    mixed = batch(kind, 0, 0)
    strange = structs.replace(mixed.orders[1], instrument=spot("ETH/USDT"))
    with pytest.raises(InvariantError, match="a batch of BTC/USDT@bitget: expected its orders alone, found <1 buy"):
        Gate().clear(structs.replace(mixed, orders=(mixed.orders[0], strange)), NOON)


def test_a_cancel_passes_a_closed_gate_at_any_age() -> None:
    gate = Gate()
    gate.close("")
    assert not gate.look()
    assert isinstance(gate.clear(batch(BatchKind.CANCEL, 3_600_000), NOON), Cleared)


def test_the_first_reason_for_closing_is_kept() -> None:
    gate = Gate()
    assert gate.look()
    gate.close("loss")
    gate.close("stale feed")
    assert gate.closed_because == "loss"


def test_an_order_is_stale_one_tick_after_its_age_limit() -> None:
    gate = Gate()
    limit_ms = INTENT_AGE_MAX_NS // MS
    assert isinstance(gate.clear(batch(BatchKind.PLACE, 0, limit_ms), NOON), Cleared)
    refused = gate.clear(batch(BatchKind.PLACE, 0, limit_ms + 1), NOON)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.detail) == ("stale", "age limit 5000 ms, waited 5001 ms")


def test_an_amend_of_an_old_order_is_not_stale() -> None:
    assert isinstance(Gate().clear(batch(BatchKind.AMEND, 3_600_000), NOON), Cleared)
