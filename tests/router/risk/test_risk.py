"""Limits over a whole core: what is taken counts at once, every refusal is a report, and others go on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.config.limits import LimitsTable
from framework.model.events import FeedState, FeedStatus, OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState
from framework.router.risk.risk import CHECKS, checks_of, scopes_of
from tests.wired import LATENCY, NOON, SECOND, Bench, Scripted, quote, spot

BTC, ETH = spot(), spot("ETH/USDT")
REFUSED = ReportKind.REFUSED


def bench(limits: dict[str, Any], names: str = "ab", **more: Any) -> Bench:
    made = Bench(
        {name: Scripted() for name in names},
        instruments=(BTC, ETH),
        capital=dict.fromkeys(names, "1000000 USDT,100 BTC"),
        limits=limits,
        **more,
    )
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 1))
    return made


def buy(made: Bench, name: str = "a", size: str = "1", **facts: Any) -> Order:
    facts = {"price": "100", **facts}
    order: Order = made.act(name, lambda strategy: strategy.buy(BTC, size, **facts))
    return order


def sell(made: Bench, name: str = "a", size: str = "1", price: str | None = "101") -> Order:
    order: Order = made.act(name, lambda strategy: strategy.sell(BTC, size, price=price))
    return order


def told(made: Bench, name: str = "a") -> list[tuple[ReportKind, str]]:
    strategy = made.seats[name].strategy
    assert isinstance(strategy, Scripted)
    return strategy.told()


def is_refused(made: Bench, order: Order, reason: str) -> bool:
    made.wait(2 * LATENCY)
    return order.state is OrderState.REFUSED and order.reason == reason


def test_no_limits_no_risk() -> None:
    assert bench({}).core.risk is None
    assert bench({"strategy": {"a": {}}}).core.risk is None


def test_every_limit_has_its_check() -> None:
    held = [name for names, _ in CHECKS for name in names]
    assert sorted(held) == sorted(LIMITS)
    for names, check in CHECKS:
        for name in names:
            sample = {"message_rate": "1/s", "price_collar": "1%", "max_cancel_ratio": "1%"}.get(name, "1 USDT")
            value: Any = 1 if name in COUNTED else ["BTC/USDT@bitget"] if name == "instruments" else sample
            value = "1s" if name in ("max_feed_age", "max_clock_skew") else value
            assert checks_of(LimitsTable.model_validate({name: value})) == (check,)


LIMITS = [
    name
    for name in LimitsTable.model_fields
    if name not in ("ratio_window", "ratio_after", "loss_window", "strategy", "instrument", "account")
]
COUNTED = ("max_open_orders", "max_orders_per_fill", "max_equal_rejects")


def test_a_refusal_reaches_the_strategy_as_an_order_report_with_check_limit_and_value() -> None:
    made = bench({"max_order_notional": "99 USDT"})
    order = buy(made)
    assert is_refused(made, order, "max_order_notional")
    assert order.detail == "max_order_notional of all: limit 99 USDT, found 100 USDT"
    assert told(made) == [(REFUSED, "max_order_notional")]
    assert made.port.sent == []


@pytest.mark.parametrize(
    ("limits", "who"),
    [
        ({"strategy": {"a": {"max_open_orders": 1}}}, "strategy a"),
        ({"instrument": {"BTC/USDT@bitget": {"max_open_orders": 1}}}, "BTC/USDT@bitget"),
        ({"account": {"main": {"max_open_orders": 1}}}, "account main"),
        ({"max_open_orders": 1}, "all"),
    ],
)
def test_each_scope_counts_its_own(limits: dict[str, Any], who: str) -> None:
    made = bench(limits)
    assert not is_refused(made, buy(made), "max_open_orders")
    second = buy(made)
    assert is_refused(made, second, "max_open_orders")
    assert f"max_open_orders of {who}: limit 1, found 1" == second.detail
    other = buy(made, "b")
    assert is_refused(made, other, "max_open_orders") == (who != "strategy a")
    eth = made.act("b", lambda strategy: strategy.buy(ETH, "1", price="100"))
    assert is_refused(made, eth, "max_open_orders") == (who not in ("strategy a", "BTC/USDT@bitget"))


@pytest.mark.parametrize("limit", [{"max_position": "101.5 BTC"}, {"max_exposure": "10200 USDT"}])
def test_what_may_have_filled_of_an_ended_order_counts_until_it_is_known(limit: dict[str, str]) -> None:
    made = bench({"strategy": {"a": {**limit, "max_open_orders": 1}}})
    made.core.engine.desk.may_lack = lambda venue: True
    (check,) = limit
    first = buy(made)
    made.wait(2 * LATENCY)
    made.say(first, ReportKind.CANCELLED)  # the venue does not say what filled of it
    made.say(first, ReportKind.CANCELLED)  # nor when it is told twice
    second = buy(made)
    assert is_refused(made, second, check), "all of the first may have filled"
    made.wait(SECOND)  # nobody can be asked here
    third = buy(made)
    assert not is_refused(made, third, check), "it is known now, and the first counts once as an open order"
    made.wait(2 * LATENCY)
    made.say(third, ReportKind.CANCELLED, filled_points=0)
    assert not is_refused(made, buy(made), check), "the venue said that nothing of it filled"


def test_orders_of_one_handler_count_one_after_the_other() -> None:
    made = bench({"max_position": "102 BTC"}, names="a")  # 100 are held
    orders = made.act("a", lambda strategy: [strategy.buy(BTC, "1", price="100") for _ in range(4)])
    made.wait(2 * LATENCY)
    assert [order.state for order in orders] == [OrderState.OPEN] * 2 + [OrderState.REFUSED] * 2


@pytest.mark.parametrize("phase", ["queued", "sent", "unknown"])
def test_an_order_counts_whole_while_it_is_queued_sent_or_unknown(phase: str) -> None:
    made = bench({"strategy": {"a": {"max_position": "101.5 BTC"}}})
    made.port.is_silent = True
    if phase == "queued":
        first, second = made.act("a", lambda strategy: [strategy.buy(BTC, "1", price="100") for _ in range(2)])
    else:
        first = buy(made)
        if phase == "unknown":
            made.say(first, ReportKind.UNKNOWN)
        second = buy(made)
    assert is_refused(made, second, "max_position")
    assert first.state is (OrderState.UNKNOWN if phase == "unknown" else OrderState.SENT)
    made.say(first, ReportKind.REJECTED, reason="whatever")
    assert not is_refused(made, buy(made), "max_position")


def test_what_is_done_counts_no_more_and_what_filled_is_position() -> None:
    made = bench({"strategy": {"a": {"max_position": "101 BTC", "max_open_orders": 1}}})
    first = buy(made)
    made.wait(2 * LATENCY)
    made.act("a", lambda strategy: strategy.cancel(first))
    made.wait(2 * LATENCY)
    second = buy(made)
    made.wait(2 * LATENCY)
    made.fill(second)
    assert is_refused(made, buy(made, size="0.0100"), "max_position")
    assert not is_refused(made, sell(made), "max_position")


def test_a_refused_or_withdrawn_order_leaves_nothing_counted() -> None:
    made = bench({"max_open_orders": 1, "max_order_size": "1 BTC"})
    assert is_refused(made, buy(made, size="2"), "max_order_size")

    def in_and_out(strategy: Any) -> None:
        strategy.cancel(strategy.buy(BTC, "1", price="100"))

    made.act("a", in_and_out)
    made.wait(2 * LATENCY)
    assert not is_refused(made, buy(made), "max_open_orders")
    assert made.core.risk is not None
    assert len(made.core.risk._counted) == 1


def test_an_amend_is_held_against_the_limits_and_counts_at_its_larger_size() -> None:
    made = bench({"strategy": {"a": {"max_position": "103 BTC"}}})
    order = buy(made)
    made.wait(2 * LATENCY)
    made.act("a", lambda strategy: strategy.amend(order, size="4"))
    made.wait(2 * LATENCY)
    assert told(made)[-1] == (ReportKind.AMEND_REJECTED, "max_position")
    made.port.is_silent = True
    made.act("a", lambda strategy: strategy.amend(order, size="3"))
    assert is_refused(made, buy(made, size="0.5"), "max_position")  # the amend may have been accepted
    made.say(order, ReportKind.AMEND_REJECTED, reason="no")
    assert not is_refused(made, buy(made, size="0.5"), "max_position")


def test_ladders_and_targets_meet_the_same_limits() -> None:
    made = bench({"max_order_notional": "150 USDT"})
    made.act("a", lambda strategy: strategy.ladder(BTC, bids=[("100", "1"), ("99", "2")]))
    made.act("b", lambda strategy: strategy.target(BTC, "102"))
    made.wait(2 * LATENCY)
    assert told(made) == [(REFUSED, "max_order_notional"), (ReportKind.ACCEPTED, "")]
    assert (REFUSED, "max_order_notional") in told(made, "b")


def test_messages_count_cancels_and_never_refuse_one() -> None:
    made = bench({"strategy": {"a": {"message_rate": "2/s"}}})
    first = buy(made)
    made.wait(2 * LATENCY)
    made.act("a", lambda strategy: strategy.cancel(first))
    made.wait(2 * LATENCY)
    assert first.state is OrderState.CANCELLED
    assert is_refused(made, buy(made), "message_rate")
    assert not is_refused(made, buy(made, "b"), "message_rate")
    made.wait(SECOND)
    third = buy(made)
    fourth = buy(made)
    made.wait(2 * LATENCY)
    for order in (third, fourth):
        made.act("a", lambda strategy, order=order: strategy.cancel(order))
    made.wait(2 * LATENCY)
    assert {third.state, fourth.state} == {OrderState.CANCELLED}


def test_a_buy_that_waits_for_cash_is_held_against_the_limits_too() -> None:
    made = Bench(
        {"a": Scripted()},
        instruments=(BTC, ETH),
        capital={"a": "0 USDT,5 BTC"},
        limits={"strategy": {"a": {"max_open_orders": 2}}},
    )
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 1))

    def rotate(strategy: Any) -> list[Order]:
        sold = strategy.sell(BTC, "2")
        return [sold, *[strategy.buy(ETH, "0.5", price="100") for _ in range(3)]]

    sold, *bought = made.act("a", rotate)
    made.wait(2 * LATENCY)
    assert [order.state for order in bought].count(OrderState.REFUSED) == 2
    made.fill(sold, price=10_000)
    made.wait(2 * LATENCY)
    assert [order.state for order in bought].count(OrderState.OPEN) == 1


def test_a_loss_refuses_all_but_what_reduces_until_a_person_lifts_it() -> None:
    made = bench({"strategy": {"a": {"max_loss": "90 USDT"}}})
    risk, heard = made.core.risk, []
    assert risk is not None
    risk.listeners.append(lambda *breach: heard.append((breach, made.now_ns)))
    made.play(quote(BTC, made.now_ns + 2 * SECOND, 9_899, 9_999))  # 100 BTC lost 1.01 each: not above the middle yet
    made.play(quote(BTC, made.now_ns + 2 * SECOND, 9_899, 9_999))
    assert heard == [(("strategy a", "max_loss", "90 USDT", "101 USDT"), made.now_ns)]
    assert is_refused(made, buy(made), "max_loss")
    assert not is_refused(made, sell(made, size="60", price=None), "max_loss")
    assert is_refused(made, sell(made, size="60"), "max_loss") is False  # refused by funds, or open: never by loss
    assert not is_refused(made, buy(made, "b"), "max_loss")
    assert risk.lift("strategy a") == 1
    assert not is_refused(made, buy(made), "max_loss")
    assert len(heard) == 1


def test_a_ladder_that_is_kept_back_by_a_loss_hears_of_it_once_a_side_and_a_buy_every_time() -> None:
    made = bench({"strategy": {"a": {"max_drawdown": "90 USDT"}}})
    assert made.core.risk is not None
    made.core.risk.listeners.clear()  # the limit alone: the kill switch would not even work out what is asked for
    made.play(quote(BTC, made.now_ns + 2 * SECOND, 9_899, 9_999))
    for price in ("90", "91", "92"):
        made.act("a", lambda strategy, price=price: strategy.ladder(BTC, bids=[(price, "1"), ("80", "1")]))
        made.act("a", lambda strategy: strategy.target(BTC, "102"))
        made.wait(2 * LATENCY)
    assert told(made) == [(REFUSED, "max_drawdown")] * 2
    buy(made)
    assert is_refused(made, buy(made), "max_drawdown")
    assert told(made) == [(REFUSED, "max_drawdown")] * 4
    assert made.core.risk is not None
    made.core.risk.lift()
    made.act("a", lambda strategy: strategy.ladder(BTC, bids=[("90", "1")]))
    made.wait(2 * LATENCY)
    assert told(made)[-1] == (ReportKind.ACCEPTED, "")


def test_a_loss_is_seen_by_the_order_that_follows_it_at_once() -> None:
    made = bench({"strategy": {"a": {"max_drawdown": "90 USDT"}}})
    made.core.engine.process(quote(BTC, made.now_ns, 9_899, 9_999))
    made.core.clock.now_ns += 1
    assert is_refused(made, buy(made), "max_drawdown")


def test_an_order_that_would_turn_the_position_does_not_reduce_it() -> None:
    made = bench({"strategy": {"a": {"max_loss": "90 USDT"}}})
    risk = made.core.risk
    assert risk is not None
    first = sell(made, size="60")
    made.wait(2 * LATENCY)
    assert first.is_open
    assert risk.is_reducing(sell_of("40"))
    assert not risk.is_reducing(sell_of("40.0001"))


def sell_of(size: str) -> Order:
    points = BTC.order_size(size)
    return Order(client_order_id="x", strategy="a", instrument=BTC, is_buy=False, size_points=points)


@pytest.mark.fault("E32")
def test_repeated_equal_rejects_hold_the_side_back_until_a_person_lifts_it() -> None:
    made = bench({"strategy": {"a": {"max_equal_rejects": 3}}})
    risk, heard = made.core.risk, []
    assert risk is not None
    risk.listeners.append(lambda *breach: heard.append(breach))
    for _ in range(3):
        made.port.rejects = ["minimum"]
        buy(made)
        made.wait(2 * LATENCY)
    assert heard == [("strategy a", "max_equal_rejects", "3", "3 times minimum, a buy BTC/USDT@bitget")]
    assert is_refused(made, buy(made), "max_equal_rejects")
    made.wait(3_600 * SECOND)
    assert is_refused(made, buy(made), "max_equal_rejects")
    assert not is_refused(made, sell(made), "max_equal_rejects")
    assert not is_refused(made, buy(made, "b"), "max_equal_rejects")
    assert risk.lift(strategy="a") == 1
    assert not is_refused(made, buy(made), "max_equal_rejects")


def test_a_stale_feed_refuses_what_opens_and_lets_out_what_reduces() -> None:
    made = bench({"max_feed_age": "3s"})
    assert not is_refused(made, buy(made), "max_feed_age")
    made.wait(4 * SECOND)
    assert is_refused(made, buy(made), "max_feed_age")
    assert not is_refused(made, sell(made), "max_feed_age")
    made.play(quote(BTC, made.now_ns + 1), FeedStatus(BTC, made.now_ns + 1, FeedState.STALE))
    order = buy(made)
    assert is_refused(made, order, "max_feed_age")
    assert "stale" in order.detail


def test_orders_that_a_restart_brought_back_are_counted() -> None:
    made = bench({"max_open_orders": 1})
    risk = made.core.risk
    assert risk is not None
    order = sell_of("1")
    made.core.engine.desk.admit(order)
    risk.resume()
    assert is_refused(made, buy(made), "max_open_orders")
    risk.reported(order, OrderReport("x", NOON, ReportKind.ACCEPTED, Source.RECONCILE))
    assert risk.scopes[0].open_orders == 1


def test_a_table_of_a_strategy_holds_for_each_of_its_instances_and_the_narrowest_speaks_first() -> None:
    limits = LimitsTable.model_validate(
        {"max_open_orders": 9, "strategy": {"sma": {"max_open_orders": 3}, "sma/BTC": {"max_open_orders": 2}}}
    )
    scopes = scopes_of(limits, ("sma/BTC", "sma/ETH", "mm"), (BTC,), {"bitget": "main"})
    assert [(scope.strategies, scope.limits.max_open_orders) for scope in scopes] == [
        (("sma/BTC",), 2),
        (("sma/BTC",), 3),
        (("sma/ETH",), 3),
        (("sma/BTC", "sma/ETH", "mm"), 9),
    ]


STEP = st.tuples(st.sampled_from(["buy", "sell", "cancel", "fill", "amend", "unknown"]), st.integers(1, 30))


@given(st.lists(STEP, max_size=25))
def test_counts_equal_what_the_blotter_holds_and_no_limit_is_ever_exceeded(steps: list[tuple[str, int]]) -> None:
    made = bench({"max_open_orders": 4, "max_position": "103 BTC"}, names="a")
    desk, risk = made.core.engine.desk, made.core.risk
    assert risk is not None
    for verb, number in steps:
        orders = desk.open_of("a")
        order = orders[number % len(orders)] if orders else None
        if verb == "buy":
            buy(made, size=str(Decimal(number) / 10))
        elif verb == "sell":
            sell(made, size=str(Decimal(number) / 10))
        elif order is None:
            continue
        elif verb == "cancel":
            made.act("a", lambda strategy, order=order: strategy.cancel(order))
        elif verb == "amend":
            size = str(Decimal(number) / 10)
            made.act("a", lambda strategy, order=order, size=size: strategy.amend(order, size=size))
        elif verb == "fill" and order.is_open:
            made.fill(order, size=max(order.left_points // 2, 1))
        elif verb == "unknown" and order.state is OrderState.SENT:
            made.say(order, ReportKind.UNKNOWN)
        if number % 3:
            made.wait(2 * LATENCY)
        (scope,) = risk.scopes
        live = desk.open_of("a")
        assert scope.open_orders == len(live) == len(risk._counted) <= 4
        assert scope.stake(BTC).buy_points >= sum(order.left_points for order in live if order.is_buy)
        worst = desk.position_points("a", BTC) + sum(order.left_points for order in live if order.is_buy)
        assert worst <= 103 * 10_000
    made.wait(SECOND)
    live = desk.open_of("a")
    assert scope_buys(risk) == sum(order.left_points for order in live if order.is_buy)


def scope_buys(risk: Any) -> int:
    (scope,) = risk.scopes
    return int(scope.stake(BTC).buy_points)
