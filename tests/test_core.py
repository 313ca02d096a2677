"""The core wired: turns, the order of things within an instant, and the end of a run."""

from __future__ import annotations

from typing import Any

from framework.core import TAIL_NS
from framework.kernel.records import IntentTaken, OrderMade, ReportTaken, RequestSent, RunStopped, Turn
from framework.kernel.topic import Rank
from framework.model.events import FeedState, FeedStatus, Quote, ReportKind
from framework.model.intents import Place
from framework.model.scopes import Scope, ScopeKind
from framework.router.kill.states import KillState
from tests.wired import LATENCY, MINUTE, MS, NOON, SECOND, Bench, Scripted, quote, spot, trade

BTC, ETH = spot(), spot("ETH/USDT")


def buys(strategy: Any, _: Any) -> None:
    strategy.buy(BTC, "1", price="99")


def bench(*names: str, **handlers: Any) -> Bench:
    starts = {"start": lambda s: (s.quotes(BTC), s.trades(BTC), s.bars(BTC, "1s")), **handlers}
    return Bench({name: Scripted(**starts) for name in names or ("a",)}, instruments=(BTC, ETH))


def test_all_events_of_an_instant_are_one_turn() -> None:
    made = bench("a", "b", quote=buys, trade=buys)
    made.play(quote(BTC, NOON + 1), trade(BTC, NOON + 1), quote(BTC, NOON + 2))
    assert made.port.requests() == [("place", "BTC/USDT", 4), ("place", "BTC/USDT", 2)]
    assert [cleared.cleared_ns for cleared in made.port.sent] == [NOON + 1, NOON + 2]


def test_what_on_ready_asks_for_leaves_at_once() -> None:
    made = bench(ready=lambda s, resumed: s.buy(BTC, "1", price="99"))
    assert [cleared.cleared_ns for cleared in made.port.sent] == [NOON]


def test_an_answer_of_an_instant_comes_before_its_market_data() -> None:
    made = bench(ready=lambda s, resumed: s.buy(BTC, "1", price="99"))
    made.play(trade(BTC, NOON + LATENCY))
    strategy: Any = made.seats["a"].strategy
    assert strategy.names() == ["start", "ready", "order", "trade"]


def test_what_an_answer_leads_to_leaves_within_its_own_turn() -> None:
    made = bench(ready=lambda s, resumed: s.buy(BTC, "1", price="99"), order=lambda s, o, r: s.cancel(o))
    made.play(quote(BTC, NOON + SECOND))
    assert [(cleared.batch.kind.value, cleared.cleared_ns - NOON) for cleared in made.port.sent] == [
        ("place", 0),
        ("cancel", LATENCY),
    ]


def test_whoever_looks_at_intents_sees_them_before_the_router_takes_them() -> None:
    made = bench(quote=buys)
    seen: list[Any] = []
    made.core.taken.append(lambda intents: seen.append((list(intents), len(made.port.sent))))
    made.play(quote(BTC, NOON + 1))
    ((intents, sent),) = seen
    assert [(name, type(intent)) for name, intent in intents] == [("a", Place)]
    assert sent == 0
    assert not made.core.outbox


def test_a_simulated_venue_takes_each_event_before_a_strategy_does() -> None:
    order: list[str] = []
    made = bench(quote=lambda *_: order.append("strategy"))
    made.core.topics[Quote][BTC].join(Rank.VENUE, lambda event: order.append("venue"))
    made.play(quote(BTC, NOON + 1))
    assert order == ["venue", "strategy"]


def test_losses_are_looked_at_now_and_then_before_an_instants_market_data() -> None:
    looks: list[tuple[int, Any]] = []
    made = Bench({"a": Scripted()}, instruments=(BTC,), limits={"strategy": {"a": {"max_loss": "10 USDT"}}})
    risk = made.core.risk
    assert risk is not None
    look = risk.look
    risk.look = lambda: (looks.append((made.now_ns, made.core.engine.quote(BTC))), look())[1]  # type: ignore[method-assign]
    first, soon, later = (quote(BTC, ts_ns) for ts_ns in (NOON + 1, NOON + 2, NOON + 2 * SECOND))
    made.play(first, soon, later)
    assert looks == [(NOON + 1, None), (NOON + 2 * SECOND, soon)]


def test_the_journal_tells_each_turn_before_its_records_and_no_empty_turn() -> None:
    made = bench(trade=buys)
    made.records.clear()
    made.play(quote(BTC, NOON + 1), trade(BTC, NOON + 2))
    made.wait(LATENCY)
    assert made.records[0] == Turn(NOON + 2, 2)
    kinds = [type(record) for record in made.records]
    assert kinds == [Turn, OrderMade, RequestSent, Turn, ReportTaken]
    assert made.records[3] == Turn(NOON + 2 + LATENCY, 2)


def test_intents_are_journaled_as_they_were_said() -> None:
    made = bench(quote=lambda s, q: s.target(ETH, notional="200 USDT", style="passive"))
    made.play(quote(BTC, NOON + 1))
    taken = [record for record in made.records if isinstance(record, IntentTaken)]
    assert taken == [IntentTaken("a", "target", ETH.id, "200 passive")]


def test_the_same_events_give_the_same_journal() -> None:
    def run() -> list[Any]:
        made = bench("a", "b", quote=buys, bar=lambda s, b: s.cancel_all(), order=lambda s, o, r: s.random.random())
        made.play(*(quote(BTC, NOON + n * 300 * MS) for n in range(1, 20)))
        made.play(*(trade(BTC, NOON + 10 * SECOND + n * 300 * MS) for n in range(1, 20)))
        list(made.core.stop("end"))
        return made.records

    first = run()
    assert first == run()
    assert len(first) > 50


def test_the_end_is_journaled_and_answers_have_time_to_come() -> None:
    made = bench(ready=lambda s, resumed: s.buy(BTC, "1", price="99"))
    instants = list(made.core.stop("end of tape"))
    assert any(isinstance(record, RunStopped) and record.reason == "end of tape" for record in made.records)
    strategy: Any = made.seats["a"].strategy
    assert [kind for kind, _ in strategy.told()] == [ReportKind.ACCEPTED, ReportKind.CANCELLED]
    assert instants == sorted(instants)
    assert instants[-1] <= NOON + TAIL_NS


def test_the_clock_stands_at_each_instant_while_it_is_played() -> None:
    made = bench()
    seen: list[tuple[int, int]] = []
    events = [quote(BTC, NOON + 1), trade(BTC, NOON + 2), trade(BTC, NOON + MINUTE)]
    for ts_ns in made.core.play(events):
        seen.append((ts_ns, made.core.clock.now_ns))
    assert [ts_ns for ts_ns, _ in seen] == [NOON + 1, NOON + 2, NOON + SECOND, NOON + MINUTE]
    assert all(stands < ts_ns for ts_ns, stands in seen), "told before it is played"
    strategy: Any = made.seats["a"].strategy
    assert [(name, ts_ns - NOON) for name, _, ts_ns in strategy.seen[2:]] == [
        ("quote", 1),
        ("trade", 2),
        ("bar", SECOND),
        ("trade", MINUTE),
    ]


def test_trouble_of_a_live_feed_holds_its_instrument_back_until_it_lives_again() -> None:
    starts = {"start": lambda s: (s.quotes(BTC), s.quotes(ETH))}
    made = Bench({"a": Scripted(**starts, quote=buys)}, instruments=(BTC, ETH), feeds_are_live=True)
    made.play(FeedStatus(BTC, NOON + 1, FeedState.STALE, "no quotes for 5 s"), quote(BTC, NOON + 2))
    there = Scope(ScopeKind.INSTRUMENT, BTC.id)
    assert (made.core.kill.state(there), made.port.requests()) == (KillState.REDUCING, [])
    made.play(FeedStatus(BTC, NOON + 3, FeedState.LIVE), quote(BTC, NOON + 4))
    assert (made.core.kill.state(there), len(made.port.requests())) == (KillState.ARMED, 1)


def test_a_hole_in_a_recording_is_no_trouble_of_now() -> None:
    made = bench(quote=buys)
    made.play(FeedStatus(BTC, NOON + 1, FeedState.GAP, "3 trades are missing"), quote(BTC, NOON + 2))
    assert made.core.kill.words == "ARMED"
    assert len(made.port.requests()) == 1
