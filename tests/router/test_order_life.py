"""An order's life beside a venue that loses, delays, repeats, lies and forgets: what must hold whatever happens."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from framework.kernel.records import RequestSent
from framework.model.orders import Order, OrderState
from framework.model.questions import Reply
from tests.router.life import BOUND, Life, life_rules
from tests.wired import SECOND

S = OrderState
DELAYS = st.lists(
    st.sampled_from([0, 1, 3, 14, 16, 22, 27, 33, 39, 45]).map(lambda seconds: seconds * SECOND), max_size=2
)
LIES = ("truth", "fails", "shows_none", "forgets_ids", "hides_fills")


class AnyVenue(RuleBasedStateMachine):
    """One strategy trades; everything on the way may go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(life_rules(acceptance_bound_ns=40 * SECOND))
        self.orders: list[Order] = []
        self.filled: dict[str, int] = {}
        self.lie = "truth"
        self.life.faults.change = self.told

    def told(self, reply: Reply) -> Reply:
        """The venue's word, as bad as it is now. It never lies in all three lists at once: that nobody could see."""
        match self.lie:
            case "fails":
                return Reply(reply.question, reply.ts_recv_ns, "server_error")
            case "shows_none":
                return msgspec.structs.replace(reply, orders=()) if reply.fills else reply
            case "forgets_ids":
                return msgspec.structs.replace(reply, orders=()) if reply.question.client_order_id else reply
            case "hides_fills":
                return msgspec.structs.replace(reply, fills=())
            case _:
                return reply

    @rule(price=st.sampled_from(["97", "99", "101", "103"]), requests=DELAYS, reports=st.lists(DELAYS, max_size=3))
    def place(self, price: str, requests: list[int], reports: list[list[int]]) -> None:
        self.life.faults.requests = [requests]
        self.life.faults.reports = list(reports)
        self.orders.append(self.life.buy(price))

    @rule(number=st.integers(0, 50), reports=st.lists(DELAYS, max_size=2))
    def cancel(self, number: int, reports: list[list[int]]) -> None:
        if self.orders:
            order = self.orders[number % len(self.orders)]
            self.life.faults.reports = list(reports)
            self.life.act(lambda strategy: strategy.cancel(order))

    @rule(number=st.integers(0, 50), price=st.sampled_from(["96", "98", "102"]), reports=st.lists(DELAYS, max_size=2))
    def amend(self, number: int, price: str, reports: list[list[int]]) -> None:
        if self.orders:
            order = self.orders[number % len(self.orders)]
            self.life.faults.reports = list(reports)
            self.life.act(lambda strategy: strategy.amend(order, price=price))

    @rule(lie=st.sampled_from(LIES))
    def bend(self, lie: str) -> None:
        self.lie = lie

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.life.wait(SECOND)
            self.look()

    @rule(bid=st.integers(9_600, 10_300))
    def move(self, bid: int) -> None:
        self.life.quote(bid, bid + 100)

    @invariant()
    def look(self) -> None:
        venue = self.life.venue
        for order in self.orders:
            order_id = order.client_order_id
            assert order.filled_points >= self.filled.get(order_id, 0)
            self.filled[order_id] = order.filled_points
            if order.state is S.ABSENT:
                assert venue.resting(order_id) is None
                assert order_id not in venue.memory.done
            if order.state in (S.SENT, S.UNKNOWN):
                assert order in self.life.core.engine.desk.open_orders(order.instrument)
                assert self.life.core.engine.desk.reserved(order) > 0

    @invariant()
    def one_request_made_each_order(self) -> None:
        made = [
            order_id
            for record in self.life.records
            if isinstance(record, RequestSent) and record.kind == "place"
            for order_id in record.orders
        ]
        assert len(made) == len(set(made))

    def teardown(self) -> None:
        """The venue is well again: within minutes nothing is unknown, and the books are the venue's."""
        self.lie = "truth"
        self.life.faults.reports, self.life.faults.requests = [], []
        self.life.wait(BOUND + 200 * SECOND)
        for order in self.orders:
            assert order.state not in (S.UNKNOWN, S.SENT), order
            resting = self.life.venue.resting(order.client_order_id)
            assert (resting is not None) == (order.state is S.OPEN), order
            if resting is not None:
                assert (resting.price_points, resting.left_points) == (order.price_points, order.left_points)
        assert self.life.difference == {}
        assert not [alarm for alarm in self.life.alarms if "absent" in alarm]


TestAnyVenue: Any = pytest.mark.fault("N1", "N2", "N3", "N15", "N16", "E12", "E13")(AnyVenue.TestCase)
TestAnyVenue.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
