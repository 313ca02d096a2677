"""The host: a handler's outbox leaves whole or not at all, and a strategy that raises harms itself alone."""

from __future__ import annotations

from typing import Any

import pytest

from framework.engine.host import TRACE_CHARACTERS_MAX, raised, trace_of
from framework.kernel.interrupts import Interrupted, ctrl_c_ends
from framework.kernel.journal import encode
from framework.kernel.records import StrategyQuarantined
from framework.model.events import Bar, Quote, Trade
from framework.model.intents import Cancel, Place
from framework.model.orders import Order, OrderState
from framework.strategy.timers import Cron, cron, every
from tests.wired import LATENCY, MINUTE, NOON, SECOND, Bench, Scripted, quote, spot, trade

BTC = spot()


def buys(strategy: Scripted, *_: Any) -> Order:
    return strategy.buy(BTC, "1", price="99")


class Faulty(Scripted):
    """Buys on each quote; on a trade it buys, keeps the handle, and raises."""

    def __init__(self, **handlers: Any) -> None:
        super().__init__(quote=buys, trade=self.fail, **handlers)
        self.handles: list[Order] = []
        self.ticks = 0

    def fail(self, strategy: Scripted, *_: Any) -> None:
        self.handles.append(buys(strategy))
        raise RuntimeError("no such level")

    @every("1s")
    def tick(self) -> None:
        self.ticks += 1


def bench(**strategies: Scripted) -> Bench:
    made = Bench(strategies, instruments=(BTC,))
    made.subscribe(Quote, BTC)
    made.subscribe(Trade, BTC)
    return made


@pytest.mark.fault("P17")
def test_a_handler_that_raises_puts_its_strategy_aside_and_no_other() -> None:
    bad, good = Faulty(), Scripted(quote=buys, trade=buys)
    made = bench(bad=bad, good=good)
    made.play(trade(BTC, NOON + 1))
    made.wait(3 * LATENCY)
    assert [order.state for order in bad.handles] == [OrderState.REFUSED]
    assert bad.handles[0].reason == "handler_raised"
    assert made.port.requests() == [("place", "BTC/USDT", 1)], "the other's alone"
    made.play(quote(BTC, NOON + SECOND), trade(BTC, NOON + SECOND))
    assert good.names().count("quote") == good.names().count("trade") - 1 == 1
    assert "quote" not in bad.names()
    (record,) = [record for record in made.records if isinstance(record, StrategyQuarantined)]
    assert (record.strategy, record.reason.split(" (")[0]) == ("bad", "RuntimeError: no such level")


def test_a_strategy_that_writes_to_a_handle_is_put_aside_and_changed_nothing() -> None:
    handles: list[Order] = []

    def overwrite(strategy: Scripted, *_: Any) -> None:
        handles.append(buys(strategy))
        setattr(handles[0], "state", OrderState.FILLED)  # noqa: B010  # as an author without types would

    bad = Scripted(quote=overwrite)
    made = bench(bad=bad)
    made.play(quote(BTC, NOON + 1))
    (record,) = [record for record in made.records if isinstance(record, StrategyQuarantined)]
    assert "immutable type: 'Order'" in record.reason
    assert (handles[0].state, handles[0].reason) == (OrderState.REFUSED, "handler_raised")


def test_open_orders_of_a_strategy_put_aside_are_cancelled() -> None:
    bad, good = Faulty(), Scripted(quote=buys)
    made = bench(bad=bad, good=good)
    made.play(quote(BTC, NOON + 1))
    made.wait(2 * LATENCY)
    made.play(trade(BTC, NOON + SECOND))
    made.wait(2 * LATENCY)
    assert made.core.engine.desk.open_of("bad") == []
    assert len(made.core.engine.desk.open_of("good")) == 1
    assert made.port.requests()[1:] == [("cancel", "BTC/USDT", 1)]


def test_what_it_asked_for_earlier_in_the_same_turn_does_not_leave_either() -> None:
    bad = Faulty()
    made = bench(bad=bad)
    made.play(quote(BTC, NOON + 1), trade(BTC, NOON + 1))
    made.wait(3 * LATENCY)
    assert not made.port.sent
    assert made.core.engine.desk.open_of("bad") == []


def test_a_cancel_of_the_same_turn_still_leaves() -> None:
    bad = Faulty()
    made = bench(bad=bad)
    made.play(quote(BTC, NOON + 1))
    made.wait(2 * LATENCY)
    bad.handlers["quote"] = lambda strategy, _: strategy.cancel_all()
    made.play(quote(BTC, NOON + SECOND), trade(BTC, NOON + SECOND))
    made.wait(2 * LATENCY)
    assert made.port.requests() == [("place", "BTC/USDT", 1), ("cancel", "BTC/USDT", 1)]


def test_timers_stop_in_quarantine() -> None:
    bad = Faulty()
    made = bench(bad=bad)
    made.wait(3 * SECOND)
    assert bad.ticks == 3
    made.play(trade(BTC, made.now_ns + 1))
    made.wait(3 * SECOND)
    assert bad.ticks == 3


def test_a_timer_that_raises_is_its_last() -> None:
    class Late(Scripted):
        ticks = 0

        @every("1s")
        def tick(self) -> None:
            self.ticks += 1
            raise KeyError("gone")

    late = Late()
    made = bench(late=late)
    made.wait(5 * SECOND)
    assert late.ticks == 1
    assert made.seats["late"].is_quarantined


def test_a_strategy_put_aside_hears_of_it_once_and_may_not_speak() -> None:
    bad = Faulty(halt=buys)
    made = bench(bad=bad)
    made.play(trade(BTC, NOON + 1))
    assert [what.split(" (")[0] for what in bad.got("halt")] == ["RuntimeError: no such level"]
    made.wait(2 * LATENCY)
    assert not made.port.sent
    assert made.seats["bad"].muted_verbs == 1


def test_what_on_halt_raises_is_of_no_account() -> None:
    bad, good = Faulty(halt=lambda strategy, reason: 1 / 0), Scripted()
    made = bench(bad=bad, good=good)
    made.play(trade(BTC, NOON + 1))
    assert good.names().count("trade") == 1


def test_reports_of_its_orders_are_still_booked() -> None:
    bad = Faulty()
    made = bench(bad=bad)
    made.play(quote(BTC, NOON + 1))
    made.wait(2 * LATENCY)
    (order,) = made.core.engine.desk.open_of("bad")
    made.play(trade(BTC, NOON + SECOND))
    made.fill(order)
    assert made.core.engine.desk.position_points("bad", BTC) == 10_000
    assert "fill" not in bad.names()


def test_a_keyboard_interrupt_passes_and_half_an_outbox_never_leaves() -> None:
    def interrupt(strategy: Scripted, _: Any) -> None:
        buys(strategy)
        raise Interrupted

    strategy = Scripted(trade=interrupt)
    made = bench(a=strategy)
    with pytest.raises(KeyboardInterrupt):
        made.play(trade(BTC, NOON + 1))
    assert not made.seats["a"].is_quarantined
    assert not made.seats["a"].outbox
    list(made.core.stop("Ctrl-C"))
    assert not made.port.sent


def test_the_handler_that_runs_is_known_to_the_watch() -> None:
    seen: list[Any] = []
    strategy = Scripted(quote=lambda *_: seen.append((made.core.engine.host.current, made.seats["a"].calls)))
    made = bench(a=strategy)
    before = made.seats["a"].calls
    made.play(quote(BTC, NOON + 1))
    ((listener, calls),) = seen
    assert (listener.seat.name, listener.handler, calls) == ("a", strategy.on_quote, before + 1)
    assert made.core.engine.host.current is None


def test_telling_of_a_handler_that_raised_is_not_its_time() -> None:
    """The first line of a log takes long: the watch would blame the handler for it."""
    faulty = Faulty()
    made = bench(a=faulty)
    host, seen = made.core.engine.host, []
    tell = host._quarantined
    host._quarantined = lambda *told: (seen.append(host.current), tell(*told))
    made.play(trade(BTC, NOON + 1))
    assert seen == [None]


def test_handlers_run_in_the_order_of_config_and_never_within_one_another() -> None:
    """`Scripted` itself asserts that none of its handlers is called while another runs."""
    order: list[str] = []
    made = bench(
        **{
            name: Scripted(
                quote=lambda s, q: (order.append(s.name), s.buy(BTC, "0.00001"), s.buy(BTC, "1", price="99")),
                order=lambda s, o, r: s.cancel(o),
            )
            for name in ("z", "a", "m")
        }
    )
    made.play(quote(BTC, NOON + 1))
    assert order == ["z", "a", "m"]
    made.wait(5 * LATENCY)
    assert not any(seat.is_quarantined for seat in made.seats.values())
    assert len(made.seats["z"].strategy.told()) == 3  # type: ignore[attr-defined]  # accepted, refused, cancelled


def test_waiting_intents_are_dropped_but_for_cancels() -> None:
    made = bench(a=Scripted(), b=Scripted())
    host, outbox = made.core.engine.host, made.core.outbox
    mine, others = (made.seats[name].strategy for name in "ab")
    made.core.engine.host.call(made.seats["a"], lambda: (buys(mine), mine.ladder(BTC, bids=[("99", "1")])))  # type: ignore[arg-type]
    made.core.engine.host.call(made.seats["b"], lambda: buys(others))  # type: ignore[arg-type]
    outbox.append(("a", Cancel(Order(client_order_id="x", strategy="a", instrument=BTC, is_buy=True, size_points=1))))
    host.drop_waiting(made.seats["a"], "stopped")
    assert [(name, type(intent)) for name, intent in outbox] == [("b", Place), ("a", Cancel)]


def test_a_fault_is_told_in_one_line_with_its_place() -> None:
    def fault() -> None:
        raise ValueError

    with pytest.raises(ValueError) as found:
        fault()
    assert raised(found.value, Scripted()).startswith("ValueError: no message (test_host.py:")


def test_a_fault_within_a_library_is_told_at_the_strategys_own_line() -> None:
    class Painter(Faulty):
        def on_quote(self, quote: Quote) -> None:
            OrderState("lost")

    with pytest.raises(ValueError) as found:
        Painter().on_quote(quote(BTC, NOON))
    line = Painter.on_quote.__code__.co_firstlineno + 1
    assert raised(found.value, Painter()) == f"ValueError: 'lost' is not a valid OrderState (test_host.py:{line})"


class Mute(RuntimeError):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.fault("P17")
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit: no message"),
        (Mute(), "Mute: its text cannot be had (ValueError)"),
        (RuntimeError("level \ud800"), "RuntimeError: level \\ud800"),
        (RuntimeError("x" * 17_000_000), f"RuntimeError: {'x' * 375} ... {'x' * 125}"),
        (RecursionError("deep"), "RecursionError: deep"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("handler", ["start", "ready", "quote", "halt", "stop"])
def test_whatever_a_strategy_raises_ends_that_strategy_alone(handler: str, error: BaseException, told: str) -> None:
    def fail(*_: Any) -> None:
        raise error

    bad, good = Scripted(**{handler: fail}), Scripted(quote=buys)
    if handler == "halt":
        bad.handlers["quote"] = fail
    made = bench(bad=bad, good=good)
    made.play(quote(BTC, NOON + 1))
    for _ in made.core.stop("by hand"):
        pass
    assert made.seats["bad"].is_quarantined
    assert not made.seats["good"].is_quarantined
    assert len(made.port.sent) == 2, "place and cancel of the other"
    (record,) = [record for record in made.records if isinstance(record, StrategyQuarantined)]
    assert record.reason.startswith(f"{told} (")
    for each in made.records:
        encode(each)


def test_a_strategy_that_raises_keyboard_interrupt_is_put_aside_alone() -> None:
    def odd(*_: Any) -> None:
        raise KeyboardInterrupt

    made = bench(a=Scripted(quote=odd), b=Scripted())
    with ctrl_c_ends():
        made.play(quote(BTC, NOON + 1))
    assert made.seats["a"].is_quarantined
    assert not made.seats["b"].is_quarantined


def test_a_keyboard_interrupt_ends_the_run_and_sends_nothing() -> None:
    def interrupted(strategy: Scripted, *_: Any) -> None:
        buys(strategy)
        raise Interrupted

    made = bench(bad=Scripted(quote=interrupted))
    with pytest.raises(KeyboardInterrupt):
        made.play(quote(BTC, NOON + 1))
    assert not made.seats["bad"].outbox
    assert not made.core.outbox


def test_a_long_trace_keeps_its_beginning_and_its_end() -> None:
    text = trace_of(RuntimeError("a" + "x" * 100_000 + "z"))
    assert len(text) < TRACE_CHARACTERS_MAX + 10
    assert text.startswith("RuntimeError: ax")
    assert text.endswith("xz\n")


def test_a_strategy_that_subscribes_in_its_own_handler_is_put_aside_once() -> None:
    bad, good = Scripted(quote=lambda strategy, _: strategy.quotes(BTC)), Scripted()
    made = bench(bad=bad, good=good)
    made.play(quote(BTC, NOON + 1), quote(BTC, NOON + 2))
    assert bad.names().count("quote") == bad.names().count("halt") == 1
    assert good.names().count("quote") == 2


@pytest.mark.parametrize("line", ["0 0 30 2 *", "every now and then", "99 * * * *", ""])
def test_a_timer_that_never_comes_puts_its_strategy_aside_at_the_start(line: str) -> None:
    class Never(Scripted):
        @cron(line)
        def rebalance(self) -> None:
            pass

    made = Bench({"never": Never(), "good": Scripted()}, instruments=(BTC,))
    assert made.seats["never"].is_quarantined
    assert not made.seats["good"].is_quarantined
    (record,) = [record for record in made.records if isinstance(record, StrategyQuarantined)]
    assert record.reason.startswith("PluginError: @cron: expected")


def test_a_timer_whose_next_time_cannot_be_had_puts_its_strategy_aside() -> None:
    class Once(Scripted):
        @every("1s")
        def tick(self) -> None:
            Once.timers = {"tick": Cron("0 0 30 2 *")}

    made = Bench({"once": Once(), "good": Scripted()}, instruments=(BTC,))
    made.wait(3 * SECOND)
    assert made.seats["once"].is_quarantined
    assert not made.seats["good"].is_quarantined


def test_bars_that_the_feed_cannot_give_put_aside_who_asked_and_no_other() -> None:
    bad, good = Scripted(start=lambda s: s.bars(BTC, "5s")), Scripted(start=lambda s: s.bars(BTC, "1m"))
    made = Bench({"bad": bad, "good": good}, instruments=(BTC,))
    bars = [Bar(BTC, NOON + n * MINUTE, NOON + (n - 1) * MINUTE, "1m", 100, 100, 100, 100, 1) for n in (1, 2)]
    made.play(*bars)
    assert good.names().count("bar") == 2
    assert "bar" not in bad.names()
    (reason,) = bad.got("halt")
    assert "5s cannot be built from the 1m bars of the feed" in reason
    assert "ask for another timeframe" in reason


def test_a_history_that_cannot_be_had_puts_its_strategy_aside() -> None:
    bad, good = Scripted(start=lambda s: s.bars(BTC, "1m", warmup="many")), Scripted()
    made = Bench({"bad": bad, "good": good}, instruments=(BTC,))
    assert made.seats["bad"].is_quarantined == ("ready" not in bad.names())
    assert "ready" in good.names()
