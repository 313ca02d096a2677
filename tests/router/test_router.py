"""The one router, wired: turns, budget, floods, and what cannot be taken."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framework.engine.bound import INTENTS_MAX
from framework.kernel.records import IntentTaken, OrderMade, RequestSent
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import BatchKind, Cleared
from framework.model.errors import InvariantError
from framework.model.events import OrderReport, Quote, Source
from framework.model.intents import Amend, Cancel
from framework.model.orders import Order, OrderState
from framework.model.rules import VenueRules
from framework.router.answers import REFUSAL_DELAY_NS
from framework.venues.named import NAMES, rules_named
from tests.router.scene import ACCEPTED, BTC, ETH, bench, duo, rest, seen
from tests.wired import LATENCY, MS, NOON, SECOND, Bench, NaiveVenue, Port, Scripted, quote, rules_of, spot

# Turns and requests.


def test_what_a_turn_wants_shares_requests() -> None:
    made = Bench(
        {name: Scripted(quote=lambda s, q: [s.buy(BTC, "1", price="90") for _ in range(2)]) for name in ("a", "b")},
        instruments=(BTC, ETH),
    )
    made.subscribe(Quote, BTC)
    made.play(quote(BTC, NOON + 1))
    assert made.port.requests() == [("place", "BTC/USDT", 4)]


def test_instruments_and_kinds_go_apart() -> None:
    made = bench()
    rests = rest(made)
    made.port.sent.clear()

    def turn(strategy: Any) -> None:
        strategy.cancel(rests)
        strategy.buy(BTC, "1", price="99")
        strategy.buy(ETH, "1", price="99")

    made.act("a", turn)
    assert made.port.requests() == [("cancel", "BTC/USDT", 1), ("place", "BTC/USDT", 1), ("place", "ETH/USDT", 1)]


def test_the_journal_tells_intent_order_and_request_in_this_order() -> None:
    made = bench()
    made.records.clear()
    made.act("a", lambda strategy: strategy.target(BTC, "101"))
    kinds = [type(record) for record in made.records if isinstance(record, IntentTaken | OrderMade | RequestSent)]
    assert kinds == [IntentTaken, OrderMade, RequestSent]


# Budget.


def test_a_full_budget_holds_orders_and_lets_them_go_a_window_after_the_answer() -> None:
    made = bench(rules=rules_of(limit=2, batch=1))
    start_ns = made.now_ns
    made.act("a", lambda s: [s.buy(BTC, "1", price=str(90 + index)) for index in range(6)])
    made.wait(4 * SECOND)
    period_ns = LATENCY + SECOND
    expected = [start_ns + turn * period_ns for turn in (0, 0, 1, 1, 2, 2)]
    assert [cleared.cleared_ns for cleared in made.port.sent] == expected


def test_orders_held_too_long_are_refused_as_stale() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    orders = made.act("a", lambda s: [s.buy(BTC, "1", price="90") for _ in range(9)])
    made.wait(5 * SECOND)
    assert [order.state for order in orders] == [OrderState.OPEN] * 5 + [OrderState.QUEUED] * 4
    made.wait(REFUSAL_DELAY_NS + 1)
    assert [order.state for order in orders] == [OrderState.OPEN] * 5 + [OrderState.REFUSED] * 4
    assert {order.reason for order in orders[5:]} == {"stale"}


def test_waiting_for_budget_arranges_one_step_however_many_turns_pass() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    made.act("a", lambda s: [s.buy(BTC, "1", price="90") for _ in range(4)])
    made.wait(LATENCY)
    for _ in range(200):
        made.act("a", lambda strategy: strategy.cancel_all(ETH))
        order = made.act("a", lambda strategy: strategy.buy(ETH, "1", price="0.01"))
        made.wait(2 * MS)
        assert order.reason == "min_notional"
    assert len(made.core.loop._heap) <= 3


def test_an_answer_that_never_comes_holds_the_budget_for_a_while_and_not_for_ever() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    made.core.gate.intent_age_max_ns = 3600 * SECOND
    made.port.is_silent = True
    made.act("a", lambda s: [s.buy(BTC, "1", price="90") for _ in range(2)])
    made.wait(70 * SECOND)  # to leave, and then the acceptance bound
    assert len(made.port.sent) == 1
    made.wait(2 * SECOND)
    assert len(made.port.sent) == 2


class SlowPort(Port):
    """Counts each arrival as a naive venue does; travel times are given, in turn, as (ms there, ms back)."""

    def __init__(self, rules: VenueRules, times: list[tuple[int, int]]) -> None:
        super().__init__()
        self.venue, self.times = NaiveVenue(rules), itertools.cycle(times)

    def send(self, cleared: Cleared) -> None:
        self.sent.append(cleared)
        (there, back), count = next(self.times), len(cleared.batch.orders)
        now_ns, loop = self.bench.now_ns, self.bench.core.loop
        self.venue.arrive(cleared.batch.request, count, now_ns + there * MS)
        loop.at(now_ns + (there + back) * MS, VENUE_PRIORITY, lambda: self.answer(cleared))


WORK = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=8
)
TIMES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=5)


@pytest.mark.parametrize("name", NAMES)
@given(WORK, TIMES)
@example([(0, 60, 0, True), (0, 60, 0, False)] * 20, [(900, 0), (0, 0)])
@settings(max_examples=15)
def test_a_busy_strategy_never_meets_a_rate_limit(
    name: str, work: list[tuple[int, int, int, bool]], times: list[tuple[int, int]]
) -> None:
    """Each step of work: ms to wait, orders to place, orders to cancel, of BTC or of ETH."""
    rules = rules_named(name)
    btc, eth = rules.instrument("BTC/USDT"), rules.instrument("ETH/USDT")
    made = Bench({"a": Scripted()}, instruments=(btc, eth), rules=rules)
    port = made.port = SlowPort(rules, times)
    port.bench = made
    made.core.connect({rules.venue: port}, {rules.venue: rules})
    for wait_ms, places, cancels, is_btc in work:

        def turn(strategy: Any) -> None:
            for order in strategy.orders()[:cancels]:  # noqa: B023  # called at once
                strategy.cancel(order)
            for _ in range(places):  # noqa: B023
                strategy.buy(btc if is_btc else eth, "0.01", price="1000")  # noqa: B023

        made.act("a", turn)
        made.wait(wait_ms * MS)
    made.wait(6 * SECOND)  # what found no room by then is stale
    assert made.core.router.sender.waiting == 0
    assert port.sent or not any(places for _, places, _, _ in work)
    assert not list(port.venue.excesses())


# Floods.


@pytest.mark.fault("P18")
def test_a_flood_of_intents_is_bounded_and_harms_nobody_else() -> None:
    there = spot("BTC/USDT", open_orders_max=400)
    flood = Scripted(quote=lambda s, q: [s.buy(there, "0.1", price="99") for _ in range(5_000)] and None)
    calm = Scripted(quote=lambda s, q: s.buy(ETH, "0.1", price="99"))
    made = Bench({"flood": flood, "calm": calm}, instruments=(there, ETH), rules=rules_of(limit=5))
    made.subscribe(Quote, there)
    made.is_journaled = False  # a file takes it, not memory
    made.play(quote(there, NOON + 1))
    made.wait(4 * SECOND)
    reasons = [reason for _, reason in flood.told()]
    assert reasons.count("open_orders") == INTENTS_MAX - 400
    assert reasons.count("too_many_intents") == 1
    assert calm.told() == [(ACCEPTED, "")]
    assert all(len(cleared.batch.orders) <= 50 for cleared in made.port.sent)
    assert made.port.requests().count(("place", "BTC/USDT", 50)) == 4
    assert len(made.core.engine.desk.open_of("flood")) == 400
    assert made.core.router.sender.waiting == 200 - 4 * 5 + 1  # singles go beside batches; one of them was the other's
    assert len(made.core.loop._heap) <= 3  # two steps of the router, one deadline for all requests


def test_reports_of_strangers_are_ignored() -> None:
    made = bench()
    made.core.report(OrderReport("somebody-else-1", made.now_ns, ACCEPTED, Source.VENUE))
    assert seen(made).told() == []
    assert made.core.engine.blotter.strays == 1


def test_batches_name_venue_account_and_instrument() -> None:
    made = bench()
    rest(made)
    batch = made.port.sent[0].batch
    assert (batch.request_id, batch.venue, batch.account, batch.instrument) == (1, "bitget", "main", BTC)
    assert batch.kind is BatchKind.PLACE


# Amends under way, ownership, and what cannot be taken.


class Strict(Port):
    """Tells each arrival to a venue that counts; a request takes 40 to 200 ms to get there, and its answer no time."""

    def __init__(self, rules: VenueRules) -> None:
        super().__init__()
        self.counts = NaiveVenue(rules)

    def answer(self, cleared: Cleared, reason: str = "") -> None:
        batch = cleared.batch
        self.counts.arrive(batch.request, len(batch.orders), self.bench.now_ns)
        super().answer(cleared, reason)
        self.latency_ns = 40 * MS + self.latency_ns * 7 % (160 * MS)


def test_ten_orders_amended_on_each_quote_never_exceed_the_venues_limits() -> None:
    rules = rules_of(batch=1, limit=25)
    strategy = Scripted()
    made = Bench({"a": strategy}, instruments=(BTC,), rules=rules)
    made.port = made.core.router.lanes["bitget"].port = Strict(rules)
    made.port.bench = made
    made.subscribe(Quote, BTC)
    made.act("a", lambda a: [a.buy(BTC, "1", price=str(80 + level), tag="level") for level in range(10)])
    made.wait(2 * SECOND)

    def amend_all(a: Scripted, tick: Quote) -> None:
        cents = tick.ts_recv_ns // MS % 97
        for level, order in enumerate(a.orders(BTC)):
            a.amend(order, price=f"{80 + level}.{cents:02d}")

    strategy.handlers["quote"] = amend_all
    made.play(*[quote(BTC, made.now_ns + step * 20 * MS) for step in range(1, 3_000)])
    assert len(made.port.sent) > 1_000
    assert not list(made.port.counts.excesses())


@pytest.mark.parametrize("make", [Cancel, lambda order: Amend(order, 9_000, 10_000)])
def test_an_order_of_another_strategy_is_left_alone(make: Callable[[Order], Cancel | Amend]) -> None:
    made = duo()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.wait(2 * LATENCY)
    made.act("b", lambda b: b._context.emit(make(order)))
    made.wait(2 * LATENCY)
    assert [kind for kind, *_ in made.port.requests()] == ["place"]
    assert order.is_open


def test_an_intent_that_breaks_the_router_puts_its_strategy_aside_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(order: Order, desk: object) -> None:
        if order.strategy == "a":
            raise ZeroDivisionError("in a check")

    monkeypatch.setattr("framework.router.orders.check", broken)
    made = duo()
    orders: dict[str, list[Order]] = {name: [] for name in "ab"}
    for name in "ab":
        seat = made.seats[name]
        made.core.engine.host.call(seat, lambda name=name, seat=seat: orders[name].append(seat.strategy.buy(BTC, "1")))
    made.wait(3 * LATENCY)
    assert made.seats["a"].is_quarantined
    assert (orders["a"][0].state, orders["a"][0].reason) == (OrderState.REFUSED, "handler_raised")
    assert not made.seats["b"].is_quarantined
    assert made.port.requests() == [("place", BTC.symbol, 1)]


def test_a_broken_promise_of_ours_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(order: Order, desk: object) -> None:
        raise InvariantError("ours")

    monkeypatch.setattr("framework.router.orders.check", broken)
    made = bench()
    with pytest.raises(InvariantError):
        made.act("a", lambda a: a.buy(BTC, "1"))


def test_the_journal_tells_who_made_an_order() -> None:
    made = bench()
    made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.act("a", lambda a: a.target(ETH, "1"))
    made.act("a", lambda a: a.ladder(BTC, bids=[("98", "1")]))
    assert [record.owner for record in made.records if isinstance(record, OrderMade)] == ["", "target", "ladder"]
