"""The engine's one door: who hears of what, in which order, and that nothing else changes state."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from framework.engine.engine import OFFLOAD_LATENCY_NS
from framework.engine.warmup import indicators_warmup
from framework.indicators import Atr, Ema, Sma
from framework.kernel.records import FeedNoted, ReportTaken, StrategyQuarantined
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Mark, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import OrderState
from framework.strategy.base import Strategy
from framework.strategy.timers import cron, every
from tests.wired import LATENCY, MINUTE, MS, NOON, SECOND, Bench, Scripted, bringing, quote, spot, trade

BTC, ETH = spot(), spot("ETH/USDT")
PERP = Instrument("BTC/USDT:USDT", "bitget", 2, 4)


def bench(start: Callable[[Any], Any] | None = None, history: Any = None, **more: Any) -> Bench:
    strategy = Scripted(**({"start": start} if start else {}), **more)
    made = {} if history is None else {"history": history}
    return Bench({"a": strategy}, instruments=(BTC, ETH, PERP), **made)


def strategy_of(made: Bench, name: str = "a") -> Scripted:
    strategy = made.seats[name].strategy
    assert isinstance(strategy, Scripted)
    return strategy


def bar(there: Instrument, end_ns: int, close: int = 10_000, timeframe: str = "1m", length_ns: int = MINUTE) -> Bar:
    return Bar(there, end_ns, end_ns - length_ns, timeframe, close, close, close, close, 1)


def snapshot(there: Instrument, ts_ns: int, seq: int = 1) -> Depth:
    return Depth(there, ts_ns, ((9_900, 5),), ((10_100, 5),), True, seq)


def delta(there: Instrument, ts_ns: int, seq: int, previous: int) -> Depth:
    return Depth(there, ts_ns, ((9_950, 7),), (), False, seq, previous)


def status(there: Instrument, ts_ns: int, state: FeedState) -> FeedStatus:
    return FeedStatus(there, ts_ns, state, "said so")


# Who hears of what.

EVENTS = {
    "quote": quote,
    "trade": trade,
    "book": snapshot,
    "mark": lambda there, ts_ns: Mark(there, ts_ns, 10_000),
    "funding": lambda there, ts_ns: Funding(there, ts_ns, Decimal("0.0001"), ts_ns + MINUTE),
}


@pytest.mark.parametrize("kind", list(EVENTS))
def test_an_event_reaches_exactly_its_subscribers(kind: str) -> None:
    wants = {
        "all": lambda s: [s._context.subscribe(name, there) for name in EVENTS for there in (BTC, PERP)],
        "one": lambda s: s._context.subscribe(kind, PERP),
        "else": lambda s: [s._context.subscribe(name, PERP) for name in EVENTS if name != kind],
        "none": lambda s: None,
    }
    made = Bench({name: Scripted(start=start) for name, start in wants.items()}, instruments=(BTC, PERP))
    for number, name in enumerate(EVENTS):
        for there in (PERP, BTC):
            made.play(EVENTS[name](there, NOON + number + 1))
    counts = {name: strategy_of(made, name).names().count(kind) for name in wants}
    assert counts == {"all": 2, "one": 1, "else": 0, "none": 0}
    (seen,) = strategy_of(made, "one").got(kind)
    assert seen.instrument is PERP


@pytest.mark.parametrize("verb", ["quotes", "trades", "books", "marks", "fundings"])
def test_each_subscribing_verb_asks_for_its_event(verb: str) -> None:
    made = bench(lambda s: getattr(s, verb)(PERP))
    for number, name in enumerate(EVENTS):
        made.play(EVENTS[name](PERP, NOON + number + 1))
    heard = [name for name in strategy_of(made).names() if name in EVENTS]
    assert heard == [verb.removesuffix("s")]


def test_a_feeds_state_reaches_whoever_subscribed_to_anything_there() -> None:
    starts = {"a": lambda s: s.bars(BTC, "1m"), "b": lambda s: s.quotes(ETH)}
    made = Bench({name: Scripted(start=start) for name, start in starts.items()}, instruments=(BTC, ETH))
    heard: list[FeedStatus] = []
    made.core.listeners.append(type("Ear", (), {"fed": lambda self, said: heard.append(said)})())
    made.play(status(BTC, NOON + 1, FeedState.STALE))
    assert strategy_of(made, "a").got("feed") == heard == [status(BTC, NOON + 1, FeedState.STALE)]
    assert strategy_of(made, "b").got("feed") == []
    assert made.core.engine.markets[BTC].feed_state is FeedState.STALE
    assert [record for record in made.records if isinstance(record, FeedNoted)] == [
        FeedNoted(BTC.id, "stale", "said so")
    ]


# Bars.


def test_bars_of_an_instant_come_before_its_trades_and_before_its_timers() -> None:
    class Timed(Scripted):
        @every("1m")
        def minute(self) -> None:
            self.run("minute")

    made = Bench({"a": Timed(start=lambda s: (s.bars(BTC, "1m"), s.trades(BTC)))}, instruments=(BTC,))
    made.play(trade(BTC, NOON + 1), trade(BTC, NOON + MINUTE), trade(BTC, NOON + MINUTE))
    at_the_minute = [name for name, _, ts_ns in strategy_of(made).seen if ts_ns == NOON + MINUTE]
    assert at_the_minute == ["bar", "trade", "trade", "minute"]
    (closed,) = strategy_of(made).got("bar")
    assert (closed.ts_open_ns, closed.ts_recv_ns, closed.trades) == (NOON, NOON + MINUTE, 1)


def test_the_clock_closes_a_bar_that_nothing_follows() -> None:
    made = bench(lambda s: s.bars(BTC, "1m"))
    made.play(trade(BTC, NOON + 1))
    made.wait(MINUTE - 2)
    assert strategy_of(made).got("bar") == []
    made.wait(1)
    assert len(strategy_of(made).got("bar")) == 1
    made.wait(5 * MINUTE)
    assert len(strategy_of(made).got("bar")) == 1, "a minute without a trade has no bar"


def test_bars_of_a_candle_tape_build_larger_ones_which_come_after_them() -> None:
    made = bench(lambda s: (s.bars(BTC, "2m"), s.bars(BTC, "1m")))
    made.play(*(bar(BTC, NOON + n * MINUTE, 10_000 + n) for n in (1, 2, 3, 4)))
    frames = [(what.timeframe, what.close_points) for what in strategy_of(made).got("bar")]
    assert sorted(frames) == [
        ("1m", 10_001),
        ("1m", 10_002),
        ("1m", 10_003),
        ("1m", 10_004),
        ("2m", 10_002),
        ("2m", 10_004),
    ]


def test_the_quote_that_a_bar_carries_comes_before_it() -> None:
    def start(strategy: Any) -> None:
        strategy.bars(BTC, "1m")
        strategy.quotes(BTC)

    apart, together = bench(start), bench(start)
    seen = quote(BTC, NOON + MINUTE)
    apart.play(seen, bar(BTC, NOON + MINUTE))
    together.play(bringing(bar(BTC, NOON + MINUTE), seen))
    for made in (apart, together):
        assert strategy_of(made).names() == ["start", "ready", "quote", "bar"]
        assert strategy_of(made).got("quote") == [seen]
        assert made.core.engine.quote(BTC) == seen
    assert together.core.loop.cursor == 1


def test_the_clock_closes_a_larger_bar_whose_last_piece_is_missing() -> None:
    made = bench(lambda s: s.bars(BTC, "5m"))
    made.play(bar(BTC, NOON + MINUTE), bar(BTC, NOON + 3 * MINUTE))
    made.wait(2 * MINUTE + 1)
    (closed,) = strategy_of(made).got("bar")
    assert closed.ts_recv_ns == NOON + 5 * MINUTE
    made.play(bar(BTC, NOON + 6 * MINUTE))
    assert len(strategy_of(made).got("bar")) == 1


def test_two_strategies_share_a_stream_of_bars() -> None:
    made = Bench({name: Scripted(start=lambda s: s.bars(BTC, "1m")) for name in "ab"}, instruments=(BTC,))
    assert len(made.core.engine.markets[BTC].streams) == 1
    made.play(trade(BTC, NOON + 1), trade(BTC, NOON + MINUTE))
    assert strategy_of(made, "a").got("bar") == strategy_of(made, "b").got("bar") != []


# Warm-up.


def past(asked: list[tuple[str, str, int]]) -> Callable[..., list[Bar]]:
    def history(there: Instrument, timeframe: str, count: int) -> list[Bar]:
        asked.append((there.id, timeframe, count))
        return [bar(there, NOON - (count - 1 - n) * MINUTE, 10_000 + n) for n in range(count)]

    return history


def test_history_goes_through_on_bar_with_muted_verbs_and_before_on_ready() -> None:
    asked: list[tuple[str, str, int]] = []
    made = bench(lambda s: s.bars(BTC, "1m", warmup=3), past(asked), bar=lambda s, b: s.buy(BTC, "1", price="99"))
    assert asked == [(BTC.id, "1m", 3)]
    assert strategy_of(made).names() == ["start", "bar", "bar", "bar", "ready"]
    assert made.seats["a"].muted_verbs == 3
    made.wait(LATENCY)
    assert not made.port.sent


def test_history_for_the_longest_indicator_is_asked_for_by_itself() -> None:
    def start(strategy: Scripted) -> None:
        strategy.bars(BTC, "1m")
        strategy.bars(ETH, "5m", warmup=0)
        strategy.mean = Sma(7)  # type: ignore[attr-defined]
        strategy.more = {"x": [Ema(5), (Atr(30),)]}  # type: ignore[attr-defined]

    asked: list[tuple[str, str, int]] = []
    made = bench(start, past(asked))
    assert asked == [(BTC.id, "1m", Atr(30).warmup)]
    assert indicators_warmup(strategy_of(made)) == Atr(30).warmup


def test_without_indicators_no_history_is_asked_for() -> None:
    asked: list[tuple[str, str, int]] = []
    bench(lambda s: s.bars(BTC, "1m"), past(asked))
    assert asked == []


def test_verbs_work_from_on_ready_on_in_the_order_of_config() -> None:
    order: list[str] = []
    ready = lambda s, resumed: (order.append(s.name), s.buy(BTC, "1", price="99"))  # noqa: E731
    start = lambda s: order.append(f"{s.name} starts")  # noqa: E731
    made = Bench({name: Scripted(start=start, ready=ready) for name in ("z", "a")}, instruments=(BTC,))
    assert order == ["z starts", "a starts", "z", "a"]
    assert made.port.requests() == [("place", "BTC/USDT", 2)]


def test_a_strategy_that_cannot_start_is_put_aside_and_the_others_start() -> None:
    made = Bench({"bad": Scripted(start=lambda s: 1 / 0), "good": Scripted()}, instruments=(BTC,))
    assert strategy_of(made, "bad").names() == ["start", "halt"]
    assert strategy_of(made, "good").names() == ["start", "ready"]


# Books.


def test_a_book_is_delivered_while_it_can_be_trusted() -> None:
    made = bench(lambda s: s.books(BTC), book=lambda s, book: seen.append(book.bid_points(1)[0]))
    seen: list[Any] = []
    made.play(delta(BTC, NOON + 1, 1, 0))
    made.play(snapshot(BTC, NOON + 2, 10), delta(BTC, NOON + 3, 11, 10))
    assert seen == [(9_900, 5), (9_950, 7)]
    made.play(delta(BTC, NOON + 4, 13, 12), delta(BTC, NOON + 5, 14, 13))
    assert len(seen) == 2, "a gap: nothing until the next snapshot"
    made.play(snapshot(BTC, NOON + 6, 20))
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("state", "is_trusted"),
    [(FeedState.GAP, False), (FeedState.STALE, False), (FeedState.LIVE, True), (FeedState.DEFECT, True)],
)
def test_a_feed_with_a_hole_makes_the_book_invalid(state: FeedState, is_trusted: bool) -> None:
    made = bench(lambda s: s.books(BTC))
    made.play(snapshot(BTC, NOON + 1), status(BTC, NOON + 2, state))
    book = made.core.engine.book(BTC)
    assert book is not None
    assert book.is_valid is is_trusted


def test_no_book_is_kept_that_nobody_asked_for() -> None:
    made = bench()
    made.play(snapshot(BTC, NOON + 1))
    assert made.core.engine.book(BTC) is None


# Quotes and prices.


def test_the_first_quote_opens_capital_and_later_ones_move_it() -> None:
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000 USDT,2 BTC"})
    made.play(quote(BTC, NOON + 1, 9_999, 10_001))
    made.play(quote(BTC, NOON + 2, 10_999, 11_001))
    figures = made.core.engine.portfolio.figures("a", "USDT")
    assert (figures.equity_start, figures.equity, figures.price) == (1200, 1220, 20)
    assert made.core.engine.quote(BTC) == quote(BTC, NOON + 2, 10_999, 11_001)


# Timers, offloaded work, plots.


class Alarmed(Scripted):
    @every("15s")
    def quarter(self) -> None:
        self.run("quarter")

    @cron("1 12 * * *")
    def after_noon(self) -> None:
        self.run("after_noon")


def test_timers_fire_on_the_clock_at_whole_multiples() -> None:
    made = Bench({"a": Alarmed()}, instruments=(BTC,))
    made.wait(7 * SECOND)
    made.wait(2 * MINUTE)
    fired = {
        name: [ts_ns - NOON for found, _, ts_ns in strategy_of(made).seen if found == name] for name in Alarmed.timers
    }
    assert fired == {"quarter": [n * 15 * SECOND for n in range(1, 9)], "after_noon": [MINUTE]}


def test_an_offloaded_result_comes_back_as_an_event_of_its_own() -> None:
    def quoted(strategy: Scripted, _: Any) -> None:
        strategy.offload(pow, 2, 10, then=lambda result: strategy.run("result", result))
        assert "result" not in strategy.names()

    made = bench(lambda s: s.quotes(BTC), quote=quoted)
    made.play(quote(BTC, NOON + 1))
    made.wait(OFFLOAD_LATENCY_NS - 1)
    assert "result" not in strategy_of(made).names()
    made.wait(1)
    assert strategy_of(made).seen[-1] == ("result", 1024, NOON + 1 + OFFLOAD_LATENCY_NS)


def test_offloads_without_end_put_their_strategy_aside_and_no_other() -> None:
    def without_end(strategy: Scripted, _event: object) -> None:
        while True:
            strategy.offload(int, then=print)

    def nested(strategy: Scripted) -> None:  # what is offloaded offloads itself
        strategy.offload(nested, strategy, then=print)

    def forks(strategy: Scripted) -> None:
        for _ in range(2):
            strategy.offload(int, then=lambda _: forks(strategy))

    wild = {"loop": without_end, "nested": lambda s, _: nested(s), "forks": lambda s, _: forks(s)}
    strategies = {name: Scripted(start=lambda s: s.quotes(BTC), quote=does) for name, does in wild.items()}
    made = Bench({**strategies, "calm": Scripted()}, instruments=(BTC,))
    made.play(quote(BTC, NOON + 1))
    made.wait(60 * SECOND)
    reasons = {record.strategy: record.reason for record in made.records if isinstance(record, StrategyQuarantined)}
    assert list(reasons) == ["loop", "nested", "forks"]
    assert all("expected at most 100 offloaded functions at once" in reason for reason in reasons.values()), reasons


def test_an_offloaded_function_that_raises_is_the_strategys_fault() -> None:
    made = bench(lambda s: s.quotes(BTC), quote=lambda s, q: s.offload(divmod, 1, 0, then=print))
    made.play(quote(BTC, NOON + 1))
    assert made.seats["a"].is_quarantined


def test_plots_go_to_the_listeners_with_their_time() -> None:
    made = bench(lambda s: s.quotes(BTC), quote=lambda s, q: s.plot("mid", q.mid))
    points: list[Any] = []
    made.core.listeners.append(type("Ear", (), {"plotted": lambda self, *point: points.append(point)})())
    made.play(quote(BTC, NOON + 7))
    assert points == [("a", "mid", NOON + 7, 100.5)]


# Orders and reports.


def test_a_report_is_journaled_applied_and_told_to_its_strategy_alone() -> None:
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,))
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(LATENCY)
    assert strategy_of(made, "a").told() == [(ReportKind.ACCEPTED, "")]
    assert strategy_of(made, "b").told() == []
    assert [record.report.kind for record in made.records if isinstance(record, ReportTaken)] == [ReportKind.ACCEPTED]
    assert order.is_open


def test_a_fill_is_told_before_the_report_that_carries_it_with_everything_up_to_date() -> None:
    seen: list[Any] = []
    made = bench(fill=lambda s, order, fill: seen.append((order.filled, s.position(BTC), s.free("USDT"))))
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(LATENCY)
    made.fill(order, 4_000)
    assert strategy_of(made).names()[-2:] == ["fill", "order"]
    assert seen == [(0.4, 0.4, 1_000_000 - 99.0)]


def test_a_duplicate_report_is_journaled_and_told_to_nobody() -> None:
    made = bench()
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(LATENCY)
    again = OrderReport(order.client_order_id, made.now_ns, ReportKind.ACCEPTED, Source.RECONCILE)
    made.core.engine.process(again)
    assert len(strategy_of(made).told()) == 1
    assert made.records[-1] == ReportTaken(again)


def test_slippage_within_the_margin_never_takes_a_ledger_below_zero() -> None:
    made = bench()
    made.play(quote(BTC, NOON + 1, 10_000, 10_000))
    most = made.act("a", lambda s: s.target(BTC, notional=2_000_000)) or made.core.engine.desk.open_of("a")[0]
    made.wait(LATENCY)
    made.fill(most, most.size_points, 10_100)
    assert 0 <= made.core.engine.desk.free("a", "USDT") < 101
    assert most.state is OrderState.FILLED


def test_a_market_buy_reserves_one_percent_above_the_ask_until_it_is_done() -> None:
    made = bench()
    made.play(quote(BTC, NOON + 1, 10_000, 10_100))
    order = made.act("a", lambda s: s.buy(BTC, "2"))
    assert float(made.core.engine.desk.free("a", "USDT")) == 1_000_000 - 204.02
    made.wait(LATENCY)
    made.fill(order, 10_000, 10_200)
    assert float(made.core.engine.desk.free("a", "USDT")) == 1_000_000 - 102 - 102.01
    made.say(order, ReportKind.EXPIRED)
    assert made.core.engine.desk.free("a", "USDT") == 1_000_000 - 102
    assert made.core.engine.desk.order(order.client_order_id) is order
    assert not made.core.engine.desk._expected_points


# The end.


def rebuys(strategy: Strategy, *_heard: object) -> None:
    strategy.buy(BTC, "1", price="98")


def test_the_end_mutes_tells_and_takes_orders_back() -> None:
    made = bench(lambda s: s.bars(BTC, "1m"), stop=lambda s: s.buy(BTC, "1", price="98"))
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(2 * LATENCY)
    list(made.core.stop("end of tape"))
    assert order.state is OrderState.CANCELLED
    assert made.port.requests() == [("place", "BTC/USDT", 1), ("cancel", "BTC/USDT", 1)]
    assert strategy_of(made).names().count("stop") == 1
    assert made.core.engine.desk.open_of("a") == []


@pytest.mark.parametrize(
    ("handlers", "told"),
    [({}, []), ({"quote": rebuys, "order": rebuys}, []), ({"stop": rebuys}, ["strategy.muted_verb"])],
    ids=["nothing", "what it hears after the end", "its own on_stop"],
)
def test_only_what_on_stop_itself_asks_for_is_warned_of(
    handlers: dict[str, Callable[..., Any]], told: list[str]
) -> None:
    made = bench(lambda s: s.quotes(BTC), **handlers)
    made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(2 * LATENCY)
    with capture_logs() as lines:
        list(made.core.stop("end of tape"))
        made.play(quote(BTC, NOON + MINUTE))
    assert [line["event"] for line in lines] == told
    assert not handlers or made.seats["a"].muted_verbs


def test_timers_end_with_the_run() -> None:
    made = Bench({"a": Alarmed()}, instruments=(BTC,))
    list(made.core.stop("end of tape"))
    made.wait(MINUTE)
    assert "quarter" not in strategy_of(made).names()


def test_intents_that_wait_at_the_end_never_leave() -> None:
    made = bench()
    engine, strategy = made.core.engine, strategy_of(made)
    orders: list[Any] = []
    engine.host.call(made.seats["a"], lambda: orders.append(strategy.buy(BTC, "1", price="99")))
    list(made.core.stop("signal"))
    assert not made.port.sent
    assert (orders[0].state, orders[0].reason) == (OrderState.REFUSED, "stopped")


def test_an_order_in_flight_at_the_end_is_taken_back_when_it_is_known() -> None:
    made = bench()
    order = made.act("a", lambda s: s.buy(BTC, "1", price="99"))
    made.wait(LATENCY - MS)
    list(made.core.stop("signal"))
    assert order.state is OrderState.CANCELLED
