"""Commands of people, files and watchdogs: done, or refused in words."""

from __future__ import annotations

from typing import Any, cast

import pytest
from msgspec import structs

from framework.kernel.records import OperatorAsked
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.router.kill.operator import Answer, Reconciler, asked_of
from framework.router.kill.states import Cause, KillState
from tests.wired import SECOND, Bench, Scripted, quote, spot

BTC = spot()
MM = Scope(ScopeKind.STRATEGY, "mm")


def bench(limits: dict[str, Any] | None = None) -> Bench:
    capital = {"mm": "500 USDT", "grid": "9 USDT"}
    made = Bench({"mm": Scripted(), "grid": Scripted()}, instruments=(BTC,), capital=capital, limits=limits)
    made.play(quote(BTC, made.now_ns + 1))
    return made


def ask(made: Bench, verb: str, scope: Scope = EVERYTHING, reason: str = "because", **more: object) -> Answer:
    return made.core.operate(structs.replace(asked_of(verb, scope=scope, reason=reason, who="ann"), **more))


def test_a_command_is_journaled_with_its_instant_before_it_is_done() -> None:
    made = bench()
    answer = ask(made, "kill")
    at = next(index for index, record in enumerate(made.records) if isinstance(record, OperatorAsked))
    assert made.records[at] == OperatorAsked(made.now_ns, 1, "kill", "global", "because", "ann")
    assert type(made.records[at + 1]).__name__ == "KillStepped"
    assert (answer.is_done, answer.state) == (True, "tripped")
    assert answer.trip_id in answer.text


def test_a_second_kill_keeps_the_first_reason_and_shows_both() -> None:
    made = bench()
    first = ask(made, "kill", reason="odd fills")
    again = ask(made, "kill", reason="and the fees")
    assert again.text == f"{first.text}; it was tripped already, and now for this too: and the fees"
    reasons = [record.reason for record in made.records if isinstance(record, OperatorAsked)]
    assert reasons == ["odd fills", "and the fees"]
    assert made.core.kill.trips[0].reason == "odd fills"


def test_a_kill_takes_effect_within_its_instant() -> None:
    made = bench()
    order = made.act("mm", lambda me: me.buy(BTC, 1, price=90))
    made.wait(SECOND)
    ask(made, "kill")
    assert made.port.requests()[-1] == ("cancel", "BTC/USDT", 1)
    assert order.pending.value == "cancel"


def test_a_kill_needs_a_reason_and_a_scope_that_is_there() -> None:
    made = bench()
    assert "expected a reason" in ask(made, "kill", reason="").text
    assert "mm, grid" in ask(made, "kill", Scope(ScopeKind.STRATEGY, "mn")).text
    odd = made.core.operate(structs.replace(asked_of("kill", reason="x"), scope="planet"))
    assert not odd.is_done and "expected global" in odd.text
    assert not ask(made, "dance").is_done
    assert made.core.kill.state() is KillState.ARMED


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("venue:bitgte", "a venue of this run (bitget)"),
        ("account:spare@bitget", "an account of this run (main@bitget)"),
        ("instrument:BTCUSDT", "an instrument of this run (BTC/USDT@bitget)"),
    ],
)
def test_a_kill_of_a_place_that_is_not_there_is_refused_and_not_taken_for_one(scope: str, known: str) -> None:
    made = bench()
    answer = made.core.operate(asked_of("kill", scope=scope, reason="x"))
    assert answer.text == f"expected {known}, found {scope.partition(':')[2]}"
    assert (answer.is_done, answer.is_usage, made.core.kill.trips) == (False, True, [])
    for place in ("venue:bitget", "account:main@bitget", "instrument:BTC/USDT@bitget"):
        assert made.core.operate(asked_of("kill", scope=place, reason="x")).state == "tripped"


def test_arming_says_what_it_led_to() -> None:
    made = bench()
    trip_id = ask(made, "kill").trip_id
    assert "not complete" in ask(made, "arm", trip_id=trip_id).text
    made.wait(62 * SECOND)
    first = ask(made, "arm", trip_id=trip_id).text
    assert first == "REDUCING global: only what lowers exposure passes; the same command once more lets all pass"
    assert ask(made, "arm", trip_id=trip_id).text == "ARMED global"


def test_a_pause_ends_with_resume_and_leaves_no_latch() -> None:
    made = bench()
    assert ask(made, "pause", MM).text == "mm REDUCING"
    assert made.core.kill.state(MM) is KillState.REDUCING
    assert ask(made, "resume", MM).text == "mm ARMED"
    assert "grid" in ask(made, "pause").text


def test_a_resume_that_does_not_arm_says_why_not() -> None:
    made = bench()
    ask(made, "pause", MM)
    made.core.kill.reduce(MM, Cause.STREAM_GAP, "a hole")
    assert ask(made, "resume", MM).text.startswith("mm REDUCING: its pause is over; armed as soon as nothing else")
    ask(made, "kill", MM)
    assert ask(made, "resume", MM).text == "mm nothing to resume"
    ask(made, "kill")
    assert ask(made, "resume", Scope(ScopeKind.STRATEGY, "grid")).text == "grid ARMED; global is TRIPPED"


def test_a_flatten_sells_what_is_held() -> None:
    made = bench()
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    ask(made, "kill", flatten=True)
    made.wait(SECOND)
    assert [order.tag for order in made.core.engine.blotter.open_of("mm")] == ["flatten"]


def test_a_flatten_that_has_to_wait_says_for_what_at_once() -> None:
    made = bench()
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    ask(made, "kill")
    assert "flattening" not in ask(made, "kill", flatten=True).text
    made = bench()
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    ask(made, "kill")
    assert "flattening waits for global: arm it, or" in ask(made, "kill", MM, flatten=True).text


def test_a_stall_reduces_and_arms_itself_again() -> None:
    made = bench()
    made.core.kill.word.close(EVERYTHING, "the loop stands still")
    assert not made.core.kill.look()
    ask(made, "stall", reason="stood for 10 s")
    assert made.core.kill.look()


def test_file_and_signal_are_told_apart() -> None:
    for who, cause in (("file", Cause.FILE), ("signal", Cause.SIGNAL), ("ann", Cause.OPERATOR)):
        made = bench()
        ask(made, "kill", who=who)
        trip = made.core.kill.trip_of(EVERYTHING)
        assert trip is not None and trip.cause is cause


def test_a_trip_is_armed_by_its_id_alone() -> None:
    made = bench()
    trip_id = ask(made, "kill", MM).trip_id
    made.wait(62 * SECOND)
    assert "strategy:mm is TRIPPED: give --scope strategy:mm" in ask(made, "arm").text
    assert ask(made, "arm", trip_id=trip_id).text.startswith("REDUCING strategy:mm")
    assert ask(made, "arm", trip_id=trip_id).text == "ARMED strategy:mm"


def test_a_tables_name_means_all_its_instances() -> None:
    made = Bench(
        {"sma/BTC": Scripted(), "sma/ETH": Scripted()},
        instruments=(BTC,),
        capital={"sma/BTC": "500 USDT", "sma/ETH": "9 USDT"},
    )
    made.play(quote(BTC, made.now_ns + 1))
    both = Scope(ScopeKind.STRATEGY, "sma")
    assert ask(made, "pause", both).text == "sma/BTC REDUCING\nsma/ETH REDUCING"
    assert ask(made, "resume", both).text == "sma/BTC ARMED\nsma/ETH ARMED"
    assert ask(made, "kill", both).is_done
    states = [made.core.kill.state(Scope(ScopeKind.STRATEGY, name)) for name in ("sma/BTC", "sma/ETH")]
    assert states == [KillState.TRIPPED, KillState.TRIPPED]
    assert ask(made, "pause", Scope(ScopeKind.STRATEGY, "sm")).is_usage


@pytest.mark.fault("E32")
def test_arming_lifts_what_a_limit_of_that_scope_holds_back_and_nothing_else() -> None:
    limits = {"strategy": {"mm": {"max_equal_rejects": 2}, "grid": {"max_equal_rejects": 2}}}
    made = bench(limits)
    risk = made.core.risk
    assert risk is not None
    for name in ("mm", "mm", "grid", "grid"):
        made.port.rejects = ["minimum"]
        made.act(name, lambda me: me.buy(BTC, "0.05", price=90))
        made.wait(SECOND)
    assert risk.breached == ["strategy mm", "strategy grid"]
    (trip, _) = made.core.kill.trips
    assert trip.reason == "max_equal_rejects: limit 2, found 2 times minimum, mm buy BTC/USDT@bitget"
    made.wait(300 * SECOND)
    made.play(quote(BTC, made.now_ns + 1))
    assert ask(made, "arm", MM, trip_id=trip.id).state == "reducing"
    assert risk.breached == ["strategy mm", "strategy grid"], "the first step lets nothing go that adds"
    assert ask(made, "arm", MM, trip_id=trip.id).state == "armed"
    assert risk.breached == ["strategy grid"]
    order = made.act("mm", lambda me: me.buy(BTC, "0.05", price=90))
    made.wait(SECOND)
    assert order.is_open


def test_a_market_that_is_lost_still_trips_again_once_a_person_armed_it() -> None:
    made = bench()
    there = Scope(ScopeKind.INSTRUMENT, BTC.id)
    trip_id = ask(made, "market_lost", there, "its state is halt").trip_id
    steps = len(made.records)
    assert ask(made, "market_lost", there, "its state is halt").trip_id == trip_id
    assert [type(record).__name__ for record in made.records[steps:]] == ["OperatorAsked"], "the trip stays as it is"
    made.wait(62 * SECOND)
    for _ in range(2):
        assert ask(made, "arm", there, trip_id=trip_id).is_done
    assert made.core.kill.state(there) is KillState.ARMED
    assert ask(made, "market_lost", there, "its state is halt").trip_id not in ("", trip_id)
    assert made.core.kill.state(there) is KillState.TRIPPED


@pytest.mark.parametrize("is_tripped", [False, True])
def test_what_is_over_is_told_whatever_state_its_scope_is_in(is_tripped: bool) -> None:
    made, told = bench(), list[KillState]()

    class Told:
        def may_have_missed(self) -> None:
            told.append(made.core.kill.state())

    made.core.operator.compare_by(cast("Reconciler", Told()))
    if is_tripped:
        ask(made, "kill")
    ask(made, "gap")
    assert told == [KillState.TRIPPED if is_tripped else KillState.REDUCING]


def test_where_no_books_are_compared_an_adoption_closes_nothing_and_says_so() -> None:
    made = bench()
    asked = made.core.operate(asked_of("adopt", subject="mm"))
    assert asked.text == "nothing to adopt: books were not compared\nnothing closed: books were not compared"
    assert not asked.is_done
    assert made.core.operate(asked_of("adopt")).is_done


def test_a_flatten_that_is_asked_for_after_the_last_comparison_is_left_to_the_next_start_and_says_so() -> None:
    made = bench()
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    made.core.operate(asked_of("compare", reason="the session ends", who="daemon"))
    sent = len(made.port.requests())
    answer = ask(made, "kill", flatten=True)
    assert answer.text.endswith("; the session ends and places nothing any more: its next start flattens")
    made.wait(5 * SECOND)
    assert len(made.port.requests()) == sent
    effects, trip = made.core.effects, made.core.kill.trip_of(EVERYTHING)
    assert effects.flattenings.left_behind() == ["mm BTC/USDT@bitget"], "the summary tells of it, and so the exit code"
    assert trip is not None and trip.flatten, "and the latch"
    assert effects.flattening_words(EVERYTHING) == ask(made, "kill", flatten=True).text.rpartition("; ")[2]


def test_a_sweep_that_another_of_the_same_trip_goes_on_with_keeps_its_time() -> None:
    """As at a start: a kept kill sweeps while books are compared, and what holds is resumed behind that."""
    made = bench()
    order = made.act("mm", lambda me: me.buy(BTC, 1, price=90))
    made.wait(SECOND)
    ask(made, "kill")
    made.wait(SECOND // 10)
    made.core.report(OrderReport(order.client_order_id, made.now_ns, ReportKind.CANCELLED, Source.VENUE))
    took_ns = made.core.effects.sweeps[EVERYTHING].swept_ns
    made.core.effects.resume()
    sweep = made.core.effects.sweeps[EVERYTHING]
    assert (len(sweep.cancelled), sweep.swept_ns) == (1, took_ns)
    assert took_ns > 0
