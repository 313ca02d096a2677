"""S1: what is ready at one instant runs in any order, but for what somebody promises."""

from __future__ import annotations

from functools import partial

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.tape_loop import TIMER_PRIORITY, VENUE_PRIORITY, TapeLoop
from tests.simulation.chance import Chance
from tests.simulation.order import shuffle_timers
from tests.simulation.seed import digest_of, silence
from tests.simulation.swarm import Swarm
from tests.simulation.timeline import Timeline

ROUNDS = 50


def said(shuffle: Chance | None, *asked: tuple[int, str, str]) -> list[str]:
    """What happens, of (when, source, word), in its order."""
    timeline, words = Timeline(0, shuffle), list[str]()
    for delay_ns, source, word in asked:
        timeline.after(delay_ns, partial(words.append, word), source)
    while len(timeline.heap) > 1:
        timeline.step()
    return words


@pytest.mark.fault("S1")
def test_of_what_is_due_at_one_instant_any_may_be_first() -> None:
    asked = [(5, "", "a"), (5, "", "b"), (5, "", "c"), (4, "", "before")]
    orders = {tuple(said(Chance(f"{number}"), *asked)) for number in range(ROUNDS)}
    assert {order[0] for order in orders} == {"before"}
    assert len(orders) == 6
    assert said(None, *asked) == ["before", "a", "b", "c"]


@pytest.mark.parametrize(("delay_ns", "source"), [(5, "stream"), (0, "")])
def test_one_source_and_what_is_asked_for_at_once_stay_in_their_order(delay_ns: int, source: str) -> None:
    asked = [(delay_ns, source, word) for word in "abc"] + [(delay_ns, "another", "x")]
    orders = [said(Chance(f"{number}"), *asked) for number in range(ROUNDS)]
    assert all([word for word in order if word != "x"] == list("abc") for order in orders)
    assert {order.index("x") for order in orders} >= {0, 3}


def test_timers_of_a_core_that_meet_come_in_any_order_and_what_is_asked_for_now_behind_them() -> None:
    orders = set[tuple[str, ...]]()
    for number in range(ROUNDS):
        clock, words = ManualClock(0), list[str]()
        loop = TapeLoop(clock, {}, (), lambda: None)
        shuffle_timers(loop, Chance(f"{number}"))
        for word in "abc":
            loop.at(5, TIMER_PRIORITY, partial(words.append, word))
        loop.at(5, VENUE_PRIORITY, partial(words.append, "venue"))
        clock.now_ns = 5
        for word in "de":
            loop.at(5, TIMER_PRIORITY, partial(words.append, word))
        for _ in loop.drain(5):
            pass
        assert (words[0], words[-2:]) == ("venue", ["d", "e"])
        orders.add(tuple(words))
    assert len(orders) == 6


def test_seeds_of_this_class_are_played_and_without_it_nothing_else_changes() -> None:
    silence()
    seed = next(number for number in range(1, ROUNDS) if "order" in Swarm(number).on)
    assert digest_of(seed) != digest_of(seed, ["order"])
    assert [name for name in Swarm(seed).on if name != "order"] == Swarm(seed, ["order"]).on
