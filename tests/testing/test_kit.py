"""The testing kit does what its page says."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import Any

import pytest

from framework.indicators import Sma
from framework.model.batch import BatchKind
from framework.model.errors import ConfigError, GridError, PluginError
from framework.model.events import FeedState, ReportKind
from framework.model.intents import Cancel, Place, Target
from framework.model.orders import OrderState
from framework.strategy.timers import cron, every
from framework.testing import Trial, trial
from tests.wired import MINUTE, MS, NOON, SECOND, Scripted

BTC, ETH = "BTC/USDT@bitget", "ETH/USDT@bitget"


class Watcher(Scripted):
    """Subscribes to everything of BTC, counts its starts in State, and is told by timers."""

    lot: str = "0.001"

    class State:
        starts: int = 0
        spent: Decimal = Decimal(0)
        notes: dict[str, int] = field(default_factory=dict)

    def __init__(self, lot: str = "0.001", **handlers: Any) -> None:
        super().__init__(**handlers)
        self.lot = lot

    def on_start(self) -> None:
        for verb in (self.quotes, self.trades, self.books):
            verb(BTC)
        self.bars(BTC, "1m")
        super().on_start()

    @every("15s")
    def tick(self) -> None:
        self.run("tick")

    @cron("0 0 * * *")
    def midnight(self) -> None:
        self.run("midnight")


def seen(t: Trial) -> Watcher:
    assert isinstance(t.strategy, Watcher)
    return t.strategy


# The market.


def test_on_start_and_on_ready_have_run() -> None:
    t = trial(Watcher())
    assert seen(t).names() == ["start", "ready"]
    assert seen(t).got("ready") == [False]


def test_quotes_trades_books_and_feed_states_reach_the_strategy() -> None:
    t = trial(Watcher())
    t.quote(BTC, 61800, "61801", bid_size="0.5", ask_size=2)
    t.trade(BTC, 61800.5, "0.25", is_buy=False)
    t.book(BTC, [(61800, 1), ("61799.50", "0.5")], [(61801, 2)])
    t.feed(BTC, "stale", "no byte for 3 s")
    assert seen(t).names()[2:] == ["quote", "trade", "book", "feed"]
    quote, trade, book, status = (what for _, what, _ in seen(t).seen[2:])
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (61800.0, 61801.0, 0.5, 2.0)
    assert (trade.price, trade.size, trade.is_buy) == (61800.5, 0.25, False)
    assert book.bids() == [(61800.0, 1.0), (61799.5, 0.5)]
    assert book.bid_points(1) == [(6_180_000, 1_000_000)]
    assert (status.state, status.detail) == (FeedState.STALE, "no byte for 3 s")


def test_each_event_is_a_turn_of_its_own() -> None:
    t = trial(Watcher(quote=lambda s, q: s.buy(BTC, s.lot, price="61000")))
    t.quote(BTC, 61800, 61801)
    t.quote(BTC, 61800, 61801)
    assert [len(cleared.batch.orders) for cleared in t.requests] == [1, 1]


def test_bars_follow_one_another_and_take_the_clock_to_their_end() -> None:
    t = trial(Watcher())
    t.bar(BTC, 61800)
    t.bar(BTC, 61900, open=61800, high=62000, low=61700, volume="3.5")
    first, second = seen(t).got("bar")
    assert (first.ts_open_ns, first.ts_recv_ns) == (NOON, NOON + MINUTE)
    assert (second.ts_open_ns, second.ts_recv_ns) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert (second.open, second.high, second.low, second.close, second.volume) == (
        61800.0,
        62000.0,
        61700.0,
        61900.0,
        3.5,
    )
    assert first.open == first.high == first.low == first.close == 61800.0
    quote = seen(t).quote(BTC)
    assert quote is not None
    assert (quote.bid, quote.ask) == (61900.0, 61900.01)
    assert seen(t).names().count("tick") == 8
    assert t.now_ns - (NOON + 2 * MINUTE) < SECOND


def test_smaller_bars_build_the_strategys_larger_ones() -> None:
    t = trial(Scripted(start=lambda s: s.bars(BTC, "5m")))
    for close in (1000, 1100, 900, 1000, 1050):
        t.bar(BTC, close)
    strategy: Any = t.strategy
    (bar,) = strategy.got("bar")
    assert (bar.open, bar.high, bar.low, bar.close) == (1000.0, 1100.0, 900.0, 1050.0)


def test_history_warms_the_strategy_up() -> None:
    means: list[float | None] = []

    def start(strategy: Any) -> None:
        strategy.bars(BTC, "1m")
        strategy.mean = Sma(3)

    handlers = {"start": start, "bar": lambda s, bar: means.append(s.mean.push(bar.close))}
    t = trial(Scripted(**handlers), history={BTC: [5.0, 1.0, 2.0, 6.0]})
    assert means == [None, None, 3.0]
    t.bar(BTC, 4)
    assert means[-1] == 4.0


def test_a_price_off_the_points_and_an_unknown_instrument_are_refused() -> None:
    t = trial(Watcher())
    with pytest.raises(GridError, match=r"61800\.001"):
        t.quote(BTC, "61800.001", 61801)
    with pytest.raises(PluginError, match="did you mean 'BTC/USDT@bitget'"):
        t.quote("BTC/USDT@bitgte", 61800, 61801)
    with pytest.raises(ConfigError, match="bitget-spot"):
        trial(Watcher(), rules="bitget-sport")


# The clock.


def test_timers_fire_while_time_passes() -> None:
    t = trial(Watcher(), start="2024-08-08 12:00")
    t.advance("1m")
    assert [ts_ns - NOON for name, _, ts_ns in seen(t).seen if name == "tick"] == [
        n * 15 * SECOND for n in (1, 2, 3, 4)
    ]


def test_midnight_fires_a_cron_and_what_it_asks_for_is_done_then() -> None:
    t = trial(Watcher(midnight=lambda s: s.target(BTC, notional="100 USDT")), start="2024-08-08 23:59")
    t.quote(BTC, 50000, 50001)
    t.at("2024-08-08 23:59:59")
    assert "midnight" not in seen(t).names()
    t.at("2024-08-09 00:00")
    assert [name for name in seen(t).names() if name not in {"tick", "quote"}] == [
        *["start", "ready", "midnight", "order", "fill", "order"]
    ]
    assert t.position(BTC) == 0.001997  # 100 USDT at the middle, on the lot, less the fee of 0.1 %
    t.at("2024-08-12 00:00")
    assert seen(t).names().count("midnight") == 4


def test_a_start_may_name_its_zone() -> None:
    assert trial(Watcher(), start="2024-08-08T14:00:00+02:00").now_ns - NOON < SECOND


def test_instants_are_exact_to_the_fraction_of_a_second() -> None:
    t = trial(Watcher(), start="2024-08-08 12:00:00.25")
    assert t.now_ns == NOON + SECOND // 4 + 4 * MS
    t.at("2024-08-08 12:00:01.500001")
    assert t.now_ns == NOON + 1_500_001_000


# The venue.


def test_a_limit_order_rests_until_it_is_filled() -> None:
    t = trial(Watcher(), balances={"USDT": "1000", "BTC": "0.02"})
    t.quote(BTC, 61800, 61801)
    t.strategy.buy(BTC, "0.001", price=61800)
    t.advance("1s")
    (order,) = t.orders.bids
    assert order.is_open
    t.fill(order, "0.0005")
    assert t.position(BTC) == 0.020499  # 0.0204995 on six decimals
    assert (order.filled, order.left) == (0.0005, 0.0005)
    t.fill(order)
    assert order.state is OrderState.FILLED
    assert t.orders == []
    assert [report.kind for _, report in t.reports] == [ReportKind.ACCEPTED, ReportKind.FILLED, ReportKind.FILLED]


def test_a_fill_at_a_price_and_a_sells_fee_in_quote() -> None:
    t = trial(Watcher(), balances={"BTC": "1"})
    t.strategy.sell(BTC, 1, price=60000)
    t.advance("1s")
    t.fill(t.orders.asks[0], price=60500)
    assert t.position(BTC) == 0.0
    assert t.strategy.free("USDT") == 60500 * 0.999


def test_a_market_order_fills_at_the_quote() -> None:
    t = trial(Watcher(quote=lambda s, q: s.buy(BTC, "0.01")))
    t.quote(BTC, 61800, 61801)
    (order, _), *_ = t.reports
    assert (order.avg_price, order.state) == (61801.0, OrderState.FILLED)
    (fill,) = seen(t).got("fill")
    assert (fill.is_maker, fill.fee, fill.fee_asset) == (False, 0.00001, "BTC")
    assert (fill.price, fill.size, fill.exact.fee) == (61801.0, 0.01, Decimal("0.00001"))


def test_orders_are_listed_best_first() -> None:
    t = trial(Watcher(), balances={"USDT": "1000", "BTC": "1"})
    t.strategy.ladder(BTC, bids=[(100, "0.1"), (102, "0.1"), (101, "0.1")], asks=[(105, "0.1"), (104, "0.1")])
    t.advance("1s")
    assert [order.price for order in t.orders.bids] == [102.0, 101.0, 100.0]
    assert [order.price for order in t.orders.asks] == [104.0, 105.0]
    assert [order.price for order in t.orders] == [100.0, 102.0, 101.0, 105.0, 104.0]


def test_cancels_and_amends_are_answered() -> None:
    t = trial(Watcher(), rules="bitget-unified")
    order = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    t.strategy.amend(order, price=101, size="0.2")
    t.advance("1s")
    assert (order.price, order.size) == (101.0, 0.2)
    t.strategy.cancel(order)
    t.advance("1s")
    assert order.state is OrderState.CANCELLED
    assert [cleared.batch.kind for cleared in t.requests] == [BatchKind.PLACE, BatchKind.AMEND, BatchKind.CANCEL]


def test_where_the_venue_makes_another_order_of_a_change_none_is_asked_for() -> None:
    t = trial(Watcher(), rules="bitget-spot")
    order = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    t.strategy.amend(order, price=101)
    t.advance("1s")
    assert (order.price, order.is_open, t.reports[-1][1].reason) == (100.0, True, "amend_unsupported")
    assert [cleared.batch.kind for cleared in t.requests] == [BatchKind.PLACE]


def test_without_auto_accept_the_test_accepts() -> None:
    t = trial(Watcher(), auto_accept=False)
    order = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    assert order.state is OrderState.SENT
    t.accept(order)
    assert order.is_open
    assert order.venue_order_id == f"v{order.client_order_id}"


def test_the_venue_may_end_an_order() -> None:
    t = trial(Watcher())
    order = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    t.cancelled(order, "maintenance")
    assert (order.state, order.reason) == (OrderState.CANCELLED, "maintenance")


def test_the_next_order_is_rejected_with_the_reason_and_the_one_after_is_not() -> None:
    t = trial(Watcher())
    t.refuse_next("min_notional")
    first = t.strategy.buy(BTC, "0.1", price=100)
    second = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    assert (first.state, first.reason) == (OrderState.REJECTED, "min_notional")
    assert second.is_open


def test_the_real_checks_hold() -> None:
    t = trial(Watcher(), balances={"USDT": "10"})
    order = t.strategy.buy(BTC, "0.001", price=61800)
    t.advance("1s")
    assert (order.state, order.reason) == (OrderState.REFUSED, "funds")
    assert order.detail == "free 10 USDT, order needs 61.8 USDT"


# What the strategy did.


def test_intents_are_kept_until_they_are_cleared() -> None:
    t = trial(Watcher(quote=lambda s, q: s.target(BTC, "0.01")))
    t.quote(BTC, 61800, 61801)
    assert [type(intent) for intent in t.intents] == [Target]
    t.clear()
    assert t.intents == []
    order = t.strategy.buy(BTC, "0.1", price=100)
    t.strategy.cancel(order)
    t.advance("1s")
    assert t.intents == [Place(order), Cancel(order)]


def test_plots_are_kept_by_name() -> None:
    t = trial(Watcher(quote=lambda s, q: s.plot("mid", q.mid)))
    t.quote(BTC, 61800, 61801)
    ((ts_ns, value),) = t.plots["mid"]
    assert (ts_ns, value) == (seen(t).seen[-1][2], 61800.5)


def test_nothing_given_means_a_hundred_thousand() -> None:
    assert trial(Watcher()).strategy.free("USDT") == 100_000.0


@pytest.mark.parametrize("method", ["quote", "trade", "advance"])
def test_a_handler_that_raises_fails_the_test_with_what_it_raised(method: str) -> None:
    fault = RuntimeError("no such level")

    def fail(*_: Any) -> None:
        raise fault

    t = trial(Watcher(quote=fail, trade=fail, tick=fail))
    calls = {
        "quote": lambda: t.quote(BTC, 1, 2),
        "trade": lambda: t.trade(BTC, 1, 1),
        "advance": lambda: t.advance("15s"),
    }
    with pytest.raises(PluginError, match="the strategy raised: RuntimeError: no such level") as found:
        calls[method]()
    assert found.value.__context__ is fault


def test_a_strategy_that_cannot_start_fails_the_trial() -> None:
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        trial(Scripted(start=lambda s: 1 / 0))


def test_the_seed_decides_the_random_numbers() -> None:
    draws = [trial(Watcher(), seed=seed).strategy.random.random() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_the_authors_object_shows_nothing_of_the_machinery() -> None:
    names = {name for name in [*dir(Trial), *vars(trial(Watcher()))] if not name.startswith("_")}
    assert names == {
        *("quote", "trade", "book", "bar", "feed", "now_ns", "advance", "at"),
        *("accept", "fill", "cancelled", "refuse_next"),
        *("strategy", "orders", "intents", "reports", "plots", "requests", "position", "clear", "restart"),
    }


# A restart.


def count(strategy: Any, resumed: bool) -> None:
    strategy.state.starts += 1
    strategy.state.spent += Decimal("0.1")
    strategy.state.notes[f"start {strategy.state.starts}"] = strategy.state.starts


def test_a_restart_keeps_state_parameters_orders_and_holdings() -> None:
    t = trial(Watcher(lot="0.002", ready=count), balances={"USDT": "1000", "BTC": "0.02"})
    t.quote(BTC, 61800, 61801)
    order = t.strategy.buy(BTC, "0.001", price=61800)
    t.advance("1s")
    t.fill(order, "0.0005")
    before, old = t.now_ns, seen(t)
    old.handlers["gone"] = count
    t.restart()
    fresh = seen(t)
    assert fresh is not old
    assert fresh.lot == "0.002"
    assert (fresh.state.starts, fresh.state.spent) == (1, Decimal("0.1"))
    assert fresh.state.notes == {"start 1": 1}
    assert fresh.got("ready") == [True]
    assert t.orders == [order]
    assert order.is_open
    assert t.position(BTC) == 0.020499  # 0.0204995 on six decimals
    assert t.now_ns >= before
    assert fresh.got("quote"), "the market goes on"
    t.fill(order)
    assert t.position(BTC) == 0.020999  # what the fees left is exact all the same
    assert t.orders == []


def test_orders_after_a_restart_have_names_of_their_own() -> None:
    t = trial(Watcher())
    first = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    t.restart()
    second = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    t.restart()
    third = t.strategy.buy(BTC, "0.1", price=100)
    t.advance("1s")
    assert len({order.client_order_id for order in (first, second, third)}) == 3
    assert t.orders == [first, second, third]


def test_a_restart_reserves_again_what_open_orders_hold() -> None:
    t = trial(Watcher(), balances={"USDT": "1000"})
    order = t.strategy.buy(BTC, "1", price=100)
    t.advance("1s")
    t.restart()
    assert t.strategy.free("USDT") == 900.0
    t.strategy.cancel(order)
    t.advance("1s")
    assert t.strategy.free("USDT") == 1000.0


def test_timers_go_on_after_a_restart_and_the_old_instance_is_still() -> None:
    t = trial(Watcher())
    old = seen(t)
    t.restart()
    t.advance("30s")
    assert seen(t).names().count("tick") == 2
    assert "tick" not in old.names()
