"""Our orders never trade with each other: who yields, how long, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from framework.config.limits import LimitsTable
from framework.kernel.records import OrderBounded, OrderHeld
from framework.model.events import ReportKind
from framework.model.orders import Order, OrderState, Pending, TimeInForce, market_buy_points, market_sell_points
from framework.model.self_cross import SelfCross
from framework.router.answers import REFUSAL_DELAY_NS
from framework.router.crossing.yielding import LOOK_EVERY_NS
from tests.router.scene import BTC
from tests.wired import LATENCY, NOON, SECOND, Bench, Scripted, quote, rules_of


def duo(
    self_cross: SelfCross = SelfCross.HOLD,
    bid: int = 10_000,
    ask: int = 10_100,
    limits: Mapping[str, str] | None = None,
) -> Bench:
    """Strategies `a` and `b` with cash and coins, and a quote of 100 to 101."""
    capital = dict.fromkeys("ab", "1000000 USDT,100 BTC")
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,), capital=capital)
    made.core.connect(
        {"bitget": made.port},
        {"bitget": rules_of()},
        self_cross=self_cross,
        limits=LimitsTable.model_validate(limits or {}),
    )
    made.play(quote(BTC, NOON + 1, bid, ask))
    return made


def act(made: Bench, name: str, verb: Any) -> Order:
    """An order that a strategy makes; time for the venue to answer."""
    order: Order = made.act(name, verb)
    made.wait(2 * LATENCY)
    return order


def sent(made: Bench) -> list[str]:
    return [order.client_order_id for cleared in made.port.sent for order in cleared.batch.orders]


def held(made: Bench) -> list[tuple[str, str]]:
    return [(record.client_order_id, record.against) for record in made.records if isinstance(record, OrderHeld)]


def test_the_newer_waits_until_it_cannot_cross() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.50"))
    assert (sell.state, buy.state) == (OrderState.OPEN, OrderState.QUEUED)
    assert held(made) == [(buy.client_order_id, sell.client_order_id)]
    made.act("a", lambda a: a.cancel(sell))
    made.wait(LATENCY)
    assert buy.state is OrderState.SENT
    made.wait(LATENCY)
    assert buy.is_open


def test_orders_of_one_strategy_do_not_trade_with_each_other_either() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    assert act(made, "a", lambda a: a.buy(BTC, "1", price="100.60")).state is OrderState.QUEUED


def test_prices_that_do_not_meet_leave_at_once() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    assert act(made, "b", lambda b: b.buy(BTC, "1", price="100.49")).is_open


def test_two_post_only_orders_never_trade_with_each_other() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50", post_only=True))
    assert act(made, "b", lambda b: b.buy(BTC, "1", price="100.50", post_only=True)).is_open
    assert act(made, "b", lambda b: b.buy(BTC, "1", price="100.50")).state is OrderState.QUEUED


def test_an_order_that_waits_ends_with_its_age_limit() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.50"))
    made.wait(5 * SECOND + 2 * REFUSAL_DELAY_NS)
    assert (buy.state, buy.reason) == (OrderState.REFUSED, "self_cross")
    assert sell.client_order_id in buy.detail
    assert made.core.engine.desk.free("b", "USDT") == 1_000_000


def test_what_only_reduces_waits_without_an_age_limit_and_keeps_its_place() -> None:
    made = duo()
    buy = act(made, "a", lambda a: a.buy(BTC, "1", price="99"))
    out = act(made, "b", lambda b: b.sell(BTC, "1", price="98", reduce_only=True))
    made.wait(60 * SECOND)
    assert out.state is OrderState.QUEUED
    late = act(made, "a", lambda a: a.buy(BTC, "1", price="99.50"))
    assert late.state is OrderState.QUEUED, "it is newer than what waits"
    act(made, "a", lambda a: a.amend(buy, price="97"))
    made.wait(2 * LATENCY)
    assert out.is_open, "who rests may always step back"
    made.wait(6 * SECOND)
    assert (late.state, late.reason) == (OrderState.REFUSED, "self_cross"), "the newer one has its age limit"


def test_what_only_reduces_can_be_taken_back_while_it_waits() -> None:
    made = duo()
    act(made, "a", lambda a: a.buy(BTC, "1", price="99"))
    out = act(made, "b", lambda b: b.sell(BTC, "1", price="98", reduce_only=True))
    made.wait(10 * SECOND)
    act(made, "b", lambda b: b.cancel(out))
    assert (out.state, out.reason) == (OrderState.CANCELLED, "withdrawn")


def test_an_order_that_does_not_rest_takes_what_is_better_than_our_own() -> None:
    made = duo(ask=10_020)
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    assert act(made, "b", lambda b: b.buy(BTC, "1", price="100.60", tif="ioc")).price_points == 10_049
    assert act(made, "b", lambda b: b.buy(BTC, "1", price="100.60", tif="fok")).state is OrderState.QUEUED


def test_the_age_limit_is_kept_without_any_market_event() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = made.act("b", lambda b: b.buy(BTC, "1", price="100.50"))
    for _ in made.core.loop.drain(NOON + 60 * SECOND):
        pass
    assert buy.state is OrderState.REFUSED


def test_an_order_that_waits_can_be_taken_back() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.50"))
    act(made, "b", lambda b: b.cancel(buy))
    assert (buy.state, buy.reason) == (OrderState.CANCELLED, "withdrawn")
    assert sent(made) == [sell.client_order_id]


def test_nobody_is_overtaken_for_ever() -> None:
    """A maker who comes back at each cancel does not keep a taker waiting: the newer rung waits behind it."""
    made = duo(bid=10_000, ask=10_100)
    first = act(made, "a", lambda a: a.sell(BTC, "1", price="101", post_only=True))
    taker = act(made, "b", lambda b: b.buy(BTC, "1"))
    again = made.act("a", lambda a: [a.cancel(first), a.sell(BTC, "1", price="101", post_only=True)][1])
    made.wait(2 * LATENCY)
    assert (first.state, again.state) == (OrderState.CANCELLED, OrderState.QUEUED)
    assert taker.state in (OrderState.SENT, OrderState.OPEN)
    made.wait(2 * LATENCY)
    made.fill(taker, price=10_100)
    made.wait(2 * LATENCY)
    assert again.is_open


def test_two_that_wait_for_each_others_side_do_not_deadlock() -> None:
    made = duo()
    resting = act(made, "a", lambda a: a.sell(BTC, "1", price="100.20"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.30"))
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.30"))
    assert held(made)[1] == (sell.client_order_id, buy.client_order_id)
    act(made, "a", lambda a: a.cancel(resting))
    assert (buy.is_open, sell.state) == (True, OrderState.QUEUED)
    act(made, "b", lambda b: b.cancel(buy))
    assert sell.is_open


def test_an_order_behind_one_that_was_refused_goes_on() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = made.act("b", lambda b: b.buy(BTC, "1", price="100.50"))
    made.wait(SECOND)
    behind = made.act("a", lambda a: a.sell(BTC, "1", price="100.40"))
    assert behind.state is OrderState.QUEUED
    made.wait(4 * SECOND + 2 * REFUSAL_DELAY_NS)
    assert buy.state is OrderState.REFUSED
    made.wait(2 * LATENCY)
    assert behind.is_open


@pytest.mark.parametrize("pending", ["sent", "unknown", "cancelling"])
def test_an_order_counts_until_it_is_known_to_be_done(pending: str) -> None:
    made = duo()
    sell = made.act("a", lambda a: a.sell(BTC, "1", price="100.50"))
    if pending != "sent":
        made.wait(2 * LATENCY)
    if pending == "unknown":
        made.say(sell, ReportKind.UNKNOWN)
    if pending == "cancelling":
        made.act("a", lambda a: a.cancel(sell))
    assert made.act("b", lambda b: b.buy(BTC, "1", price="100.50")).state is OrderState.QUEUED


# Market orders.


def test_a_market_order_takes_what_is_better_than_our_own() -> None:
    made = duo(ask=10_020)
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1"))
    assert (buy.price_points, buy.tif, buy.is_open) == (10_049, TimeInForce.IOC, True)
    assert OrderBounded(buy.client_order_id, 10_049, sell.client_order_id) in made.records


def test_a_market_sell_takes_what_is_better_than_our_own() -> None:
    made = duo(bid=10_000, ask=10_100)
    act(made, "a", lambda a: a.buy(BTC, "1", price="99.50"))
    assert act(made, "b", lambda b: b.sell(BTC, "1")).price_points == 9_951


def test_our_own_order_far_off_does_not_take_a_market_order_further_than_its_money() -> None:
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000 USDT,2 BTC"})
    made.play(quote(BTC, NOON + 1))
    act(made, "a", lambda a: a.sell(BTC, "1", price="150"))
    buy = made.act("a", lambda a: a.buy(BTC, "9"))
    assert (buy.state, buy.price_points) == (OrderState.SENT, market_buy_points(10_100))
    portfolio = made.core.engine.portfolio
    assert portfolio.reserved(buy) == BTC.notional(buy.price_points, buy.size_points)
    assert portfolio.free("a", "USDT") > 0


def test_our_own_order_far_off_does_not_take_a_market_sell_far_off() -> None:
    made = duo()
    act(made, "a", lambda a: a.buy(BTC, "1", price="50"))
    assert act(made, "b", lambda b: b.sell(BTC, "1")).price_points == market_sell_points(10_000)


@pytest.mark.parametrize("limits", [{"price_collar": "0.6 %"}, {"max_order_notional": "1010 USDT"}])
def test_a_market_order_that_gets_a_price_goes_no_further_than_its_limits(limits: dict[str, str]) -> None:
    made = duo(ask=10_010, limits=limits)
    act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buy = act(made, "b", lambda b: b.buy(BTC, "10.05"))
    assert (buy.is_open, buy.price_points, buy.tif) == (True, 10_010, TimeInForce.IOC)


def test_a_market_order_that_waited_is_held_against_its_money_again() -> None:
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,), capital={"a": "9 BTC", "b": "1060 USDT"})
    made.play(quote(BTC, NOON + 1))
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buys = [act(made, "b", lambda b: b.buy(BTC, "5")) for _ in range(2)]
    made.play(quote(BTC, NOON + SECOND, 10_500, 10_600))
    act(made, "a", lambda a: a.cancel(sell))
    made.wait(LATENCY)
    assert [(buy.state, buy.reason) for buy in buys] == [(OrderState.OPEN, ""), (OrderState.REFUSED, "funds")]


@pytest.mark.parametrize("ask", [10_050, 10_060])
def test_a_market_order_waits_where_nobody_is_better_than_our_own(ask: int) -> None:
    made = duo(ask=ask)
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    assert act(made, "b", lambda b: b.buy(BTC, "1")).state is OrderState.QUEUED


def test_while_a_market_order_is_out_nothing_comes_near_it() -> None:
    """Requests may overtake each other on their way."""
    made = duo()
    buy = made.act("b", lambda b: b.buy(BTC, "1"))
    sell = made.act("a", lambda a: a.sell(BTC, "1", price="500", post_only=True))
    assert sell.state is OrderState.QUEUED
    made.wait(2 * LATENCY)
    made.fill(buy, price=10_100)
    assert sell.state is OrderState.SENT


def test_a_market_order_that_waited_leaves_when_our_own_moved_away() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1"))
    act(made, "a", lambda a: a.amend(sell, price="102"))
    made.wait(LATENCY)
    assert (buy.is_open, buy.price_points) == (True, 10_199)


# Amends.


def test_a_change_that_would_cross_waits() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100"))
    act(made, "b", lambda b: b.amend(buy, price="100.60"))
    assert (made.port.requests()[-1][0], buy.price_points) == ("place", 10_000)
    act(made, "a", lambda a: a.cancel(sell))
    made.wait(2 * LATENCY)
    assert buy.price_points == 10_060


def test_a_change_that_waited_too_long_is_refused_and_the_order_stands() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100"))
    act(made, "b", lambda b: b.amend(buy, price="100.60"))
    made.wait(5 * SECOND + 2 * REFUSAL_DELAY_NS)
    assert made.seats["b"].strategy.told()[-1] == (ReportKind.AMEND_REJECTED, "self_cross")
    assert (buy.is_open, buy.price_points) == (True, 10_000)


def test_a_newer_change_takes_the_place_of_one_that_waits() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100"))
    act(made, "b", lambda b: b.amend(buy, price="100.60"))
    act(made, "b", lambda b: b.amend(buy, price="100.40"))
    assert buy.price_points == 10_040
    made.wait(6 * SECOND)
    assert buy.price_points == 10_040


def test_until_it_is_answered_a_change_counts_at_the_price_that_reaches_further() -> None:
    made = duo()
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    made.act("a", lambda a: a.amend(sell, price="100.80"))
    buy = made.act("b", lambda b: b.buy(BTC, "1", price="100.60"))
    assert buy.state is OrderState.QUEUED
    made.wait(3 * LATENCY)
    assert buy.is_open


def test_a_change_that_we_refuse_by_ourselves_leaves_the_one_in_flight_as_it_is() -> None:
    made = duo()
    buy = act(made, "a", lambda a: a.buy(BTC, "1", price="99"))
    made.port.is_silent = True
    made.act("a", lambda a: a.amend(buy, price="100.50"))
    made.act("a", lambda a: a.amend(buy, size="0.001"))
    made.wait(2 * REFUSAL_DELAY_NS)
    assert made.seats["a"].strategy.told()[-1] == (ReportKind.AMEND_REJECTED, "min_notional")
    assert buy.pending is Pending.AMEND
    assert act(made, "b", lambda b: b.sell(BTC, "1", price="100.50")).state is OrderState.QUEUED


def test_an_unsent_order_that_is_changed_looks_again() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.60"))
    act(made, "b", lambda b: b.amend(buy, price="100.40"))
    assert (buy.is_open, buy.price_points) == (True, 10_040)
    both = made.act("b", lambda b: [other := b.buy(BTC, "1", price="100"), b.amend(other, price="100.70")][0])
    assert both.state is OrderState.QUEUED
    made.wait(2 * LATENCY)
    assert both.state is OrderState.QUEUED


def test_a_change_of_an_order_that_the_gate_refuses_does_not_send_it_again() -> None:
    made = duo()
    made.core.gate.close("by hand")
    buy = made.act("b", lambda b: b.buy(BTC, "1", price="100"))
    made.act("b", lambda b: b.amend(buy, price="100.10"))
    made.wait(2 * LATENCY)
    assert (buy.state, made.port.sent) == (OrderState.REFUSED, [])


# Refuse.


def test_refuse_tells_which_order_it_would_have_met() -> None:
    made = duo(SelfCross.REFUSE)
    sell = act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1", price="100.50"))
    assert (buy.state, buy.reason) == (OrderState.REFUSED, "self_cross")
    assert buy.detail == f"would trade with our own {sell.client_order_id}"
    other = act(made, "b", lambda b: b.buy(BTC, "1", price="100"))
    act(made, "b", lambda b: b.amend(other, price="100.50"))
    assert made.seats["b"].strategy.told()[-1] == (ReportKind.AMEND_REJECTED, "self_cross")


def test_a_market_order_that_waits_leaves_when_somebody_else_is_better_than_our_own() -> None:
    made = duo(ask=10_100)
    act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1"))
    assert buy.state is OrderState.QUEUED
    made.play(quote(BTC, made.core.clock.now_ns + 1, 10_000, 10_050))
    made.wait(LOOK_EVERY_NS + LATENCY)
    assert (buy.price_points, buy.tif) == (10_099, TimeInForce.IOC)
    assert buy.is_open


def test_a_market_order_that_waits_is_held_against_each_quote_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, looked_ns = duo(ask=10_100), list[int]()
    act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1"))
    crossing = made.core.router.orders.yielding._crossing
    bounds = crossing.bounds
    monkeypatch.setattr(crossing, "bounds", lambda *args: looked_ns.append(made.core.clock.now_ns) or bounds(*args))
    made.wait(SECOND)
    assert len(looked_ns) == 1
    made.play(quote(BTC, made.core.clock.now_ns + 1, 10_000, 10_101))
    made.wait(SECOND)
    assert len(looked_ns) == 2
    assert buy.state is OrderState.QUEUED


def test_a_market_order_that_nothing_sets_free_still_ends_with_its_age() -> None:
    made = duo()
    act(made, "a", lambda a: a.sell(BTC, "1", price="101"))
    buy = act(made, "b", lambda b: b.buy(BTC, "1"))
    made.wait(5 * SECOND)
    assert (buy.state, buy.reason) == (OrderState.REFUSED, "self_cross")


def test_only_so_many_orders_of_a_strategy_wait_for_others_of_ours() -> None:
    made = duo()
    made.core.router.sender.queue_orders_max = 3
    act(made, "a", lambda a: a.sell(BTC, "1", price="100.50"))
    buys = [act(made, "b", lambda b: b.buy(BTC, "1", price="100.50")) for _ in range(5)]
    assert [buy.reason for buy in buys] == ["", "", "", "queue_full", "queue_full"]
    assert act(made, "a", lambda a: a.buy(BTC, "1", price="90")).is_open
