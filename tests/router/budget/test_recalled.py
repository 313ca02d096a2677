"""What earlier sessions drew from rate limits: counted as the venue still counts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framework.gateway.outcome import NOT_SENT
from framework.kernel.records import AnswerTaken, MadeDurable, Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind, Cleared, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.model.request_answer import RequestAnswer
from framework.ports import LEAVES_WITHIN_NS
from framework.router.budget.budget import Budget
from framework.router.budget.kept import KeptBudget
from framework.router.budget.recalled import CLOCK_SET_NS, BudgetRecall
from tests.router.scene import BTC, ETH, bench
from tests.wired import MS, NOON, SECOND, rules_of

K = ReportKind
ANSWERED = ("accepted", "rejected", "limited", "limited with a time", "banned", "left", "used", "not sent", "silence")
"""What may become of a request."""
STEPS = ("place", "place many", "amend", "cancel", "durable", "hear stream", "shut", "reopen", "wait", *ANSWERED)


def sent(orders: tuple[str, ...], request: str = "", venue: str = "bitget") -> RequestSent:
    return RequestSent(1, venue, "main", "BTC/USDT@bitget", "place", orders, (), request)


def told(order: str, kind: ReportKind = K.ACCEPTED, source: Source = Source.VENUE) -> ReportTaken:
    return ReportTaken(OrderReport(order, NOON, kind, source))


def used(*records: Record, at_ns: int, bucket: str = "place_batch") -> int:
    """At an instant of the session's own clock, to a next one whose clock was set forward."""
    return ended(*records, at_ns=at_ns + CLOCK_SET_NS).gauges(at_ns + CLOCK_SET_NS)[bucket][0]


def ended(*records: Record, at_ns: int) -> Budget:
    """What the next session begins with."""
    budget = Budget(rules_of())
    recall = BudgetRecall({("bitget", "main"): budget})
    play(recall, records)
    recall.end(at_ns)
    return budget


def play(recall: BudgetRecall, records: Sequence[Record]) -> None:
    for record in records:
        take = recall.takers.get(type(record))
        if take is not None:
            take(record)


def test_a_request_weighs_until_a_window_after_its_answer() -> None:
    orders = tuple(f"o{number}" for number in range(12))
    records = [Turn(NOON, 0), sent(orders), Turn(NOON + SECOND // 2, 0), *[told(order) for order in orders]]
    assert used(*records, at_ns=NOON + SECOND) == 2
    assert used(*records, at_ns=NOON + 3 * SECOND // 2) == 0


def test_a_request_without_an_answer_weighs_as_long_as_the_venue_may_accept_it() -> None:
    records = [Turn(NOON, 0), sent(("o1",), "place"), told("o1", K.UNKNOWN, Source.ROUTER)]
    assert used(*records, at_ns=NOON + 60 * SECOND, bucket="place") == 1
    assert used(*records, at_ns=NOON + 80 * SECOND, bucket="place") == 0


def test_what_our_side_says_later_is_no_answer_of_the_venue() -> None:
    records = [Turn(NOON, 0), sent(("o1",)), told("o1", K.ABSENT, Source.RECONCILE)]
    assert used(*records, at_ns=NOON + 30 * SECOND, bucket="place") == 1


def test_requests_to_venues_that_the_settings_no_longer_have_are_left_out() -> None:
    assert used(Turn(NOON, 0), sent(("o1",), venue="binance"), at_ns=NOON, bucket="place") == 0


def test_cancels_of_a_session_that_is_over_never_hold_a_sweep_back() -> None:
    """One window from the start of the next: they ended before it."""
    left = RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "cancel", ("o1",), (), "cancel")
    budget = ended(Turn(NOON, 0), left, at_ns=NOON + SECOND)
    assert [budget.gauges(NOON + SECOND + at)["cancel"][0] for at in (SECOND - 1, SECOND)] == [1, 0]


def test_a_cancel_may_have_waited_for_a_connection_until_its_session_ended() -> None:
    left = RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "cancel", ("o1",), (), "cancel")
    for down_ns, over_ns in ((3 * SECOND, 3 * SECOND), (30 * SECOND, CLOCK_SET_NS + LEAVES_WITHIN_NS)):
        budget = ended(Turn(NOON, 0), left, at_ns=NOON + down_ns)
        used = [budget.gauges(NOON + over_ns + at)["cancel"][0] for at in (SECOND - 1, SECOND)]
        assert used == [1, 0]


def test_a_clock_that_is_set_forward_between_two_sessions_ends_no_window_too_soon() -> None:
    answered = [Turn(NOON, 0), sent(("o1",), "place"), AnswerTaken(RequestAnswer(1, "bitget")), Turn(NOON, 0)]
    budget = ended(*answered, at_ns=NOON + CLOCK_SET_NS)  # at once, by the venue's clock
    used = [budget.gauges(NOON + CLOCK_SET_NS + at)["place"][0] for at in (SECOND - 1, SECOND)]
    assert used == [1, 0]


@pytest.mark.parametrize("down_ns", [0, 300 * MS])
def test_nothing_that_was_answered_weighs_for_longer_than_a_window_from_the_start(down_ns: int) -> None:
    """After a quick restart a sweep waits for that, and not for a clock that nobody has set as well."""
    left = RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "cancel", ("o1",), (), "cancel")
    answered = [Turn(NOON, 0), left, AnswerTaken(RequestAnswer(1, "bitget")), Turn(NOON, 0)]
    budget = ended(*answered, at_ns=NOON + down_ns)
    assert [budget.gauges(NOON + down_ns + at)["cancel"][0] for at in (SECOND - 1, SECOND)] == [1, 0]


@pytest.mark.parametrize(("down_s", "rests_until_s"), [(0, 5), (1, 6), (2, 7), (4, 7), (6, 7)])
def test_what_a_429_closed_stays_closed_though_the_clock_was_set_forward(down_s: int, rests_until_s: int) -> None:
    """Two seconds longer, and not longer than if the session had ended just now. So does a ban."""
    limited = RequestAnswer(1, "bitget", is_limited=True, retry_after_ns=5 * SECOND)
    banned = RequestAnswer(1, "bitget", banned_until_ns=NOON + 5 * SECOND)
    until_ns = NOON + rests_until_s * SECOND
    for answer in (limited, banned):
        records = [Turn(NOON, 0), sent(("o1",), "place"), AnswerTaken(answer), Turn(NOON, 0)]
        budget = ended(*records, at_ns=NOON + down_s * SECOND)
        assert [budget.is_shut(RequestKind.PLACE, at_ns) for at_ns in (until_ns - 1, until_ns)] == [True, False]
    assert budget.banned_until_ns == until_ns


def test_a_request_that_our_own_gateway_refused_weighs_as_in_the_session_that_was_told() -> None:
    records = [Turn(NOON, 0), sent(("o1",), "place"), AnswerTaken(RequestAnswer(1, "bitget"))]
    records.append(told("o1", K.REFUSED, Source.GATEWAY))
    assert used(*records, at_ns=NOON + SECOND - 1, bucket="place") == 1
    assert used(*records, at_ns=NOON + SECOND, bucket="place") == 0


def test_an_order_that_was_taken_in_is_no_request_and_waits_for_no_disk() -> None:
    taken_in = RequestSent(0, "bitget", "main", "BTC/USDT@bitget", "place", ("orphan",), (), "place")
    later_ns = NOON + 30 * SECOND
    records = [Turn(NOON, 0), taken_in, sent(("o1",), "place"), Turn(later_ns, 0), MadeDurable(2)]
    held_ns = LEAVES_WITHIN_NS + rules_of().acceptance_bound_ns
    assert used(*records, at_ns=later_ns + held_ns, bucket="place") == 1
    assert used(*records, at_ns=later_ns + held_ns + SECOND, bucket="place") == 0


class Life:
    """A session whose venue, disk and gate do as they are told; what is journaled is all that a restart knows."""

    def __init__(self) -> None:
        self.made = bench(rules=msgspec.structs.replace(rules_of(limit=3), acceptance_bound_ns=SECOND))
        self.made.port.is_silent = True
        self.core = self.made.core
        self.due: list[Callable[[int], None]] = []
        self.core.router.sender.when_durable = self.due.append
        self.open: list[Cleared] = []
        self.checkpoint: tuple[int, int, bytes] = (0, 0, b"")

    @property
    def budget(self) -> Budget:
        return self.core.router.lanes["bitget"].budget

    def do(self, step: str, number: int) -> None:
        before = len(self.made.port.sent)
        if step not in ANSWERED:
            getattr(self, step.replace(" ", "_"))(number)
        elif self.open:
            self.answer(step, self.open.pop(number % len(self.open)))
        self.open += self.made.port.sent[before:]

    def place(self, number: int, size: int = 1) -> None:
        there = (BTC, ETH)[number % 2]
        self.made.act("a", lambda strategy: [strategy.buy(there, "1", price="99") for _ in range(size)])

    def place_many(self, number: int) -> None:
        self.place(number, 12)

    def one(self, number: int) -> list[Order]:
        orders = [order for there in (BTC, ETH) for order in self.core.engine.desk.open_orders(there)]
        return orders[number % len(orders) :][:1] if orders else []

    def amend(self, number: int) -> None:
        for order in self.one(number):
            if order.is_open:
                self.made.act("a", lambda strategy: strategy.amend(order, price=("98", "97")[number % 2]))  # noqa: B023

    def cancel(self, number: int) -> None:
        for order in self.one(number):
            self.made.act("a", lambda strategy: strategy.cancel(order))  # noqa: B023

    def durable(self, _: int) -> None:
        if self.due:
            self.core.journal.write(MadeDurable(0))
            self.due.pop(0)(self.core.clock.now_ns)
            self.made.wait(0)

    def hear_stream(self, number: int) -> None:
        batch = self.open[number % len(self.open)].batch if self.open else None
        if batch is not None and batch.kind is BatchKind.PLACE:
            self.made.say(batch.orders[0], K.ACCEPTED)

    def shut(self, _: int) -> None:
        self.core.gate.closed_because = "test"

    def reopen(self, _: int) -> None:
        self.core.gate.closed_because = ""

    def wait(self, number: int) -> None:
        self.made.wait((MS, 300 * MS, SECOND, 3 * SECOND, 9 * SECOND)[number % 5])

    def answer(self, step: str, cleared: Cleared) -> None:
        """As a port does: what an answer says of limits first, then of each order."""
        batch, now_ns = cleared.batch, self.core.clock.now_ns
        if step == "silence":
            return
        facts: dict[str, Any] = {
            "limited": {"is_limited": True},
            "limited with a time": {"is_limited": True, "retry_after_ns": 2 * SECOND},
            "banned": {"banned_until_ns": now_ns + 2 * SECOND},
            "left": {"left": 1},
            "used": {"used": {"place": 2}},
        }.get(step, {})
        answer = RequestAnswer(batch.request_id, batch.venue, **facts)
        self.core.journal.write(AnswerTaken(answer))
        self.core.answered(answer)
        if step == "not sent":
            for order in batch.orders:
                kind = NOT_SENT[batch.kind]
                self.core.report(OrderReport(order.client_order_id, now_ns, kind, Source.GATEWAY, reason="road_full"))
        else:
            is_refused = step in ("rejected", "limited", "limited with a time", "banned")
            self.made.port.answer(cleared, "rate_limited" if is_refused else "")
        self.made.wait(0)

    def keep(self) -> None:
        now_ns = self.core.clock.now_ns
        kept = self.budget.kept(now_ns, self.core.router.sender.at_disk)
        self.checkpoint = len(self.made.records), now_ns, msgspec.msgpack.encode(kept)

    def rebuilt(self) -> Budget:
        budget = Budget(self.budget.rules)
        play(BudgetRecall({("bitget", "main"): budget}), self.made.records)
        return budget

    def rebuilt_from_checkpoint(self) -> Budget:
        budget, (place, ts_ns, kept) = Budget(self.budget.rules), self.checkpoint
        recall = BudgetRecall({("bitget", "main"): budget})
        recall.restore("bitget", "main", msgspec.msgpack.decode(kept, type=KeptBudget))
        play(recall, [Turn(ts_ns, 0), *self.made.records[place:]])
        return budget


def facts_of(budget: Budget, now_ns: int) -> KeptBudget:
    """All that it counts, but for the numbers of requests."""
    kept = budget.kept(now_ns)
    return msgspec.structs.replace(kept, out=tuple([msgspec.structs.replace(out, request_id=0) for out in kept.out]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), min_size=4, max_size=40), st.integers(0, 40))
@example([("place", 0), ("durable", 0), ("not sent", 0)], 1)
@example([("place", 0), ("durable", 0), ("limited", 0), ("wait", 1), ("place", 0)], 3)
@example([("place", 0), ("shut", 0), ("durable", 0)], 1)
@example([("place", 0), ("wait", 2), ("durable", 0), ("silence", 0)], 1)
def test_whatever_becomes_of_requests_a_restart_counts_what_the_session_counted(
    steps: list[tuple[str, int]], kept_at: int
) -> None:
    life = Life()
    for number, (step, which) in enumerate(steps):
        if number == kept_at or not number:
            life.keep()
        life.do(step, which)
    now_ns = life.core.clock.now_ns
    running = facts_of(life.budget, now_ns)
    assert facts_of(life.rebuilt(), now_ns) == running
    assert facts_of(life.rebuilt_from_checkpoint(), now_ns) == running
