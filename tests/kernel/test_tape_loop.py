"""The plain loop: one order of everything that happens, decided by instant, priority and order of asking alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import ManualClock
from framework.kernel.tape_loop import (
    BAR_PRIORITY,
    MARKET_PRIORITY,
    SENDER_PRIORITY,
    TIMER_PRIORITY,
    VENUE_PRIORITY,
    TapeLoop,
)
from framework.kernel.topic import MarketTopic, Rank


class Tick(NamedTuple):
    """A market event, as far as the loop looks at one."""

    ts_recv_ns: int
    name: str = "tick"
    instrument: str = "here"


def one_topic(take: Callable[[Tick], None]) -> dict[type, dict[str, MarketTopic]]:
    """Where ticks go."""
    topic = MarketTopic()
    topic.join(Rank.STRATEGIES, take)
    return {Tick: {"here": topic}}


class Run:
    """A loop that writes down what it does."""

    def __init__(self, start_ns: int = 0) -> None:
        self.clock = ManualClock(start_ns)
        self.trace: list[tuple[int, str]] = []
        self.waiting: list[str] = []
        self.loop = TapeLoop(self.clock, one_topic(self.take), self.waiting, self.turn)
        self.takes: Callable[[Tick], None] = self.play

    def take(self, tick: Tick) -> None:
        self.takes(tick)

    def play(self, tick: Tick) -> None:
        self.note(tick.name)

    def turn(self) -> None:
        self.note(f"turn {' '.join(self.waiting)}")
        self.waiting.clear()

    def note(self, what: str) -> None:
        self.trace.append((self.clock.now_ns, what))

    def at(self, ts_ns: int, priority: int, name: str) -> None:
        self.loop.at(ts_ns, priority, lambda: self.note(name))

    def instants(self, *ticks: Tick) -> list[int]:
        return list(self.loop.instants(ticks))


def test_priorities_are_in_the_order_of_a_turn() -> None:
    order = [BAR_PRIORITY, VENUE_PRIORITY, MARKET_PRIORITY, TIMER_PRIORITY, SENDER_PRIORITY]
    assert order == sorted(set(order))


def test_within_an_instant_bars_come_first_then_answers_market_data_timers_and_the_sender() -> None:
    run = Run()
    for priority, name in [(4, "sender"), (3, "timer"), (1, "venue"), (0, "bar")]:
        run.at(10, priority, name)
    run.instants(Tick(10, "quote"), Tick(10, "trade"))
    assert run.trace == [(10, name) for name in ("bar", "venue", "quote", "trade", "timer", "sender")]


def test_an_instant_without_market_data_has_the_same_order() -> None:
    run = Run()
    for priority, name in [(4, "sender"), (3, "timer"), (1, "venue"), (0, "bar")]:
        run.at(10, priority, name)
    run.instants(Tick(20))
    assert run.trace == [(10, "bar"), (10, "venue"), (10, "timer"), (10, "sender"), (20, "tick")]


def test_ties_go_by_order_of_asking() -> None:
    run = Run()
    for number in range(20):
        run.at(10, TIMER_PRIORITY, f"timer {number}")
    run.instants(Tick(20))
    assert [name for _, name in run.trace[:-1]] == [f"timer {number}" for number in range(20)]


def test_intents_wait_for_the_end_of_their_instant_and_leave_together() -> None:
    run = Run()
    run.loop.at(10, BAR_PRIORITY, lambda: run.waiting.append("a"))
    run.loop.at(10, TIMER_PRIORITY, lambda: run.waiting.append("b"))
    run.instants(Tick(10), Tick(20))
    assert run.trace == [(10, "tick"), (10, "turn a b"), (20, "tick")]


def test_what_a_turn_makes_belongs_to_its_instant_until_nothing_more_comes() -> None:
    run = Run()

    def again() -> None:
        run.note("answer")
        if len(run.trace) < 6:
            run.waiting.append("more")

    run.loop._turn = lambda: (run.turn(), run.loop.at(0, SENDER_PRIORITY, again))[0]
    run.waiting.append("first")
    run.instants(Tick(10), Tick(20))
    assert [what for ts_ns, what in run.trace if ts_ns == 0] == [
        *("turn first", "answer", "turn more", "answer", "turn more", "answer")
    ]
    assert run.trace[6:] == [(10, "tick"), (20, "tick")]


def test_what_is_asked_for_the_past_happens_now() -> None:
    run = Run()
    run.loop.at(10, VENUE_PRIORITY, lambda: run.at(3, TIMER_PRIORITY, "late"))
    run.instants(Tick(10), Tick(20))
    assert run.trace == [(10, "tick"), (10, "late"), (20, "tick")]


def test_what_is_asked_for_the_past_takes_its_place_in_the_present_instant() -> None:
    run = Run()
    run.loop.at(10, BAR_PRIORITY, lambda: run.at(3, VENUE_PRIORITY, "late answer"))
    run.loop.at(10, TIMER_PRIORITY, lambda: (run.at(3, SENDER_PRIORITY, "sender"), run.at(3, TIMER_PRIORITY, "timer")))
    run.instants(Tick(10), Tick(20))
    assert [name for _, name in run.trace] == ["late answer", "tick", "timer", "sender", "tick"]


def test_what_an_action_asks_for_its_own_instant_is_still_in_it() -> None:
    run = Run()
    run.loop.at(10, BAR_PRIORITY, lambda: run.at(10, VENUE_PRIORITY, "answer"))
    run.loop.at(10, TIMER_PRIORITY, lambda: run.at(10, BAR_PRIORITY, "late bar"))
    run.loop.at(15, TIMER_PRIORITY, lambda: run.at(15, TIMER_PRIORITY, "second"))
    assert run.instants(Tick(10), Tick(20)) == [10, 15, 20]
    assert run.trace == [(10, "answer"), (10, "tick"), (10, "late bar"), (15, "second"), (20, "tick")]


def test_what_market_data_asks_for_its_own_instant_comes_after_all_of_it() -> None:
    run = Run()
    run.takes = lambda tick: (run.play(tick), run.at(tick.ts_recv_ns, BAR_PRIORITY, f"after {tick.name}"))[0]
    run.instants(Tick(10, "a"), Tick(10, "b"))
    assert [name for _, name in run.trace] == ["a", "b", "after a", "after b"]


def test_the_last_instant_is_finished_and_what_lies_behind_it_waits() -> None:
    run = Run()
    run.at(10, TIMER_PRIORITY, "now")
    run.at(11, TIMER_PRIORITY, "later")
    run.waiting.append("x")
    run.instants(Tick(10))
    assert run.trace == [(0, "turn x"), (10, "tick"), (10, "now")]


def test_a_tape_without_events_ends_the_present_instant() -> None:
    run = Run()
    run.at(0, TIMER_PRIORITY, "now")
    assert run.instants() == []
    assert run.trace == [(0, "now")]


def test_an_instant_is_told_once_and_before_anything_of_it_happens() -> None:
    run = Run()
    for ts_ns in (5, 10, 10, 15):
        run.at(ts_ns, TIMER_PRIORITY, "timer")
    told: list[int] = []
    for ts_ns in run.loop.instants([Tick(10), Tick(10), Tick(20)]):
        assert run.clock.now_ns < ts_ns
        assert all(happened_ns < ts_ns for happened_ns, _ in run.trace)
        told.append(ts_ns)
    assert told == [5, 10, 15, 20]


def test_the_clock_stands_at_the_instant_that_is_played() -> None:
    run = Run(start_ns=3)
    run.at(7, TIMER_PRIORITY, "timer")
    run.instants(Tick(5), Tick(9))
    assert run.trace == [(5, "tick"), (7, "timer"), (9, "tick")]
    assert run.clock.now_ns == 9


def test_the_cursor_counts_the_events_played() -> None:
    run = Run()
    counted = []
    for ts_ns in run.loop.instants([Tick(10), Tick(10), Tick(20)]):
        counted.append((ts_ns, run.loop.cursor))
    assert counted == [(10, 0), (20, 2)]
    assert run.loop.cursor == 3


# The tail.


def test_drain_plays_what_is_due_up_to_and_including_an_instant() -> None:
    run = Run()
    for ts_ns in (10, 20, 20, 30, 31):
        run.at(ts_ns, VENUE_PRIORITY, "answer")
    assert list(run.loop.drain(30)) == [10, 20, 30]
    assert run.trace == [(10, "answer"), (20, "answer"), (20, "answer"), (30, "answer")]
    assert list(run.loop.drain(40)) == [31]


def test_drain_ends_the_present_instant_first() -> None:
    run = Run(start_ns=5)
    run.at(5, TIMER_PRIORITY, "now")
    run.waiting.append("x")
    assert list(run.loop.drain(5)) == []
    assert run.trace == [(5, "now"), (5, "turn x")]


def test_drain_follows_what_answers_ask_for_within_its_time() -> None:
    run = Run()

    def again() -> None:
        run.note("answer")
        run.loop.at(run.clock.now_ns + 10, VENUE_PRIORITY, again)

    run.loop.at(10, VENUE_PRIORITY, again)
    assert list(run.loop.drain(35)) == [10, 20, 30]


# Stopping.


def stopped_at(stop_ns: int) -> Run:
    run = Run()
    run.takes = lambda tick: (run.play(tick), run.waiting.append(tick.name))[0]
    run.at(12, TIMER_PRIORITY, "timer")
    for ts_ns in run.loop.instants([Tick(10, "a"), Tick(20, "b"), Tick(20, "c"), Tick(30, "d")]):
        if ts_ns == stop_ns:
            break
    return run


@pytest.mark.parametrize("stop_ns", [10, 12, 20, 30])
def test_who_stops_between_instants_keeps_a_whole_prefix(stop_ns: int) -> None:
    whole, run = stopped_at(stop_ns=99), stopped_at(stop_ns)
    list(whole.loop.drain(40))
    assert run.trace == [entry for entry in whole.trace if entry[0] < stop_ns]
    assert run.waiting == []
    assert run.loop.cursor == {10: 0, 12: 1, 20: 1, 30: 3}[stop_ns]


def test_after_a_stop_the_tail_goes_on_from_the_instant_before() -> None:
    run = stopped_at(stop_ns=12)
    assert run.clock.now_ns == 10
    assert list(run.loop.drain(40)) == [12]
    assert run.trace[-1] == (12, "timer")


# The oracle.

schedule = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4)), max_size=30)


@given(st.lists(st.integers(1, 30), max_size=30).map(sorted), schedule)
def test_the_order_is_that_of_a_plain_sort(ticks: list[int], actions: list[tuple[int, int]]) -> None:
    run = Run()
    wanted = [(ts_ns, 1, 0, index, f"tick {index}") for index, ts_ns in enumerate(ticks)]
    for index, (ts_ns, priority) in enumerate(actions):
        run.at(ts_ns, priority, f"action {index}")
        wanted.append((ts_ns, 0 if priority < MARKET_PRIORITY else 2, priority, index, f"action {index}"))
    told = [*run.loop.instants(Tick(ts_ns, f"tick {index}") for index, ts_ns in enumerate(ticks)), *run.loop.drain(30)]
    expected = [(ts_ns, name) for ts_ns, *_, name in sorted(wanted)]
    assert run.trace == expected
    assert told == [ts_ns for ts_ns, _ in groupby(ts_ns for ts_ns, _ in expected)]


@given(st.lists(st.integers(1, 30), max_size=30).map(sorted), schedule)
def test_the_same_tape_gives_the_same_trace(ticks: list[int], actions: list[tuple[int, int]]) -> None:
    def played() -> Iterator[object]:
        run = Run()
        run.takes = lambda tick: (run.play(tick), run.waiting.append("i"), run.at(tick[0] + 3, 1, "answer"))[0]
        for ts_ns, priority in actions:
            run.at(ts_ns, priority, "action")
        yield [*run.loop.instants([Tick(ts_ns) for ts_ns in ticks]), *run.loop.drain(99)]
        yield run.trace

    assert list(played()) == list(played())


def test_a_first_event_at_the_instant_of_the_clock_comes_after_what_goes_before_it() -> None:
    clock, seen = ManualClock(5), []
    loop = TapeLoop(clock, one_topic(lambda tick: seen.append("taken")), [], lambda: None)
    loop.at(5, BAR_PRIORITY, lambda: seen.append("bar"))
    loop.at(5, TIMER_PRIORITY, lambda: seen.append("timer"))
    assert list(loop.instants([Tick(5)])) == [5]
    assert seen == ["bar", "taken", "timer"]


def test_what_is_asked_for_between_two_instants_comes_before_the_next() -> None:
    run = Run()
    run.at(50, TIMER_PRIORITY, "timer")
    for ts_ns in run.loop.instants([Tick(10), Tick(40, "late")]):
        if ts_ns == 40:
            run.waiting.append("now")
            run.loop.settle()
            run.at(20, TIMER_PRIORITY, "soon")
    for ts_ns in run.loop.drain(60):
        if ts_ns == 50 and run.clock.now_ns < 45:
            run.at(45, TIMER_PRIORITY, "sooner")
    assert run.trace == [(10, "tick"), (10, "turn now"), (20, "soon"), (40, "late"), (45, "sooner"), (50, "timer")]


def test_what_is_asked_for_before_a_timer_comes_before_it() -> None:
    run = Run()
    run.at(30, TIMER_PRIORITY, "timer")
    for ts_ns in run.loop.instants([Tick(10), Tick(40, "late")]):
        if ts_ns == 30 and run.clock.now_ns < 20:
            run.at(20, TIMER_PRIORITY, "soon")
    assert run.trace == [(10, "tick"), (20, "soon"), (30, "timer"), (40, "late")]


def test_a_live_feed_is_followed_as_a_tape_of_the_same_events_is_played() -> None:
    live, tape = Run(), Run()
    for run in (live, tape):
        for ts_ns, priority in [(10, 4), (15, 1), (25, 3), (40, 0)]:
            run.at(ts_ns, priority, f"due {ts_ns}")
    heard = [Tick(10, "a"), Tick(12, "b"), Tick(30, "c"), Tick(40, "d")]
    batches = [(heard[:2], 13), ([], 26), (heard[2:], 45), ([], 46)]
    instants = live.loop.follow(lambda: batches.pop(0))
    played = [next(instants) for _ in range(8)]
    tape.instants(*heard)
    assert live.trace == tape.trace
    # Where nothing comes it names the instant to wait for: the next one due, or a look a second later.
    assert played == [10, 12, 15, 25, 40, 30, 40, 46 + 1_000_000_000]


def test_by_a_stride_instants_are_yielded_now_and_then_and_whenever_something_else_is_due() -> None:
    ticks = [Tick(10 * number, f"tick {number}") for number in range(1, 10)]
    told: dict[int, list[int]] = {}
    traces: dict[int, list[tuple[int, str]]] = {}
    for stride in (1, 4):
        run = Run()
        run.loop.stride = stride
        run.at(35, TIMER_PRIORITY, "timer")
        run.at(40, BAR_PRIORITY, "bar")
        run.takes = lambda tick, run=run: (run.play(tick), run.waiting.append("i") if tick.name == "tick 7" else None)[
            0
        ]
        told[stride], traces[stride] = run.instants(*ticks), run.trace
    assert told[1] == [10, 20, 30, 35, 40, 50, 60, 70, 80, 90]
    assert told[4] == [10, 35, 40, 80]
    assert traces[1] == traces[4], "what is done is the same"


def test_what_is_asked_for_at_an_instant_that_is_yielded_by_a_stride_comes_in_its_place() -> None:
    run = Run()
    run.loop.stride = 2
    for ts_ns in run.loop.instants([Tick(10), Tick(20), Tick(30), Tick(40)]):
        if ts_ns == 30:
            run.at(15, TIMER_PRIORITY, "late")
            run.at(30, BAR_PRIORITY, "bar")
    assert run.trace == [(10, "tick"), (20, "tick"), (20, "late"), (30, "bar"), (30, "tick"), (40, "tick")]


def test_an_event_that_nobody_takes_is_the_last_of_its_road() -> None:
    topic = MarketTopic()
    loop = TapeLoop(ManualClock(), {Tick: {"here": topic}}, [], lambda: None)
    assert list(loop.instants([Tick(10), Tick(20, "last")])) == [10, 20]
    assert (topic.last, loop.cursor) == (Tick(20, "last"), 2)
