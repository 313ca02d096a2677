"""Bad input, over the whole core: refused with a reason, in bounded memory, and the other strategies go on."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from framework.engine.bound import INTENTS_MAX
from framework.model.events import Quote, ReportKind
from framework.model.intents import Amend, Cancel, Place
from framework.model.orders import Order, OrderState
from tests.wired import LATENCY, NOON, SECOND, Bench, Scripted, order_of, quote, spot

BTC, ETH = spot(lot_points=10, size_max_points=10**9), spot("ETH/USDT")
BAD_NUMBERS = [
    float("nan"),
    float("inf"),
    float("-inf"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    -1,
    "-0.5",
    0,
    0.0,
    1e30,
    "1e30",
    10**30,
    "0.123456789012345678901234567891",
    "1" * 31,
    1e-30,
    "",
    "one",
    "1,5",
    None.__class__,
    [],
    True,
]
Verb = Callable[[Any], Any]


def desk() -> Bench:
    """Strategies `bad` and `good`: whatever the one does, the other buys on the next quote."""
    made = Bench(
        {"bad": Scripted(), "good": Scripted(quote=lambda strategy, _: strategy.buy(ETH, "1", price="100"))},
        instruments=(BTC, ETH),
        capital={"bad": "1000 USDT,2 BTC", "good": "1000000 USDT"},
    )
    made.play(quote(BTC, NOON + 1), quote(ETH, NOON + 1))
    return made


def others_go_on(made: Bench) -> None:
    """The good strategy's order of the next quote is accepted, as soon as the venue's limit of a second allows."""
    made.subscribe(Quote, BTC)
    strategy = made.seats["good"].strategy
    assert isinstance(strategy, Scripted)
    before = strategy.told().count((ReportKind.ACCEPTED, ""))
    made.play(quote(BTC, made.now_ns + 1))
    made.wait(SECOND + 3 * LATENCY)
    assert strategy.told().count((ReportKind.ACCEPTED, "")) == before + 1
    assert not made.seats["good"].is_quarantined


def told(made: Bench) -> list[tuple[ReportKind, str]]:
    strategy = made.seats["bad"].strategy
    assert isinstance(strategy, Scripted)
    return strategy.told()


@pytest.mark.fault("P19")
@pytest.mark.parametrize("number", BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize(
    "verb",
    [
        lambda strategy, number: strategy.buy(BTC, number, price="100"),
        lambda strategy, number: strategy.sell(BTC, "1", price=number),
        lambda strategy, number: strategy.buy(BTC, notional=number, price="100"),
        lambda strategy, number: strategy.ladder(BTC, bids=[(number, "1")]),
        lambda strategy, number: strategy.ladder(BTC, asks=[("100", number)]),
    ],
    ids=["size", "price", "notional", "rung price", "rung size"],
)
def test_a_bad_number_is_refused_with_a_reason(verb: Callable[[Any, Any], Any], number: Any) -> None:
    made = desk()
    made.act("bad", lambda strategy: verb(strategy, number))
    made.wait(3 * LATENCY)
    (report,) = made.seats["bad"].strategy.got("order")
    assert report.kind is ReportKind.REFUSED
    assert report.reason in ("bad_number", "min_size", "min_notional")
    assert report.detail
    assert made.port.sent == []
    assert not made.seats["bad"].is_quarantined
    others_go_on(made)


@pytest.mark.parametrize("number", BAD_NUMBERS, ids=repr)
def test_a_bad_change_leaves_the_order_as_it_was(number: Any) -> None:
    made = desk()
    order = made.act("bad", lambda strategy: strategy.buy(BTC, "1", price="100"))
    made.wait(3 * LATENCY)
    for change in ({"price": number}, {"size": number}):
        made.act("bad", lambda strategy, change=change: strategy.amend(order, **change))
        made.wait(3 * LATENCY)
        assert told(made)[-1][0] is ReportKind.AMEND_REJECTED
        assert (order.state, order.price_points, order.size_points) == (OrderState.OPEN, 10_000, 10_000)
    others_go_on(made)


@pytest.mark.parametrize("name", ["BTC/USDC@bitget", "BTC/USDT@binance", "btc", "", "BTC/USDT"])
def test_a_wrong_instrument_or_venue_ends_its_strategy_alone_and_says_why(name: str) -> None:
    made = desk()
    made.act("bad", lambda strategy: strategy.buy(name, "1"))
    assert made.seats["bad"].is_quarantined
    (record,) = [record for record in made.records if type(record).__name__ == "StrategyQuarantined"]
    assert f"no instrument {name!r} in this run" in record.reason
    assert made.port.sent == []
    others_go_on(made)


@pytest.mark.fault("E34")
@pytest.mark.parametrize(
    "verb",
    [
        lambda strategy: strategy.sell(BTC, "3", price="100"),
        lambda strategy: strategy.sell(BTC, "3"),
        lambda strategy: [strategy.sell(BTC, "2", price="100"), strategy.sell(BTC, "0.001", price="10000")],
        lambda strategy: strategy.sell(ETH, "1"),
    ],
)
def test_more_than_is_held_is_not_sold(verb: Verb) -> None:
    made = desk()
    made.act("bad", verb)
    made.wait(3 * LATENCY)
    assert (ReportKind.REFUSED, "funds") in told(made)
    assert sum(order.left_points for order in made.core.engine.desk.open_of("bad")) <= 2 * 10_000
    others_go_on(made)


def flood(strategy: Any) -> list[Order]:
    return [strategy.buy(BTC, "0.011", price="100") for _ in range(100_000)]


@pytest.mark.fault("P18")
def test_a_hundred_thousand_intents_of_one_handler_are_cut_off_with_a_reason() -> None:
    made = desk()
    orders = made.act("bad", flood)
    made.wait(100 * LATENCY)
    assert {order.reason for order in orders[INTENTS_MAX:]} == {"too_many_intents"}
    assert {order.state for order in orders[INTENTS_MAX:]} == {OrderState.REFUSED}
    assert told(made).count((ReportKind.REFUSED, "too_many_intents")) == 1
    assert len(made.seats["bad"].strategy.got("order")) <= 3 * INTENTS_MAX
    assert made.core.router.sender.waiting <= INTENTS_MAX
    assert made.seats["bad"].outbox == []
    others_go_on(made)


@pytest.mark.fault("P14", "P18", "A12")
def test_a_flood_of_every_kind_of_intent_takes_bounded_memory() -> None:
    made = desk()
    order = made.act("bad", lambda strategy: strategy.buy(BTC, "1", price="100"))
    made.wait(3 * LATENCY)
    rungs = [(str(price), "0.011") for price in range(1, 400)]

    def everything(strategy: Any) -> None:
        for count in range(20_000):
            strategy.cancel(order)
            strategy.amend(order, size=1 + count % 3)
            strategy.target(BTC, "1")
            strategy.buy(BTC, "0.011", price="100")
        for _ in range(20):
            strategy.ladder(BTC, bids=rungs)

    tracemalloc.start()
    made.act("bad", everything)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 30_000_000
    made.wait(100 * LATENCY)
    assert order.state is OrderState.CANCELLED
    others_go_on(made)


def test_a_ladder_without_an_end_is_refused() -> None:
    made = desk()
    made.act("bad", lambda strategy: strategy.ladder(BTC, bids=((100, 1) for _ in itertools.count())))
    made.wait(3 * LATENCY)
    assert told(made) == [(ReportKind.REFUSED, "bad_number")]
    assert "at most 500 rungs" in made.seats["bad"].strategy.got("order")[0].detail
    others_go_on(made)


@pytest.mark.fault("A11")
def test_intents_for_orders_of_others_are_not_taken() -> None:
    made = desk()
    foreign = made.act("good", lambda strategy: strategy.buy(BTC, "1", price="100"))
    made.wait(3 * LATENCY)
    for intent in (Cancel(foreign), Amend(foreign, 9_000, 10_000), Place(order_of(BTC, "z", strategy="good"))):
        made.act("bad", lambda strategy, intent=intent: strategy._context.emit(intent))
        made.wait(3 * LATENCY)
    assert foreign.is_open
    assert foreign.price_points == 10_000
    others_go_on(made)


@pytest.mark.parametrize("second", ["the same order again", "another order of that id"])
def test_two_intents_of_one_id_are_one_order(second: str) -> None:
    made = desk()
    first = order_of(BTC, "z", strategy="bad", price_points=9_000)
    other = first if second == "the same order again" else order_of(BTC, "z", strategy="bad", price_points=8_000)
    for order in (first, other):
        made.act("bad", lambda strategy, order=order: strategy._context.emit(Place(order)))
    made.wait(3 * LATENCY)
    assert [order for sent in made.port.sent for order in sent.batch.orders] == [first]
    assert first.is_open
    if other is not first:
        assert (ReportKind.REFUSED, "duplicate_id") in told(made)
    others_go_on(made)
