"""Before sending, durable: a request waits for its record; meanwhile it may only shrink, and the gate judges last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framework.kernel.records import RequestSent
from framework.model.batch import Batch, BatchKind, Change, RequestKind
from framework.model.events import ReportKind
from framework.model.orders import Order
from framework.model.reasons import STALE
from framework.router.sending.awaiting import Awaiting
from tests.router.sending.test_sender import BTC, Kit
from tests.wired import NOON, SECOND, order_of


class SlowKit(Kit):
    """A sender whose records become durable when the test says so."""

    def __init__(self, **rules: Any) -> None:
        super().__init__(**rules)
        self.waiting: list[Callable[[int], None]] = []
        self.sender.when_durable = self.waiting.append

    def sync(self, now_ns: int = NOON) -> None:
        due, self.waiting[:] = list(self.waiting), []
        for action in due:
            action(now_ns)

    def withdraw(self, order: Order) -> bool:
        return self.sender.withdraw(BatchKind.PLACE, order)


def recorded(kit: Kit) -> list[tuple[str, ...]]:
    return [record.orders for record in kit.records if isinstance(record, RequestSent)]


@pytest.mark.fault("P2")
def test_a_request_leaves_when_its_record_is_durable_and_not_before() -> None:
    kit = SlowKit()
    kit.put(2)
    kit.sender.step(NOON)
    assert recorded(kit) == [("BTC0", "BTC1")]
    assert kit.port.ids() == []
    assert kit.sender.waiting == 2
    kit.sync()
    assert kit.port.ids() == [["BTC0", "BTC1"]]
    assert kit.sender.waiting == 0


def test_a_record_that_is_durable_at_once_sends_at_once() -> None:
    kit = Kit()
    kit.sender.when_durable = lambda action: action(NOON)
    kit.put(2)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0", "BTC1"]]


def test_a_cancel_waits_for_no_disk() -> None:
    kit = SlowKit()
    kit.put(2, BatchKind.CANCEL)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0", "BTC1"]]
    assert kit.waiting == []


def test_an_order_taken_back_meanwhile_leaves_its_batch() -> None:
    kit = SlowKit()
    first, second = kit.put(2)
    kit.sender.step(NOON)
    assert kit.withdraw(first)
    assert not kit.withdraw(first)
    kit.sync()
    assert kit.port.ids() == [["BTC1"]]
    assert not kit.withdraw(second), "it is out"


def test_a_batch_of_which_nothing_is_left_never_leaves_and_its_budget_comes_back() -> None:
    kit = SlowKit(limit=1, batch=1)
    (order,) = kit.put(1)
    kit.sender.step(NOON)
    assert kit.withdraw(order)
    kit.sync()
    assert kit.port.ids() == []
    assert kit.refused == []
    kit.put(1, first=5)
    kit.sender.step(NOON)
    assert len(recorded(kit)) == 1, "held for a window, as if the request had been answered"
    kit.sender.step(NOON + SECOND)
    kit.sync(NOON + SECOND)
    assert kit.port.ids() == [["BTC5"]]


def test_what_comes_meanwhile_waits_for_the_next_request() -> None:
    kit = SlowKit()
    kit.put(1)
    kit.sender.step(NOON)
    kit.put(1, first=1)
    kit.sync()
    assert kit.port.ids() == [["BTC0"]]
    kit.sender.step(NOON)
    kit.sync()
    assert kit.port.ids() == [["BTC0"], ["BTC1"]]


def test_a_gate_that_closes_meanwhile_stops_the_request() -> None:
    kit = SlowKit()
    kit.put(2)
    kit.sender.step(NOON)
    kit.gate.close("tripped")
    kit.sync()
    assert kit.port.ids() == []
    assert [(order, kind) for order, _, kind in kit.refused] == [
        ("BTC0", ReportKind.REFUSED), ("BTC1", ReportKind.REFUSED),
    ]  # fmt: skip


def test_a_ban_that_comes_meanwhile_lets_the_orders_wait_on() -> None:
    kit = SlowKit()
    kit.put(2)
    kit.sender.step(NOON)
    kit.lane.budget.ban(NOON + SECOND)
    kit.sync()
    assert kit.port.ids() == []
    assert (kit.refused, kit.sender.waiting) == ([], 2)
    kit.sender.step(NOON + 2 * SECOND)
    kit.sync(NOON + 2 * SECOND)
    assert kit.port.ids() == [["BTC0", "BTC1"]]


@pytest.mark.fault("E1")
def test_a_429_that_comes_meanwhile_lets_the_orders_wait_on() -> None:
    """Found by the simulation: what waited for the disk left before the time was over that the venue had named."""
    kit = SlowKit()
    kit.put(1)
    kit.sender.step(NOON)
    kit.lane.budget.refused(1, NOON, SECOND)
    kit.sync()
    assert kit.port.ids() == []
    assert (kit.refused, kit.sender.waiting) == ([], 1)
    kit.sender.step(NOON + 2 * SECOND)
    kit.sync(NOON + 2 * SECOND)
    assert kit.port.ids() == [["BTC0"]]


def test_an_order_that_became_stale_at_a_slow_disk_is_not_sent() -> None:
    kit = SlowKit()
    kit.put(1)
    kit.sender.step(NOON)
    kit.sync(NOON + 3600 * SECOND)
    assert kit.port.ids() == []
    assert [reason for _, reason, _ in kit.refused] == [STALE]


def test_a_request_whose_record_never_becomes_durable_never_leaves() -> None:
    kit = SlowKit()
    (order,) = kit.put(1)
    kit.sender.step(NOON)
    assert kit.sender.step(NOON + SECOND) == 0
    assert kit.port.ids() == []
    assert kit.withdraw(order)


def test_changes_stay_with_their_orders() -> None:
    awaiting = Awaiting()
    orders = tuple(order_of(BTC, name) for name in ("a", "b", "c"))
    changes = tuple(Change(number, 1) for number in (1, 2, 3))
    awaiting.hold(Batch(7, "bitget", "main", BTC, RequestKind.AMEND_BATCH, orders, changes))
    assert awaiting.orders == 3
    assert not awaiting.drop(BatchKind.PLACE, orders[1])
    assert awaiting.drop(BatchKind.AMEND, orders[1])
    batch = awaiting.release(7)
    assert (batch.orders, batch.changes) == ((orders[0], orders[2]), (changes[0], changes[2]))
    assert awaiting.orders == 0
    assert not awaiting.drop(BatchKind.AMEND, orders[0])
