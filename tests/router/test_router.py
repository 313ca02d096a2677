"""The one router, wired: what becomes of each intent, and that every answer comes back as a report of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framework.kernel.records import IntentTaken, OrderMade, RequestSent
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import BatchKind, Cleared
from framework.model.errors import InvariantError
from framework.model.events import OrderReport, Quote, ReportKind, Source
from framework.model.intents import Amend, Cancel
from framework.model.orders import Order, OrderState, Owner, Pending
from framework.model.rules import VenueRules, request_kind
from framework.router.router import REFUSAL_DELAY_NS
from framework.venues.named import NAMES, rules_named
from tests.wired import LATENCY, MS, NOON, SECOND, Bench, NaiveVenue, Port, Scripted, quote, rules_of, spot

BTC, ETH = spot(lot_points=10), spot("ETH/USDT")
REFUSED, ACCEPTED = ReportKind.REFUSED, ReportKind.ACCEPTED


def bench(strategy: Scripted | None = None, capital: str = "1000000 USDT,100 BTC", **more: Any) -> Bench:
    """One strategy `a`, quotes of BTC at 100 to 101."""
    made = Bench({"a": strategy or Scripted()}, instruments=(BTC, ETH), capital={"a": capital}, **more)
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 1))
    return made


def seen(made: Bench) -> Scripted:
    strategy = made.seats["a"].strategy
    assert isinstance(strategy, Scripted)
    return strategy


def rest(made: Bench, price: str = "100", size: str = "1", **more: Any) -> Order:
    """An order that rests at the venue."""
    order: Order = made.act("a", lambda strategy: strategy.buy(BTC, size, price=price, **more))
    made.wait(2 * LATENCY)
    assert order.is_open
    return order


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


# Refusals.


@pytest.mark.parametrize(
    ("verb", "reason"),
    [
        (lambda s: s.buy(BTC, "0.00001"), "bad_number"),
        (lambda s: s.buy(BTC, "1", price="0.50"), "min_notional"),
        (lambda s: s.buy(BTC, "20000", price="100"), "funds"),
        (lambda s: s.sell(BTC, "101", price="100"), "funds"),
    ],
)
def test_a_refusal_is_a_report_in_a_later_instant(verb: Any, reason: str) -> None:
    made = bench()
    order = made.act("a", verb)
    assert order.state is OrderState.QUEUED
    assert seen(made).told() == []
    made.wait(REFUSAL_DELAY_NS)
    assert (order.state, order.reason) == (OrderState.REFUSED, reason)
    assert order.detail
    ((report, at_ns),) = [(what, ts_ns) for name, what, ts_ns in seen(made).seen if name == "order"]
    assert (report.source, report.ts_recv_ns) == (Source.ROUTER, at_ns)
    assert not made.port.sent


def test_a_refused_order_stands_nowhere_and_reserves_nothing() -> None:
    made = bench()
    made.act("a", lambda strategy: strategy.buy(BTC, "20000", price="100"))
    assert made.core.engine.desk.open_of("a") == []
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000


def test_a_strategy_that_orders_again_at_each_refusal_does_not_stop_the_clock() -> None:
    made = bench(Scripted(order=lambda s, order, report: s.buy(BTC, "20000", price="100")))
    made.act("a", lambda strategy: strategy.buy(BTC, "20000", price="100"))
    made.wait(20 * MS)
    assert len(seen(made).told()) == 20


def test_a_closed_gate_refuses_places_and_passes_cancels() -> None:
    made = bench()
    rests = rest(made)
    made.core.gate.close("by hand")
    order = made.act("a", lambda strategy: (strategy.cancel(rests), strategy.buy(BTC, "1", price="99"))[1])
    made.wait(2 * LATENCY)
    assert (order.state, order.reason, order.detail) == (OrderState.REFUSED, "gate_closed", "by hand")
    assert rests.state is OrderState.CANCELLED
    assert seen(made).got("order")[-2].source is Source.GATE


def test_an_amend_that_the_gate_refuses_leaves_the_order_as_it_was() -> None:
    made = bench()
    rests = rest(made)
    made.core.gate.close("by hand")
    made.act("a", lambda strategy: strategy.amend(rests, price="99"))
    made.wait(2 * LATENCY)
    assert seen(made).told()[-1] == (ReportKind.AMEND_REJECTED, "gate_closed")
    assert (rests.state, rests.price) == (OrderState.OPEN, 100.0)
    assert made.core.engine.blotter.illegal_steps == 0


# Cancels.


def test_cancel_of_an_unsent_order_annihilates_both() -> None:
    made = bench()
    order = made.act("a", lambda s: [s.cancel(order := s.buy(BTC, "1", price="99")), order][1])
    made.wait(2 * LATENCY)
    assert not made.port.sent
    assert (order.state, order.reason) == (OrderState.CANCELLED, "withdrawn")
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000


def test_an_order_held_by_budget_can_be_taken_back() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    first, held = made.act("a", lambda s: [s.buy(BTC, "1", price=price) for price in ("99", "98")])
    made.act("a", lambda strategy: strategy.cancel(held))
    made.wait(3 * SECOND)
    assert [cleared.batch.orders for cleared in made.port.sent] == [(first,)]
    assert held.reason == "withdrawn"


def test_a_cancel_is_asked_for_once() -> None:
    made = bench()
    rests = rest(made)
    made.act("a", lambda strategy: [strategy.cancel(rests), strategy.cancel(rests)])
    made.act("a", lambda strategy: strategy.cancel(rests))
    made.wait(2 * LATENCY)
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    assert rests.state is OrderState.CANCELLED


def test_a_cancel_of_an_order_in_flight_waits_for_its_acknowledgement() -> None:
    made = bench()
    order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="99"))
    made.act("a", lambda strategy: strategy.cancel(order))
    made.wait(LATENCY - 1)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]
    made.wait(1)
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    made.wait(LATENCY)
    assert order.state is OrderState.CANCELLED


def test_an_order_that_is_done_when_it_is_acknowledged_needs_no_cancel() -> None:
    made = bench()
    made.port.rejects.append("insufficient_balance")
    order = made.act("a", lambda strategy: strategy.buy(BTC, "1", price="99"))
    made.act("a", lambda strategy: strategy.cancel(order))
    made.wait(3 * LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]


def test_a_cancel_that_met_a_full_bucket_is_sent_again() -> None:
    made = bench()
    rests = rest(made)
    made.port.rejects.append("rate_limited")
    made.act("a", lambda strategy: strategy.cancel(rests))
    made.wait(SECOND - 1)
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    made.wait(SECOND)
    assert rests.state is OrderState.CANCELLED


def test_a_cancel_drops_the_amend_that_waits() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    first, second = rest(made), None
    made.wait(2 * SECOND)
    second = rest(made)
    made.act("a", lambda strategy: strategy.amend(first, price="99"))
    made.act("a", lambda strategy: strategy.amend(second, price="99"))
    made.port.is_silent = True
    made.act("a", lambda strategy: strategy.cancel(second))
    made.wait(3 * SECOND)
    assert made.port.requests()[2:] == [("amend", "BTC/USDT", 1), ("cancel", "BTC/USDT", 1)]


# Amends.


def test_an_amend_keeps_the_handle_and_moves_the_reservation() -> None:
    made = bench()
    rests = rest(made)
    made.act("a", lambda strategy: strategy.amend(rests, price="99", size="2"))
    assert rests.pending is Pending.AMEND
    made.wait(LATENCY)
    assert (rests.price, rests.size, rests.pending) == (99.0, 2.0, Pending.NOTHING)
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000 - 198


def test_an_unsent_order_is_changed_where_it_waits() -> None:
    made = bench(rules=rules_of(limit=1, batch=1))
    _, held = made.act("a", lambda s: [s.buy(BTC, "1", price=price) for price in ("99", "98")])
    made.act("a", lambda strategy: strategy.amend(held, price="90"))
    made.wait(REFUSAL_DELAY_NS)
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000 - 99 - 90
    assert seen(made).told() == [(ReportKind.AMENDED, "")]
    made.wait(3 * SECOND)
    assert made.port.requests() == [("place", "BTC/USDT", 1)] * 2
    assert held.is_open


def test_a_change_that_the_venue_would_not_take_is_refused_here() -> None:
    made = bench()
    rests = rest(made)
    made.act("a", lambda strategy: strategy.amend(rests, price="0.1"))
    made.wait(LATENCY)
    assert seen(made).told()[-1] == (ReportKind.AMEND_REJECTED, "min_notional")
    assert len(made.port.sent) == 1
    assert rests.price == 100.0


def test_an_order_that_is_being_taken_back_is_not_amended() -> None:
    made = bench()
    rests = rest(made)
    made.act("a", lambda strategy: (strategy.cancel(rests), strategy.amend(rests, price="99")))
    made.wait(3 * LATENCY)
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    assert rests.price == 100.0


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_change_needs_the_money_for_what_it_adds(is_sent: bool) -> None:
    """An order of 1 USDT that grows to 5 BTC in the same handler must not buy 5 BTC with 100 USDT."""
    made = bench(capital="100 USDT")
    order = made.act("a", lambda s: s.buy(BTC, "0.01", price="100")) if is_sent else None
    made.wait(2 * LATENCY)

    def grow(strategy: Any) -> Order:
        grown: Order = order or strategy.buy(BTC, "0.01", price="100")
        strategy.amend(grown, size="5")
        return grown

    order = made.act("a", grow)
    made.wait(2 * LATENCY)
    assert (order.size, [cleared.batch.kind for cleared in made.port.sent]) == (0.01, [BatchKind.PLACE])
    assert (ReportKind.AMEND_REJECTED, "funds") in seen(made).told()
    assert seen(made).got("order")[-1].detail or is_sent is False


def test_two_changes_of_a_turn_do_not_spend_the_same_money() -> None:
    made = bench(capital="150 USDT")
    orders = [rest(made, size="0.5"), rest(made, size="0.5")]
    made.act("a", lambda s: [s.amend(order, size="1") for order in orders])
    made.wait(2 * LATENCY)
    assert [order.size for order in orders] == [1.0, 0.5]
    assert (ReportKind.AMEND_REJECTED, "funds") in seen(made).told()


def test_a_change_within_what_the_order_reserves_needs_no_free_money() -> None:
    made = bench(capital="100 USDT")
    rests = rest(made)
    made.act("a", lambda strategy: strategy.amend(rests, price="50", size="2"))
    made.wait(LATENCY)
    assert (rests.price, rests.size) == (50.0, 2.0)


def test_an_unsent_market_order_can_be_changed() -> None:
    made = bench()
    order = made.act("a", lambda s: [s.amend(order := s.buy(BTC, "1"), size="2"), order][1])
    assert order.size == 2.0
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000 - 202


# Sells before buys.


CASH = "0 USDT,2 BTC"


@pytest.mark.parametrize("is_buy_first", [False, True])
def test_a_buy_waits_for_the_cash_of_a_sell_of_its_turn(is_buy_first: bool) -> None:
    made = bench(capital=CASH)
    verbs = [lambda s: s.sell(BTC, "1"), lambda s: s.buy(ETH, "0.9", price="100")]
    sell, buy = sorted(
        made.act("a", lambda s: [verb(s) for verb in (verbs[::-1] if is_buy_first else verbs)]), key=lambda o: o.is_buy
    )
    made.wait(2 * LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]
    assert (buy.state, made.core.engine.desk.open_of("a")) == (OrderState.QUEUED, [sell, buy])
    made.fill(sell, 4_000, 10_000)
    assert buy.state is OrderState.QUEUED, "half the cash is not enough"
    made.fill(sell, None, 10_000)
    assert buy.state is OrderState.SENT
    made.wait(LATENCY)
    assert made.port.requests()[1:] == [("place", "ETH/USDT", 1)]
    assert made.core.engine.desk.free("a", "USDT") == 10
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_target_waits_for_the_cash_of_another_ones_sell() -> None:
    made = bench(capital=CASH)
    made.act("a", lambda s: [s.target(ETH, notional="150"), s.target(BTC, 0)])
    (sell,) = made.core.engine.desk.open_of("a")
    assert not sell.is_buy
    made.wait(2 * LATENCY)
    made.fill(sell, None, 10_000)
    made.wait(LATENCY)
    (buy,) = made.core.engine.desk.open_of("a")
    assert (buy.instrument, buy.is_buy, buy.size) == (ETH, True, 1.4925)
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_ladders_bids_wait_for_the_cash_of_a_sell() -> None:
    made = bench(capital=CASH)
    made.act("a", lambda s: [s.ladder(ETH, bids=[("99", "1")]), s.sell(BTC, "1")])
    (sell,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.fill(sell, None, 10_000)
    (bid,) = made.core.engine.desk.open_of("a")
    assert (bid.price, bid.owner) == (99.0, Owner.LADDER)


def test_a_buy_without_cash_is_refused_when_no_sell_brings_it() -> None:
    made = bench(capital=CASH)
    buys = made.act("a", lambda s: [s.buy(ETH, "1", price="99"), s.sell(BTC, "1", price="150")][:1])
    assert made.core.engine.desk.open_of("a")[0].is_buy is False, "an offer that may rest for long brings nothing soon"
    made.wait(LATENCY)
    assert (buys[0].state, buys[0].reason) == (OrderState.REFUSED, "funds")
    assert buys[0].detail == "free 0 USDT, order needs 99 USDT"


def test_a_buy_that_waited_too_long_is_refused() -> None:
    made = bench(capital=CASH)
    buy = made.act("a", lambda s: [s.sell(BTC, "1"), s.buy(ETH, "1", price="99")][1])
    made.wait(made.core.gate.intent_age_max_ns)
    assert buy.state is OrderState.QUEUED
    made.wait(2 * REFUSAL_DELAY_NS)
    assert (buy.state, buy.reason, buy.detail) == (OrderState.REFUSED, "funds", "free 0 USDT, order needs 99 USDT")


def test_a_buy_is_refused_when_its_sell_brings_too_little() -> None:
    made = bench(capital=CASH)
    sell, buy = made.act("a", lambda s: [s.sell(BTC, "1"), s.buy(ETH, "1", price="99")])
    made.wait(2 * LATENCY)
    made.fill(sell, 100, 10_000)
    made.say(sell, ReportKind.EXPIRED)
    made.wait(LATENCY)
    assert (buy.state, buy.reason) == (OrderState.REFUSED, "funds")


def test_a_buy_that_waits_can_be_taken_back_and_changed() -> None:
    made = bench(capital=CASH)

    def turn(strategy: Any) -> list[Order]:
        orders = [strategy.buy(ETH, "1", price="99"), strategy.buy(ETH, "1", price="99"), strategy.sell(BTC, "1")]
        strategy.cancel(orders[0])
        return orders

    gone, waits, sell = made.act("a", turn)
    made.wait(2 * LATENCY)
    assert (gone.state, gone.reason, waits.state) == (OrderState.CANCELLED, "withdrawn", OrderState.QUEUED)
    made.act("a", lambda s: s.cancel(waits))
    made.wait(LATENCY)
    assert waits.state is OrderState.CANCELLED
    made.fill(sell, None, 10_000)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]


def test_a_target_that_comes_to_wait_for_cash_later_waits_no_longer_than_others() -> None:
    made = bench(capital="100 USDT,1 BTC")
    made.act("a", lambda s: s.target(ETH, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.act("a", lambda s: s.sell(BTC, "1"))
    made.play(quote(ETH, made.now_ns + 1, 10_100, 10_200))
    made.act("a", lambda s: s.target(ETH, "1", style="passive"))
    made.wait(2 * LATENCY)
    assert [order.instrument for order in made.core.engine.desk.open_of("a")] == [BTC], "ETH waits for the cash of BTC"
    made.wait(made.core.gate.intent_age_max_ns)
    (bid,) = [order for order in made.core.engine.desk.open_of("a") if order.instrument is ETH]
    assert (bid.price, bid.size) == (101.0, 0.9803)


@pytest.mark.parametrize("end", ["stop", "raise"])
def test_nothing_that_waits_for_cash_comes_after_the_end(end: str) -> None:
    """The sell fills, and its own `on_fill` is where the strategy fails."""
    made = bench(Scripted(fill=lambda s, o, f: 1 / 0) if end == "raise" else Scripted(), capital=CASH)
    made.act(
        "a",
        lambda s: [
            s.target(ETH, notional="150"),
            s.ladder(ETH, bids=[("50", "1")]),
            s.buy(ETH, "1", price="60"),
            s.target(BTC, 0),
        ],
    )
    sell = next(order for order in made.core.engine.desk.open_of("a") if not order.is_buy)
    made.wait(2 * LATENCY)
    if end == "stop":
        made.core.engine.stop()
    made.fill(sell, None, 10_000)
    made.wait(10 * SECOND)
    assert made.core.engine.desk.open_of("a") == []
    assert ("place", "ETH/USDT", 1) not in made.port.requests()


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
    made.wait(60 * SECOND)
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
        self.venue.arrive(request_kind(cleared.batch.kind, count), count, now_ns + there * MS)
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


# Targets.


def test_a_target_asked_for_again_and_again_is_ordered_once() -> None:
    made = bench(capital="1000000 USDT")
    for _ in range(3):
        made.act("a", lambda strategy: strategy.target(BTC, "1"))
        made.act("a", lambda strategy: [strategy.target(BTC, "1"), strategy.target(BTC, "1")])
        made.wait(LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]
    (order,) = made.core.engine.desk.open_of("a")
    made.fill(order, 4_000)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    made.fill(order)
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    assert len(made.port.sent) == 1
    assert made.core.engine.desk.position_points("a", BTC) == 10_000


def test_a_target_of_zero_sells_what_is_held_and_leaves_dust() -> None:
    made = bench(capital="1000 USDT,1.00055 BTC")
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    (order,) = made.core.engine.desk.open_of("a")
    assert (order.is_buy, order.size_points) == (False, 10_000)
    made.fill(order)
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    assert made.core.engine.desk.open_of("a") == []
    assert seen(made).told()[-1][0] is ReportKind.FILLED


def test_a_passive_target_follows_the_price_by_itself() -> None:
    made = bench(capital="100.5 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    (old,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    assert old.pending is Pending.CANCEL
    made.wait(3 * LATENCY)
    assert old.state is OrderState.CANCELLED
    (new,) = made.core.engine.desk.open_of("a")
    assert (new.price, new.left_points, new.post_only) == (100.1, 9_940, True)  # what 100.5 USDT buys at the ask
    assert made.port.requests() == [("place", "BTC/USDT", 1), ("cancel", "BTC/USDT", 1), ("place", "BTC/USDT", 1)]


def test_a_passive_order_that_fills_while_it_is_taken_back_is_not_ordered_again() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    (old,) = made.core.engine.desk.open_of("a")
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.fill(old)
    made.wait(3 * LATENCY)
    assert made.core.engine.desk.open_of("a") == []
    assert made.core.engine.desk.position_points("a", BTC) == 10_000


def test_a_smaller_passive_target_takes_the_larger_order_back() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.act("a", lambda strategy: strategy.target(BTC, "0.4", style="passive"))
    made.wait(3 * LATENCY)
    (order,) = made.core.engine.desk.open_of("a")
    assert (order.is_buy, order.size_points) == (True, 4_000)
    assert (REFUSED, "funds") not in seen(made).told()


def test_a_target_that_turns_around_sells_what_is_on_its_way_when_it_has_come() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1"))
    (buy,) = made.core.engine.desk.open_of("a")
    made.act("a", lambda strategy: strategy.target(BTC, 0))
    made.wait(LATENCY)
    made.fill(buy)
    (sell,) = made.core.engine.desk.open_of("a")
    assert (sell.is_buy, sell.size_points) == (False, 10_000)
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_cancel_by_hand_ends_what_a_target_still_waits_for() -> None:
    made = bench(capital="1000 USDT")
    made.act("a", lambda strategy: strategy.target(BTC, "1", style="passive"))
    made.wait(2 * LATENCY)
    made.play(quote(BTC, made.now_ns + 1, 10_010, 10_110))
    made.act("a", lambda strategy: [strategy.target(BTC, "1", style="passive"), strategy.cancel_all()])
    made.wait(5 * LATENCY)
    assert made.core.engine.desk.open_of("a") == []


# Ladders.


def rungs(made: Bench, *bids: tuple[str, str], **more: Any) -> None:
    made.act("a", lambda strategy: strategy.ladder(BTC, bids=bids, **more))


def prices(made: Bench) -> list[float | None]:
    return sorted(order.price or 0 for order in made.core.engine.desk.open_of("a"))


def test_unchanged_rungs_stay_and_changed_ones_are_cancelled_and_placed_in_one_turn() -> None:
    made = bench()
    rungs(made, ("99", "1"), ("98", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("99", "1"), ("97", "1"))
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1), ("place", "BTC/USDT", 1)]
    made.wait(2 * LATENCY)
    assert prices(made) == [97.0, 99.0]
    rungs(made, ("99", "1"), ("97", "1"))
    assert len(made.port.sent) == 3


def test_rungs_wait_while_a_cancel_of_their_ladder_frees_the_money() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]
    made.wait(2 * LATENCY)
    assert prices(made) == [98.0]
    assert all(kind is not REFUSED for kind, _ in seen(made).told())


def test_a_newer_ladder_replaces_rungs_that_still_wait() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    rungs(made, ("97", "1"))
    made.wait(4 * LATENCY)
    assert prices(made) == [97.0]


def test_a_newer_ladder_that_wants_nothing_leaves_no_rung_waiting() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    rungs(made)
    made.wait(4 * LATENCY)
    assert prices(made) == []


def test_rungs_that_wait_for_money_of_an_unsent_order_come_too() -> None:
    made = bench(capital="100 USDT", rules=rules_of(limit=1, batch=1))
    made.act("a", lambda strategy: strategy.buy(ETH, "0.02", price="99"))
    rungs(made, ("98", "1"))
    rungs(made, ("97", "1"))
    rungs(made, ("98", "1"))  # the first order of that price is withdrawn by now: it serves no more
    made.wait(3 * SECOND)
    assert prices(made) == [98.0, 99.0]


def test_rungs_without_money_are_refused_when_nothing_will_free_it() -> None:
    made = bench(capital="100 USDT")
    rungs(made, ("99", "2"))
    made.wait(2 * LATENCY)
    assert seen(made).told() == [(REFUSED, "funds")]


@pytest.mark.parametrize("end", ["cancel_all", "stop", "raise"])
def test_waiting_rungs_never_come_after_the_strategy_took_its_orders_back(end: str) -> None:
    made = bench(Scripted(feed=lambda s, status: 1 / 0), capital="100 USDT")
    rungs(made, ("99", "1"))
    made.wait(2 * LATENCY)
    rungs(made, ("98", "1"))
    if end == "cancel_all":
        made.act("a", lambda strategy: strategy.cancel_all())
    elif end == "stop":
        list(made.core.stop("test"))
    else:
        made.act("a", lambda strategy: strategy.on_feed(None))
    made.wait(10 * LATENCY)
    assert prices(made) == []
    assert [kind for kind, _, _ in made.port.requests()] == ["place", "cancel"]


def test_two_ladders_of_one_instrument_leave_each_other_alone() -> None:
    made = bench()
    rungs(made, ("99", "1"))
    rungs(made, ("98", "1"), tag="deep")
    rungs(made, tag="deep")
    made.wait(3 * LATENCY)
    assert prices(made) == [99.0]


def test_a_tag_is_a_label_and_takes_no_order_from_its_owner() -> None:
    made = bench()
    own = [rest(made, price="90", tag=tag) for tag in ("ladder", "target")]
    rungs(made, ("99", "1"))
    rungs(made)
    made.act("a", lambda s: s.target(BTC, "0.5", style="passive"))
    made.wait(3 * LATENCY)
    assert all(order.is_open for order in own)
    assert [order.owner for order in own] == [Owner.STRATEGY] * 2


# Floods.


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
    assert reasons.count("open_orders") == 4_600
    assert calm.told() == [(ACCEPTED, "")]
    assert all(len(cleared.batch.orders) <= 50 for cleared in made.port.sent)
    assert made.port.requests().count(("place", "BTC/USDT", 50)) == 4
    assert len(made.core.engine.desk.open_of("flood")) == 400
    assert made.core.router.sender.waiting == 200
    assert len(made.core.loop._heap) <= 2


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


def duo() -> Bench:
    """Strategies `a` and `b`, and a quote."""
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,))
    made.play(quote(BTC, NOON + 1))
    return made


class Strict(Port):
    """Tells each arrival to a venue that counts; a request takes 40 to 200 ms to get there, and its answer no time."""

    def __init__(self, rules: VenueRules) -> None:
        super().__init__()
        self.counts = NaiveVenue(rules)

    def answer(self, cleared: Cleared, reason: str = "") -> None:
        batch = cleared.batch
        self.counts.arrive(request_kind(batch.kind, len(batch.orders)), len(batch.orders), self.bench.now_ns)
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


def test_an_amend_of_an_order_in_flight_waits_for_its_acknowledgement() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.act("a", lambda a: a.amend(order, price="98"))
    made.act("a", lambda a: a.amend(order, price="97"))
    assert [kind for kind, *_ in made.port.requests()] == ["place"]
    made.wait(3 * LATENCY)
    assert [kind for kind, *_ in made.port.requests()] == ["place", "amend"]
    assert order.price_points == 9_700


def test_a_cancel_replaces_an_amend_that_waits_for_the_acknowledgement() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.act("a", lambda a: (a.amend(order, price="98"), a.cancel(order)))
    made.wait(3 * LATENCY)
    assert [kind for kind, *_ in made.port.requests()] == ["place", "cancel"]
    assert order.state is OrderState.CANCELLED


def test_a_change_refused_here_does_not_send_the_waiting_cancel_early() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.act("a", lambda a: (a.amend(order, size="0"), a.cancel(order)))
    made.wait(2 * MS)
    assert [kind for kind, *_ in made.port.requests()] == ["place"]


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

    monkeypatch.setattr("framework.router.router.check", broken)
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

    monkeypatch.setattr("framework.router.router.check", broken)
    made = bench()
    with pytest.raises(InvariantError):
        made.act("a", lambda a: a.buy(BTC, "1"))


def test_the_journal_tells_who_made_an_order() -> None:
    made = bench()
    made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.act("a", lambda a: a.target(ETH, "1"))
    made.act("a", lambda a: a.ladder(BTC, bids=[("98", "1")]))
    assert [record.owner for record in made.records if isinstance(record, OrderMade)] == ["", "target", "ladder"]
