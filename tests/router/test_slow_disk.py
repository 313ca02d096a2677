"""A whole router before a disk that takes its time: what leaves is what the durable record says, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framework.kernel.records import RequestSent
from framework.model.batch import BatchKind, Change
from framework.model.orders import Order
from framework.ports import LEAVES_WITHIN_NS
from tests.router.scene import BTC, bench, rest
from tests.wired import LATENCY, SECOND, Bench


class Disk:
    """Holds every `when_durable` back until the test says so."""

    def __init__(self, made: Bench) -> None:
        self._bench = made
        self._due: list[Callable[[int], None]] = []
        made.core.router.sender.when_durable = self._due.append

    def sync(self) -> None:
        """All that was written so far survives."""
        due, self._due[:] = list(self._due), []
        for action in due:
            action(self._bench.now_ns)
        self._bench.wait(1)


def slow(**more: Any) -> tuple[Bench, Disk]:
    made = bench(**more)
    return made, Disk(made)


def sizes_sent(made: Bench) -> list[int]:
    """What left: of places the order's size as it was handed over, of amends the new one."""
    found: list[int] = []
    for cleared in made.port.sent:
        batch = cleared.batch
        found += [change.size_points for change in batch.changes] or [order.size_points for order in batch.orders]
    return found


def test_an_order_that_is_changed_at_the_disk_gets_a_record_of_its_own() -> None:
    made, disk = slow()
    made.port.is_silent = True
    order: Order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="100"))
    first = sum(isinstance(record, RequestSent) for record in made.records)
    made.act("a", lambda strategy: strategy.amend(order, size="50"))
    assert sum(isinstance(record, RequestSent) for record in made.records) == first + 1
    disk.sync()
    assert len(made.port.sent) == 1
    assert sizes_sent(made) == [order.size_points] == [BTC.order_size("50")]


def test_after_a_ban_at_the_disk_the_orders_leave_when_it_ends_without_anybody_asking() -> None:
    made, disk = slow()
    order: Order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="100", reduce_only=False))
    made.core.router.lanes["bitget"].budget.ban(made.now_ns + SECOND)
    disk.sync()
    assert not made.port.sent
    made.wait(SECOND)
    disk.sync()
    assert [cleared.batch.orders[0] for cleared in made.port.sent] == [order]


def test_an_order_that_is_stale_when_the_ban_ends_is_refused() -> None:
    made, disk = slow()
    order: Order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="100"))
    made.core.router.lanes["bitget"].budget.ban(made.now_ns + 60 * SECOND)
    disk.sync()
    made.wait(60 * SECOND)
    assert not made.port.sent
    assert (order.is_done, order.reason) == (True, "stale")


def test_a_newer_change_stands_when_the_older_is_put_back() -> None:
    made = bench()
    order = rest(made, "100", "1")
    disk, sender = Disk(made), made.core.router.sender
    older, newer = Change(order.price_points, BTC.order_size("2")), Change(order.price_points, BTC.order_size("3"))
    made.port.is_silent = True
    sender.put(BatchKind.AMEND, order, older)
    sender.step(made.now_ns)
    made.core.router.lanes["bitget"].budget.ban(made.now_ns + SECOND)
    sender.put(BatchKind.AMEND, order, newer)
    disk.sync()
    made.wait(SECOND)
    disk.sync()
    assert sizes_sent(made)[1:] == [newer.size_points]


def test_a_newer_change_takes_the_place_of_one_that_is_at_the_disk() -> None:
    """Both left, and nobody knew any more that the older might hold: an order of ours could meet it."""
    made = bench()
    order = rest(made, "100", "1")
    disk = Disk(made)
    made.port.is_silent = True
    made.act("a", lambda strategy: strategy.amend(order, price="101"))
    made.act("a", lambda strategy: strategy.amend(order, price="99"))
    disk.sync()
    disk.sync()
    changes = [change.price_points for cleared in made.port.sent for change in cleared.batch.changes]
    assert changes == [BTC.order_price("99", is_buy=True)]


def test_a_cancel_takes_back_every_change_that_is_at_the_disk() -> None:
    made = bench()
    order = rest(made, "100", "1")
    disk = Disk(made)
    made.port.is_silent = True
    made.act("a", lambda strategy: strategy.amend(order, size="2"))
    made.act("a", lambda strategy: strategy.amend(order, size="3"))
    made.act("a", lambda strategy: strategy.cancel(order))
    disk.sync()
    disk.sync()
    assert [kind for kind, *_ in made.port.requests()][1:] == ["cancel"]


def test_the_newer_change_stays_reserved_while_the_older_leaves() -> None:
    made = bench()
    order = rest(made, "100", "1")
    desk = made.core.engine.desk
    older, newer = Change(order.price_points, BTC.order_size("2")), Change(order.price_points, BTC.order_size("50"))
    desk.change_asked(order, older)
    desk.change_asked(order, newer)
    sender = made.core.router.sender
    made.port.is_silent = True
    sender.put(BatchKind.AMEND, order, older)
    sender.step(made.now_ns)
    made.wait(LATENCY)
    assert desk.left_points(order) == newer.size_points


def test_a_request_that_stood_at_the_disk_beyond_its_weight_is_drawn_again() -> None:
    made, disk = slow()
    made.port.is_silent = True
    budget = made.core.router.lanes["bitget"].budget
    made.act("a", lambda strategy: strategy.sell(BTC, "1", price="200", reduce_only=True))
    made.wait(LEAVES_WITHIN_NS + budget.rules.acceptance_bound_ns + 2 * SECOND)
    disk.sync()  # it weighs nothing by now: another request is made of it, and another record
    assert not made.port.sent
    disk.sync()
    assert len(made.port.sent) == 1
    assert sum(used for used, _ in budget.gauges(made.now_ns).values()) > 0
