"""Budgets against a venue that says no: its counts, its Retry-After, its bans, end to end on the simulated venue."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from framework.core import Core
from framework.kernel.records import Record, VenueBanned
from framework.model.batch import Cleared, RequestKind
from framework.model.events import OrderReport, ReportKind
from framework.model.latency import Fixed
from framework.model.money import Amount
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.ports import Listener
from framework.venues.named import rules_named
from framework.venues.sim.venue import SimVenue
from tests.wired import MS, NOON, SECOND, Scripted, quote

MINUTE_NOON = NOON - NOON % (60 * SECOND)


class House(Listener):
    """One strategy `a` before a simulated venue, whose answers take `latency_ms` each way."""

    def __init__(self, name: str, latency_ms: int = 10) -> None:
        self.rules: VenueRules = rules_named(name)
        self.there = self.rules.instrument("BTC/USDT")
        balances = {"USDT": Decimal(10**9), "BTC": Decimal(10**6)}
        self.records: list[Record] = []
        self.core = core = Core(
            instruments=(self.there,),
            balances=balances,
            capital={"a": [Amount(value, asset) for asset, value in balances.items()]},
            bot="bench",
            run_id="000001",
            seed=1,
            write=self.records.append,
            now_ns=MINUTE_NOON,
        )
        self.venue = SimVenue(
            self.rules,
            [self.there],
            balances,
            core.clock,
            core.loop,
            core,
            Fixed(latency_ms * MS),
            random.Random(1),
            topics=core.topics,
        )
        self.requests: list[Cleared] = []
        self.split: list[tuple[int, int]] = []
        self.told: Counter[str] = Counter()
        core.connect({self.rules.venue: self.venue}, {self.rules.venue: self.rules})
        core.listeners.append(self)
        # The budget alone: what the kill switch makes of a 429 or a ban is told in test_kill_effects.py.
        core.kill.reduce = core.kill.trip = lambda *args, **facts: None  # type: ignore[assignment, method-assign, misc]
        self.strategy = Scripted()
        self.seat = core.engine.seat("a", self.strategy)
        core.start(lambda instrument, timeframe, count: ())
        for _ in core.play([quote(self.there, MINUTE_NOON + 1, 3_000_000, 3_000_002)]):
            pass

    def sent(self, cleared: Cleared) -> None:
        self.requests.append(cleared)

    def went_as(self, request_id: int, requests: int) -> None:
        self.split.append((request_id, requests))

    def reported(self, order: Any, report: OrderReport) -> None:
        self.told[report.reason or report.kind.value] += 1

    def place(self, orders: int) -> None:
        def verb() -> None:
            for _ in range(orders):
                self.strategy.buy(self.there, "0.01", price="20000", post_only=True)

        self.core.engine.host.call(self.seat, verb)
        self.wait(0)

    def wait(self, span_ns: int) -> None:
        until_ns = self.core.clock.now_ns + span_ns
        for _ in self.core.loop.drain(until_ns):
            pass
        self.core.clock.now_ns = until_ns

    def room(self, bucket: str) -> tuple[int, bool]:
        room = self.core.router.lanes[self.rules.venue].budget.rooms(self.core.clock.now_ns)[bucket]
        return room.used, room.is_paused


@pytest.mark.fault("E5")
def test_what_others_draw_on_our_address_is_counted_and_no_request_is_refused() -> None:
    made = House("binance-spot")
    made.venue.crowd(RequestKind.PLACE, 45)
    made.place(1)
    made.wait(30 * MS)
    assert made.room("orders_10s") == (46, False)
    made.place(20)
    made.wait(SECOND)
    assert len(made.requests) == 5
    assert made.told["rate_limited"] == 0
    assert made.told["accepted"] == 5


@pytest.mark.fault("E4")
def test_what_is_left_of_an_endpoint_is_believed() -> None:
    made = House("bitget-spot")
    made.venue.crowd(RequestKind.PLACE, 7)
    made.place(1)
    made.wait(30 * MS)
    assert made.room("place") == (8, False)


def test_that_a_request_went_as_several_is_told_to_who_counts() -> None:
    made = House("bitget-spot")
    made.place(2)
    (sent,) = made.requests
    for more in (0, 2):
        made.core.answered(RequestAnswer(sent.batch.request_id, made.rules.venue, more_requests=more))
    assert made.split == [(sent.batch.request_id, 3)]


@pytest.mark.fault("E1")
def test_a_429_with_retry_after_rests_exactly_its_buckets_until_then() -> None:
    made = House("binance-spot")
    made.venue.crowd(RequestKind.CANCEL, 6_000)
    made.place(1)
    made.wait(30 * MS)
    assert made.told == {"rate_limited": 1}
    made.place(1)
    made.wait(4 * SECOND)
    assert len(made.requests) == 1
    made.wait(2 * SECOND)
    assert made.told["stale"] == 1
    made.wait(54 * SECOND)
    made.place(1)
    made.wait(SECOND)
    assert made.told["accepted"] == 1


@pytest.mark.fault("E3")
def test_a_429_without_retry_after_rests_the_bucket_of_its_endpoint_alone() -> None:
    made = House("bitget-spot")
    made.venue.crowd(RequestKind.PLACE, 10)
    made.place(1)
    made.wait(25 * MS)
    assert made.room("place")[1]
    assert not made.room("place_batch")[1]
    made.place(1)
    made.wait(30 * MS)
    assert made.told == {"rate_limited": 1, ReportKind.ACCEPTED.value: 1}
    assert made.requests[-1].batch.request is RequestKind.PLACE_BATCH


@pytest.mark.fault("E2")
def test_a_ban_is_kept_to_journaled_and_restored() -> None:
    made = House("binance-spot")
    made.venue.crowd(RequestKind.PLACE, 50)
    for _ in range(5):
        made.place(1)  # all are on their way before the first answer
    made.wait(30 * MS)
    (banned,) = [record for record in made.records if isinstance(record, VenueBanned)]
    assert made.told["rate_limited"] == 5
    made.place(1)
    made.wait(6 * SECOND)
    assert len(made.requests) == 5, "nothing leaves while banned"
    assert made.told["stale"] == 1
    again = House("binance-spot")
    again.core.router.sender.restore({(banned.venue, banned.account): banned.until_ns})
    again.place(1)
    again.wait(SECOND)
    assert not again.requests
    again.wait(banned.until_ns - again.core.clock.now_ns)
    again.place(1)
    again.wait(SECOND)
    assert again.told["accepted"] == 1
