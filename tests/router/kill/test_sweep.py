"""The sweep on its own: passes, answers that never come, venues that take no cancel, orders that arrive late."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from framework.kernel.clock import ManualClock
from framework.kernel.records import SweepStepped
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending, write
from framework.model.scopes import EVERYTHING
from framework.router.kill.states import Cause, Phase
from framework.router.kill.sweep import AGAIN_NS, BLOCKED_NS, EMPTY_PASSES, MUTE_NS, PASS_NS, STILL_NS, Sweep
from framework.router.kill.trips import Trip
from tests.wired import NOON, SECOND, order_of, spot

BTC = spot()
BOUND = 60 * SECOND


class Stage:
    """A sweep over orders that a test holds in its hands."""

    def __init__(self, *orders: Order, is_hard: bool = False) -> None:
        self.clock = ManualClock(NOON)
        self.orders = list(orders)
        self.standing: list[str] | None = []
        self.cancels: list[str] = []
        self.agains: list[str] = []
        self.sent_ns: list[int] = []
        self.told: list[SweepStepped] = []
        self.held = ""
        self.looks_ns: list[int] = []
        self.since_ns: list[int] = []
        """Since when what stands was to be asked."""
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self.sweep = Sweep(
            Trip("t1", EVERYTHING, Cause.OPERATOR, "why", "ann", NOON, is_hard),
            open_orders=lambda: [order for order in self.orders if not order.is_done],
            standing=self.shown,
            cancel=self.cancel,
            cancel_again=lambda order: self.agains.append(order.client_order_id),
            send=lambda: self.sent_ns.append(self.clock.now_ns),
            clock=self.clock,
            schedule=self,
            bound_ns=BOUND,
            held=self.hold,
            told=self.told.append,
        )
        self.wait(0)

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (ts_ns, next(self._count), action))

    def wait(self, span_ns: int) -> None:
        until_ns = self.clock.now_ns + span_ns
        while self._heap and self._heap[0][0] <= until_ns:
            self.clock.now_ns, _, action = heapq.heappop(self._heap)
            action()
        self.clock.now_ns = until_ns

    def shown(self, since_ns: int) -> list[str] | None:
        self.since_ns.append(since_ns)
        return self.standing

    def hold(self) -> str:
        self.looks_ns.append(self.clock.now_ns)
        return self.held

    def cancel(self, order: Order) -> None:
        write(order, pending=Pending.CANCEL)
        self.cancels.append(order.client_order_id)

    def answer(self, order: Order, reason: str = "") -> None:
        kind = ReportKind.CANCEL_REJECTED if reason else ReportKind.CANCELLED
        write(order, pending=Pending.NOTHING)
        if not reason:
            write(order, state=OrderState.CANCELLED)
        report = OrderReport(order.client_order_id, self.clock.now_ns, kind, Source.VENUE, "", reason, "until noon")
        self.sweep.on_report(order, report)


def resting(id_: str, **facts: bool) -> Order:
    order = order_of(BTC, id_, **facts)
    write(order, state=OrderState.OPEN)
    return order


def test_what_was_asked_leaves_at_once_and_while_nothing_is_asked_nothing_is_sent() -> None:
    stage = Stage(resting("o1"))
    stage.wait(AGAIN_NS + 2 * PASS_NS)
    assert stage.sent_ns == [NOON, NOON + AGAIN_NS]
    assert (stage.cancels, stage.agains) == (["o1"], ["o1"])


def test_it_looks_soon_after_something_was_said_and_else_seldom() -> None:
    one, two = resting("o1"), resting("o2")
    stage = Stage(one, two)
    stage.wait(SECOND + SECOND // 2)
    stage.answer(one, "unknown_order")
    stage.answer(two)
    stage.wait(SECOND)
    half_ns = NOON + SECOND + SECOND // 2
    assert stage.looks_ns == [NOON, NOON + STILL_NS, half_ns + PASS_NS]
    assert stage.cancels == ["o1", "o2", "o1"]


def test_an_order_that_is_told_of_goes_at_once_while_it_waits_for_the_last_arrival() -> None:
    stage = Stage()
    stage.wait(SECOND)
    late = resting("late")
    stage.orders.append(late)
    stage.sweep.on_report(late, OrderReport("late", stage.clock.now_ns, ReportKind.ACCEPTED, Source.RECONCILE))
    stage.wait(PASS_NS)
    assert stage.cancels == ["late"]


def test_what_the_venue_was_asked_while_something_was_there_says_nothing() -> None:
    stage = Stage(resting("o1"))
    stage.standing = None
    stage.wait(SECOND // 2)
    stage.answer(stage.orders[0])
    stage.wait(3 * SECOND)
    assert set(stage.since_ns) == {NOON}, "when it was there last"
    assert stage.sweep.emptied_ns == 0, "nobody has told yet"
    stage.standing = ["o1"]
    stage.wait(STILL_NS)
    stage.standing = None
    seen_ns = NOON + SECOND // 2 + PASS_NS + 3 * SECOND
    stage.wait(STILL_NS)
    assert stage.since_ns[-1] == seen_ns
    stage.standing = []
    stage.sweep.hurry()
    stage.wait(2 * PASS_NS)
    assert stage.sweep.emptied_ns
    stage.wait(BOUND)
    assert stage.since_ns[-2:] == [NOON + BOUND] * EMPTY_PASSES, "an order may have arrived until then"
    assert stage.sweep.phase is Phase.SWEPT


def test_it_cancels_all_and_is_swept_when_the_last_answer_came() -> None:
    one, two = resting("o1"), resting("o2")
    stage = Stage(one, two)
    assert stage.cancels == ["o1", "o2"]
    stage.wait(30_000_000)
    stage.answer(one)
    stage.wait(30_000_000)
    stage.answer(two)
    stage.wait(BOUND + SECOND)
    assert stage.sweep.phase is Phase.SWEPT
    assert stage.sweep.swept_ns == 60_000_000
    assert (stage.told[-1].phase, stage.told[-1].cancelled) == ("swept", 2)


def test_an_order_that_arrives_late_is_caught_by_the_second_sweep() -> None:
    stage = Stage()
    stage.wait(BOUND - SECOND)
    assert stage.sweep.phase is Phase.SWEEPING
    late = resting("late")
    stage.orders.append(late)
    stage.wait(2 * SECOND)
    assert stage.cancels == ["late"]
    stage.answer(late)
    stage.wait(SECOND)
    assert stage.sweep.phase is Phase.SWEPT


def test_what_is_placed_after_it_is_over_is_not_left_by_it() -> None:
    stage = Stage(resting("o1"))
    stage.answer(stage.orders[0])
    stage.wait(BOUND + SECOND)
    assert stage.sweep.phase is Phase.SWEPT
    stage.orders.append(resting("o2"))
    assert stage.sweep.left() == []


def test_protective_orders_stay_unless_it_is_hard() -> None:
    stop = resting("stop", reduce_only=True)
    stage = Stage(stop)
    stage.standing = ["stop"]
    stage.wait(BOUND + SECOND)
    assert (stage.cancels, stage.sweep.phase) == ([], Phase.SWEPT)
    assert Stage(resting("stop", reduce_only=True), is_hard=True).cancels == ["stop"]


def test_what_the_venue_still_shows_keeps_it_going() -> None:
    stage = Stage()
    stage.standing = ["orphan"]
    stage.wait(BOUND + SECOND)
    assert stage.sweep.phase is Phase.SWEEPING
    stage.standing = []
    stage.wait(SECOND)
    assert stage.sweep.phase is Phase.SWEPT


def test_an_unknown_order_keeps_it_going_after_the_bound() -> None:
    order = resting("o1")
    write(order, state=OrderState.UNKNOWN)
    stage = Stage(order)
    for _ in range(BOUND // SECOND + 1):
        stage.wait(SECOND)
        stage.answer(order, "no_such_order")  # which proves nothing
    assert stage.sweep.unknown() == [order]
    assert stage.sweep.phase is Phase.SWEEPING


def test_a_cancel_without_an_answer_is_sent_again() -> None:
    stage = Stage(resting("o1"))
    stage.wait(AGAIN_NS - PASS_NS)
    assert stage.agains == []
    stage.wait(2 * PASS_NS)
    assert stage.agains == ["o1"]
    assert stage.cancels == ["o1"]


def test_a_ban_blocks_it_with_its_reason_and_it_asks_seldom() -> None:
    order = resting("o1")
    stage = Stage(order)
    stage.answer(order, "banned")
    assert (stage.sweep.phase, stage.sweep.detail) == (Phase.BLOCKED, "banned: until noon")
    stage.wait(PASS_NS)
    asked = len(stage.cancels)
    stage.answer(order, "banned")
    stage.wait(BLOCKED_NS - SECOND)
    assert len(stage.cancels) == asked
    stage.wait(2 * SECOND)
    assert len(stage.cancels) == asked + 1
    stage.answer(order)
    assert stage.sweep.phase is Phase.SWEEPING


def test_a_venue_that_answers_no_cancel_blocks_it_until_it_does() -> None:
    one, two = resting("o1"), resting("o2")
    stage = Stage(one, two)
    stage.wait(MUTE_NS - SECOND)
    lost = OrderReport("o1", stage.clock.now_ns, ReportKind.UNKNOWN, Source.GATEWAY, "", "no_answer")
    stage.sweep.on_report(one, lost)
    assert stage.sweep.phase is Phase.SWEEPING
    stage.wait(2 * SECOND)
    assert (stage.sweep.phase, stage.sweep.detail) == (Phase.BLOCKED, "no cancel is answered: no_answer")
    agains = len(stage.agains)
    stage.wait(3 * AGAIN_NS)
    assert len(stage.agains) > agains, "it goes on asking"
    stage.answer(one)
    assert stage.sweep.phase is Phase.SWEEPING
    stage.wait(MUTE_NS - SECOND)
    assert stage.sweep.phase is Phase.SWEEPING
    stage.wait(2 * SECOND)
    assert stage.sweep.phase is Phase.BLOCKED, "the other one is still without an answer"
    stage.answer(two)
    stage.wait(BOUND)
    assert stage.sweep.phase is Phase.SWEPT
    assert [told.phase for told in stage.told].count("sweep_blocked") == 2


def test_that_the_venue_shows_an_order_as_it_was_is_no_answer_to_a_cancel() -> None:
    """It answers questions, and takes no cancel: nothing goes, and a person should know."""
    one, two = resting("o1"), resting("o2")
    stage = Stage(one, two)
    for _ in range(3):
        stage.wait(SECOND)
        stage.sweep.on_report(one, OrderReport("o1", stage.clock.now_ns, ReportKind.ACCEPTED, Source.RECONCILE))
        kept = OrderReport("o1", stage.clock.now_ns, ReportKind.CANCEL_REJECTED, Source.RECONCILE, "", "unanswered")
        stage.sweep.on_report(one, kept)
    stage.wait(2 * SECOND + PASS_NS)
    assert stage.sweep.phase is Phase.BLOCKED
    assert stage.sweep.detail == "no cancel is answered"
    write(one, state=OrderState.CANCELLED)
    stage.sweep.on_report(one, OrderReport("o1", stage.clock.now_ns, ReportKind.CANCELLED, Source.RECONCILE))
    stage.wait(PASS_NS)
    assert stage.sweep.phase is Phase.SWEEPING, "it is gone, whoever told of it"
    assert stage.sweep.swept_ns == 5 * SECOND + PASS_NS, "and took as long as that"


def test_while_nothing_may_leave_nobody_is_silent() -> None:
    stage = Stage(resting("o1"))
    stage.held = "rate limit"
    stage.wait(2 * MUTE_NS)
    assert stage.sweep.detail == "rate limit"
    stage.held = ""
    stage.wait(MUTE_NS - SECOND)
    assert stage.sweep.phase is Phase.SWEEPING
    stage.wait(2 * SECOND)
    assert stage.sweep.detail == "no cancel is answered"


def test_an_order_that_arrives_late_is_not_taken_for_one_without_an_answer() -> None:
    stage = Stage(resting("o1"))
    stage.answer(stage.orders[0])
    stage.wait(BOUND - SECOND)
    stage.orders.append(resting("late"))
    stage.wait(3 * SECOND)
    assert (stage.cancels, stage.sweep.phase) == (["o1", "late"], Phase.SWEEPING)


def test_a_sweep_that_nobody_waits_for_stops() -> None:
    stage = Stage()
    stage.sweep.is_over = True
    stage.orders.append(resting("o1"))
    stage.wait(BOUND)
    assert stage.cancels == []


def test_only_what_the_venue_says_is_gone_counts_as_cancelled_and_fills_apart() -> None:
    orders = [resting(f"o{number}") for number in range(4)]
    stage = Stage(*orders)
    assert len(stage.sweep.cancelled) == 0
    stage.answer(orders[0])
    stage.answer(orders[1], "auth")
    for filled in orders[2:]:
        write(filled, state=OrderState.FILLED)
        stage.sweep.on_report(filled, OrderReport(filled.client_order_id, NOON, ReportKind.FILLED, Source.VENUE))
    found = stage.sweep.told("so far")
    assert (found.asked, found.cancelled, found.filled, found.detail) == (4, 1, 2, "so far")
    assert [order.client_order_id for order in stage.sweep.left()] == ["o1"]
