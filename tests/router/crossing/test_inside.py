"""Two orders of ours that have not left are matched inside: at the middle, without a venue, a fee or a request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.kernel.records import ReportTaken
from framework.model.events import FeedState, FeedStatus, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState, TimeInForce
from framework.model.self_cross import SelfCross
from framework.router.answers import REFUSAL_DELAY_NS
from framework.router.crossing.inside import Match, match_of
from tests.router.crossing.test_yielding import duo, held, sent
from tests.router.scene import BTC
from tests.wired import LATENCY, NOON, Bench, FakeDesk, quote

MID = 10_050


def crossing(**more: Any) -> Bench:
    return duo(SelfCross.CROSS, **more)


def in_one_turn(made: Bench, *wanted: tuple[str, str, str, dict[str, Any]]) -> list[Order]:
    """Orders (strategy, verb, size, terms) of several strategies in the same turn."""
    orders: list[Order] = []
    for name, verb, size, terms in wanted:
        seat = made.seats[name]
        side = getattr(seat.strategy, verb)
        made.core.engine.host.call(
            seat, lambda side=side, size=size, terms=terms: orders.append(side(BTC, size, **terms))
        )
    for _ in made.core.loop.drain(made.now_ns):
        pass
    return orders


def at(price: str, **more: Any) -> dict[str, Any]:
    return {"price": price, **more}


def owned(made: Bench, name: str) -> tuple[Decimal, Decimal]:
    cash = made.core.engine.portfolio.ledger(name).cash
    return cash["BTC"], cash["USDT"]


def test_a_buy_and_a_sell_of_one_turn_are_matched_at_the_middle_and_nothing_leaves() -> None:
    made = crossing()
    before = made.core.engine.portfolio.totals()
    buy, sell = in_one_turn(made, ("a", "buy", "1", {}), ("b", "sell", "1", {}))
    assert (buy.state, sell.state) == (OrderState.QUEUED, OrderState.QUEUED)
    made.wait(REFUSAL_DELAY_NS)
    assert (buy.state, sell.state) == (OrderState.FILLED, OrderState.FILLED)
    assert buy.avg_price == sell.avg_price == 100.5
    assert owned(made, "a") == (Decimal(101), Decimal(1_000_000) - Decimal("100.50"))
    assert owned(made, "b") == (Decimal(99), Decimal(1_000_000) + Decimal("100.50"))
    assert made.core.engine.portfolio.totals() == before
    made.wait(10 * LATENCY)
    assert made.port.sent == []
    assert not buy.is_acknowledged, "no venue ever had it"


def test_each_side_hears_of_it_as_of_any_fill_and_the_journal_says_against_whom() -> None:
    made = crossing()
    buy, sell = in_one_turn(made, ("a", "buy", "1", {}), ("b", "sell", "1", {}))
    made.wait(REFUSAL_DELAY_NS)
    fills = [record.report for record in made.records if isinstance(record, ReportTaken) and record.report.fill]
    assert [(fill.client_order_id, fill.source, fill.kind) for fill in fills] == [
        (buy.client_order_id, Source.ROUTER, ReportKind.FILLED),
        (sell.client_order_id, Source.ROUTER, ReportKind.FILLED),
    ]
    assert fills[0].detail == f"inside, with our own {sell.client_order_id}"
    assert [made.seats[name].strategy.names()[-2:] for name in "ab"] == [["fill", "order"]] * 2


def test_what_is_left_of_the_larger_goes_to_the_venue() -> None:
    made = crossing()
    buy, sell = in_one_turn(made, ("a", "buy", "3", at("101")), ("b", "sell", "1", {}))
    made.wait(REFUSAL_DELAY_NS)
    assert (buy.left_points, sell.state, sent(made)) == (20_000, OrderState.FILLED, [buy.client_order_id])
    made.wait(2 * LATENCY)
    assert buy.is_open
    made.fill(buy, 20_000, 10_100)
    assert buy.state is OrderState.FILLED
    assert buy.notional == Decimal("100.50") + 2 * Decimal(101)


def test_what_no_order_could_carry_ends_there_as_dust() -> None:
    made = crossing()
    buy, _ = in_one_turn(made, ("a", "buy", "1.009", {}), ("b", "sell", "1", {}))
    made.act("a", lambda a: a.amend(buy, size="2"))
    made.wait(REFUSAL_DELAY_NS)
    made.act("a", lambda a: a.amend(buy, size="2"))
    made.wait(REFUSAL_DELAY_NS)
    assert (buy.state, buy.reason, buy.detail) == (
        OrderState.CANCELLED,
        "dust",
        "0.009 BTC are left, less than any order",
    )
    assert (buy.filled_points, made.port.sent) == (10_000, [])


def test_one_after_the_other_is_matched_until_nothing_is_left() -> None:
    made = crossing()
    orders = in_one_turn(
        made, ("a", "buy", "1", {}), ("a", "buy", "2", {}), ("b", "sell", "2", {}), ("b", "sell", "1", {})
    )
    made.wait(3 * REFUSAL_DELAY_NS)
    assert {order.state for order in orders} == {OrderState.FILLED}
    assert made.port.sent == []


def test_an_order_knows_what_of_it_no_venue_was_asked_for() -> None:
    made = crossing()
    buy, sell = in_one_turn(made, ("a", "buy", "2", at("101")), ("b", "sell", "1", {}))
    made.wait(REFUSAL_DELAY_NS)
    assert (buy.filled_points, buy.inside_points) == (10_000, 10_000)
    made.wait(3 * LATENCY)
    made.fill(buy, 4_000)
    assert (buy.filled_points, buy.inside_points, sell.inside_points) == (14_000, 10_000, 10_000)


def test_limits_that_do_not_allow_the_middle_wait_as_ever() -> None:
    made = crossing()
    buy, sell = in_one_turn(made, ("a", "buy", "1", at("100.40")), ("b", "sell", "1", at("100.30")))
    made.wait(2 * LATENCY)
    assert (buy.is_open, sell.state, held(made)) == (
        True,
        OrderState.QUEUED,
        [(sell.client_order_id, buy.client_order_id)],
    )


def test_what_has_left_is_never_matched() -> None:
    made = crossing()
    (buy,) = in_one_turn(made, ("a", "buy", "1", at("101")))
    made.wait(LATENCY)
    (sell,) = in_one_turn(made, ("b", "sell", "1", {}))
    made.wait(2 * LATENCY)
    assert (buy.filled_points, sell.filled_points) == (0, 0)
    assert held(made) == [(sell.client_order_id, buy.client_order_id)]


@pytest.mark.parametrize("self_cross", [SelfCross.HOLD, SelfCross.REFUSE])
def test_nothing_is_matched_unless_asked_for(self_cross: SelfCross) -> None:
    made = duo(self_cross)
    in_one_turn(made, ("a", "buy", "1", {}), ("b", "sell", "1", {}))
    made.wait(REFUSAL_DELAY_NS)
    assert owned(made, "a") == (Decimal(100), Decimal(1_000_000))


def test_a_rest_that_is_taken_back_meanwhile_ends_there() -> None:
    made = crossing()
    buy, sell = in_one_turn(made, ("a", "buy", "3", {}), ("b", "sell", "1", {}))
    made.act("a", lambda a: a.cancel(buy))
    made.act("b", lambda b: b.cancel(sell))
    made.wait(2 * REFUSAL_DELAY_NS)
    assert (buy.state, buy.filled_points) == (OrderState.CANCELLED, 10_000)
    assert sell.state is OrderState.FILLED, "too late"
    assert made.port.sent == []
    assert made.core.engine.blotter.illegal_steps == 0
    assert made.core.engine.desk.free("a", "USDT") == owned(made, "a")[1]


def test_an_order_is_not_changed_while_it_is_matched() -> None:
    made = crossing()
    buy, _ = in_one_turn(made, ("a", "buy", "3", at("101")), ("b", "sell", "1", {}))
    made.act("a", lambda a: a.amend(buy, size="0.5"))
    made.wait(REFUSAL_DELAY_NS)
    assert (ReportKind.AMEND_REJECTED, "self_cross") in made.seats["a"].strategy.told()
    assert buy.size_points == 30_000


def test_the_rest_is_not_changed_to_less_than_was_matched() -> None:
    made = crossing()
    buy, _ = in_one_turn(made, ("a", "buy", "3", at("101")), ("b", "sell", "1", {}))
    made.port.is_silent = True
    made.wait(REFUSAL_DELAY_NS)
    made.act("a", lambda a: a.amend(buy, size="1"))
    made.wait(REFUSAL_DELAY_NS)
    assert made.seats["a"].strategy.told()[-1] == (ReportKind.AMEND_REJECTED, "size_below_filled")


def test_a_feed_that_is_not_live_has_no_middle() -> None:
    made = crossing()
    made.play(FeedStatus(BTC, made.now_ns + 1, FeedState.STALE))
    buy, sell = in_one_turn(made, ("a", "buy", "1", {}), ("b", "sell", "1", {}))
    made.wait(REFUSAL_DELAY_NS)
    assert (buy.filled_points, sell.filled_points) == (0, 0)


# --- the terms -------------------------------------------------------------------------------------------------------


def order(is_buy: bool, size_points: int = 10_000, there: Instrument = BTC, **more: Any) -> Order:
    return Order(client_order_id="x", strategy="a", instrument=there, is_buy=is_buy, size_points=size_points, **more)


def matched(one: Order, other: Order, bid: int = 10_000, ask: int = 10_100) -> Match | None:
    match = match_of(one, other, FakeDesk(quote(one.instrument, NOON, bid, ask)))
    assert match == match_of(other, one, FakeDesk(quote(one.instrument, NOON, bid, ask))) or other.state != one.state
    return match


def test_the_smaller_is_matched_whole() -> None:
    assert matched(order(True, 30_000), order(False)) == Match(MID, 10_000)


def test_the_middle_is_rounded_down() -> None:
    assert matched(order(True), order(False), ask=10_101) == Match(MID, 10_000)


@pytest.mark.parametrize(
    ("buys", "sells", "is_allowed"),
    [(MID, MID, True), (0, MID, True), (MID, 0, True), (MID - 1, 0, False), (0, MID + 1, False)],
)
def test_the_middle_is_within_both_limits(buys: int, sells: int, is_allowed: bool) -> None:
    found = matched(order(True, price_points=buys), order(False, price_points=sells))
    assert (found is not None) is is_allowed


def test_what_takes_all_or_nothing_is_matched_whole_or_not() -> None:
    fok: dict[str, Any] = {"tif": TimeInForce.FOK}
    assert matched(order(True, 30_000, **fok), order(False)) is None
    assert matched(order(True, 30_000), order(False, **fok)) == Match(MID, 10_000)
    assert matched(order(True, **fok), order(False, **fok)) == Match(MID, 10_000)


def test_neither_two_buys_nor_what_is_on_its_way_nor_a_perpetual() -> None:
    perpetual = Instrument("BTC/USDT:USDT", "bitget", price_digits=2, size_digits=4)
    assert matched(order(True), order(True)) is None
    assert match_of(order(True), order(False, state=OrderState.SENT), FakeDesk(quote(BTC, NOON))) is None
    assert matched(order(True, there=perpetual), order(False, there=perpetual)) is None


def test_without_a_quote_or_with_a_crossed_one_there_is_no_middle() -> None:
    assert match_of(order(True), order(False), FakeDesk()) is None
    assert matched(order(True), order(False), bid=10_100, ask=10_100) is None
