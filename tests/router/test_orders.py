"""What becomes of one order before the wire: cash, cancels, amends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.model.batch import BatchKind
from framework.model.events import ReportKind
from framework.model.intents import Place
from framework.model.orders import Order, OrderState, Pending
from framework.router.answers import REFUSAL_DELAY_NS
from tests.router.scene import BTC, CASH, ETH, REFUSED, bench, rest, seen
from tests.wired import LATENCY, MS, NOON, SECOND, Bench, Scripted, order_of, quote, rules_of, spot

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


@pytest.mark.fault("E31")
def test_what_waits_and_no_longer_fits_its_market_is_refused_and_the_rest_leaves() -> None:
    there = spot()
    made = Bench(
        {"a": Scripted()}, instruments=(there,), capital={"a": "1000000 USDT"}, rules=rules_of(limit=1, batch=1)
    )
    made.play(quote(there, NOON + 1))
    first, fine, off, small = made.act(
        "a",
        lambda s: [
            s.buy(there, size, price=price) for size, price in (("1", "99"), ("1", "98"), ("1", "97.5"), ("0.1", "96"))
        ],
    )
    there.take_filters(spot(price_digits=0, notional_min=Decimal(20)))
    made.core.router.relisted(there)
    made.wait(3 * SECOND)
    assert (off.reason, off.price, small.reason) == ("off_tick", 97.5, "min_notional")
    assert {order.state for order in (off, small)} == {OrderState.REFUSED}
    assert [cleared.batch.orders for cleared in made.port.sent] == [(first,), (fine,)]


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


def test_a_cancel_that_met_a_full_bucket_is_sent_again_through_the_other_one() -> None:
    made = bench()
    rests = rest(made)
    made.port.rejects.append("rate_limited")
    made.act("a", lambda strategy: strategy.cancel(rests))
    made.wait(2 * LATENCY)
    assert [cleared.batch.request.value for cleared in made.port.sent[1:]] == ["cancel", "cancel_batch"]
    assert rests.state is OrderState.CANCELLED


def test_a_cancel_that_met_full_buckets_waits_for_one() -> None:
    made = bench(rules=rules_of(batch=1))
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
    assert float(made.core.engine.desk.free("a", "USDT")) == 1_000_000 - 204.02, "1 % above the ask of 101"


# Sells before buys.


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


def test_the_same_order_given_twice_is_sent_once() -> None:
    made = bench()

    def twice(strategy: Any) -> Order:
        order: Order = strategy.buy(BTC, "1", price="100")
        strategy._context.emit(Place(order))
        return order

    order = made.act("a", twice)
    made.wait(2 * LATENCY)
    assert order.is_open
    assert made.port.requests() == [("place", "BTC/USDT", 1)]


def test_another_order_of_an_id_that_was_used_is_refused_with_a_report() -> None:
    made = bench()
    first = rest(made)
    second = order_of(BTC, first.client_order_id)
    made.act("a", lambda strategy: strategy._context.emit(Place(second)))
    made.wait(2 * LATENCY)
    assert (second.state, second.reason) == (OrderState.REFUSED, "duplicate_id")
    assert first.client_order_id in second.detail
    assert first.is_open
    assert seen(made).told()[-1] == (REFUSED, "duplicate_id")


def test_an_order_for_a_venue_without_a_way_there_is_refused() -> None:
    away = spot(venue="binance")
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC, away))
    made.play(quote(BTC, NOON + 1), quote(away, NOON + 1))
    for verb in (
        lambda strategy: strategy.buy(away, "1", price="100"),
        lambda strategy: strategy.target(away, "1"),
        lambda strategy: strategy.ladder(away, bids=[("100", "1")]),
    ):
        made.act("a", verb)
        made.wait(2 * LATENCY)
        assert seen(made).told()[-1] == (REFUSED, "no_venue")
    assert made.act("b", lambda strategy: strategy.buy(BTC, "1", price="100")).client_order_id
    made.wait(2 * LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1)]


def test_one_change_of_an_order_is_out_at_a_time_and_those_made_meanwhile_are_merged() -> None:
    made = bench()
    order = rest(made, "100", "1")
    made.port.is_silent = True
    for size in ("2", "50", "3"):
        made.act("a", lambda a, size=size: a.amend(order, size=size))
    assert [kind for kind, _, _ in made.port.requests()] == ["place", "amend"]
    assert made.core.engine.portfolio.reserved(order) == 300
    made.say(order, ReportKind.AMENDED, price_points=10_000, size_points=20_000)
    made.wait(MS)
    assert made.port.sent[-1].batch.changes[0].size_points == 30_000
    made.say(order, ReportKind.AMENDED, price_points=10_000, size_points=20_000)
    assert order.pending is Pending.AMEND, "the same answer again says nothing of the change that is out"
    assert made.core.engine.portfolio.reserved(order) == 300


def test_a_cancel_ends_the_change_that_waits_for_the_answer_to_another() -> None:
    made = bench()
    order = rest(made, "100", "1")
    made.port.is_silent = True
    made.act("a", lambda a: [a.amend(order, size="2")])
    made.act("a", lambda a: [a.amend(order, size="3"), a.cancel(order)])
    made.say(order, ReportKind.AMENDED, price_points=10_000, size_points=20_000)
    made.wait(MS)
    assert [kind for kind, _, _ in made.port.requests()] == ["place", "amend", "cancel"]
