"""What a strategy works with: its own things only, and verbs that go nowhere while it is muted."""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from framework.model.errors import PluginError
from framework.model.events import FeedState, FeedStatus
from framework.model.instrument import Instrument
from framework.model.orders import OrderState
from framework.strategy.base import Strategy
from tests.wired import LATENCY, MINUTE, NOON, Bench, Scripted, quote, spot, trade

BTC, ETH = spot(), spot("ETH/USDT")


def bench() -> Bench:
    made = Bench(
        {"a": Scripted(), "b": Scripted()},
        instruments=(BTC, ETH),
        capital={"a": "1000 USDT,2 BTC", "b": "500 USDT"},
    )
    made.play(quote(BTC, NOON + 1))
    return made


def test_an_instrument_is_found_by_id_or_given_back() -> None:
    context = bench().seats["a"].strategy._context
    assert context.instrument("BTC/USDT@bitget") is BTC
    assert context.instrument(ETH) is ETH


@pytest.mark.parametrize("copied", [copy.copy, lambda there: dataclasses.replace(there, price_digits=3)])
def test_a_copy_of_an_instrument_means_the_runs_own(copied: Callable[[Instrument], Instrument]) -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(copied(BTC), "1", price="99"))
    made.wait(2 * LATENCY)
    assert order.instrument is BTC
    assert order.is_open
    assert made.act("a", lambda a: [a.position(copied(BTC)), len(a.orders(copied(BTC)))]) == [2.0, 1]


def test_an_instrument_that_the_run_has_not_puts_aside_who_hands_it_in() -> None:
    made = bench()
    made.act("a", lambda a: a.quote(spot("XRP/USDT")))
    made.act("b", lambda b: b.quote(BTC))
    assert [made.seats[name].is_quarantined for name in "ab"] == [True, False]


def test_an_unknown_instrument_is_named_with_its_nearest_spelling() -> None:
    with pytest.raises(
        PluginError, match=r"strategy a: no instrument 'BTC/USD@bitget' .* did you mean 'BTC/USDT@bitget'"
    ):
        bench().seats["a"].strategy.rules("BTC/USD@bitget")


def test_it_reads_its_own_ledger_and_no_others() -> None:
    made = bench()
    strategy = made.seats["a"].strategy
    assert (strategy.position(BTC), strategy.free("USDT"), strategy.equity("USDT")) == (2.0, 1000.0, 1201.0)
    assert strategy.inventory(BTC) == 201.0
    other = made.seats["b"].strategy
    assert (other.position(BTC), other.free("USDT"), other.equity("USDT")) == (0.0, 500.0, 500.0)


def test_it_sees_its_own_orders_by_instrument_and_tag() -> None:
    made = bench()
    one = made.act("a", lambda s: s.buy(BTC, "1", price="99", tag="x"))
    two = made.act("a", lambda s: s.buy(ETH, "1", price="99"))
    made.act("b", lambda s: s.buy(BTC, "1", price="99"))
    strategy = made.seats["a"].strategy
    assert strategy.orders() == [one, two]
    assert strategy.orders(BTC) == strategy.orders(tag="x") == [one]
    assert strategy.orders(ETH, tag="x") == []
    assert strategy.free("USDT") == 1000 - 198


def test_cancel_all_takes_back_its_own_only() -> None:
    made = bench()
    mine = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    other = made.act("b", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(LATENCY)
    made.act("a", lambda s: s.cancel_all())
    made.wait(2 * LATENCY)
    assert (mine.state, other.state) == (OrderState.CANCELLED, OrderState.OPEN)


def test_quotes_and_books_are_read_through_it() -> None:
    made = bench()
    strategy = made.seats["a"].strategy
    found = strategy.quote(BTC)
    assert found is not None
    assert found.bid == 100.0
    assert strategy.quote(ETH) is None
    assert strategy.book(BTC) is None
    assert strategy.inventory(ETH) == 0.0


def test_verbs_of_a_muted_seat_are_counted_and_warned_of_and_go_nowhere() -> None:
    orders = []

    def start(strategy: Strategy) -> None:
        orders.append(strategy.buy(BTC, "1", price="99"))
        strategy.target(BTC, "1")
        strategy.cancel(orders[0])

    with capture_logs() as lines:
        made = Bench({"a": Scripted(start=start)}, instruments=(BTC,))
    made.wait(LATENCY)
    assert (orders[0].state, orders[0].reason) == (OrderState.REFUSED, "muted")
    assert made.seats["a"].muted_verbs == 2
    assert not made.port.sent
    assert [(line["event"], line["strategy"], line["verb"]) for line in lines] == [
        ("strategy.muted_verb", "a", "place")
    ]


def test_randomness_is_seeded_by_run_and_name() -> None:
    draws = [[seat.strategy.random.random() for _ in range(3)] for seat in bench().seats.values()]
    assert draws == [[seat.strategy.random.random() for _ in range(3)] for seat in bench().seats.values()]
    assert draws[0] != draws[1]


def test_the_time_is_the_clocks() -> None:
    made = bench()
    made.wait(MINUTE)
    strategy = made.seats["a"].strategy
    assert strategy.now_ns == NOON + 1 + MINUTE
    assert strategy.now.isoformat() == "2024-08-08T12:01:00+00:00"


def test_an_unknown_kind_of_event_is_our_own_mistake() -> None:
    made = Bench({"a": Scripted(start=lambda s: s._context.subscribe("rumour", BTC))}, instruments=(BTC,))
    assert made.seats["a"].is_quarantined


def test_what_is_asked_for_twice_is_called_once() -> None:
    def start(strategy: Strategy) -> None:
        for _ in range(2):
            strategy.quotes(BTC)
            strategy.trades(BTC)
            strategy.bars(BTC, "1m")

    strategy = Scripted(start=start)
    made = Bench({"a": strategy}, instruments=(BTC,))
    made.play(quote(BTC, NOON + 1), trade(BTC, NOON + 2), trade(BTC, NOON + MINUTE))
    made.play(FeedStatus(BTC, NOON + MINUTE + 1, FeedState.STALE, "late"))
    assert strategy.names() == ["start", "ready", "quote", "trade", "bar", "trade", "feed"]


@pytest.mark.parametrize("verb", [lambda s: s.quotes(BTC), lambda s: s.bars(BTC, "1m")])
def test_a_subscription_after_on_start_is_refused_and_says_where_it_belongs(verb: Callable[[Strategy], None]) -> None:
    strategy = Scripted(ready=lambda s, resumed: verb(s))
    made = Bench({"a": strategy}, instruments=(BTC,))
    (reason,) = strategy.got("halt")
    assert "of BTC/USDT@bitget later" in reason
    assert "move it into on_start" in reason
    assert made.seats["a"].is_quarantined


def test_a_verb_in_another_thread_is_refused_and_changes_nothing() -> None:
    made = bench()
    bot, said = made.seats["a"].strategy, []

    def meddle() -> None:
        verbs: list[Callable[[], object]] = [
            lambda: bot.buy(BTC, "1"),
            lambda: bot.target(BTC, "1"),
            lambda: bot.ladder(BTC, bids=[("99", "1")]),
            lambda: bot.plot("x", 1.0),
            lambda: bot.offload(print, then=print),
            lambda: bot.quotes(BTC),
            lambda: bot.halt("x"),
        ]
        for verb in verbs:
            with pytest.raises(PluginError) as raised:
                verb()
            said.append(str(raised.value))

    made.records.clear()
    thread = threading.Thread(target=meddle, name="feeder")
    thread.start()
    thread.join()
    assert len(said) == 7
    refusal = (
        "strategy a: a verb was called in the thread 'feeder' and refused: verbs are for handlers; hand slow work over "
        "with self.offload(fn, ..., then=self.on_result)"
    )
    assert set(said) == {refusal}
    made.wait(2 * LATENCY)
    assert made.records == []
    assert made.act("a", lambda a: a.buy(BTC, "1", price="99")).client_order_id.endswith("1"), "no id was used up"
