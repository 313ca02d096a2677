"""A handler's outbox is bounded; cancels get through, each once."""

from __future__ import annotations

from framework.engine.bound import INTENTS_MAX, Bound
from framework.model.intents import Cancel, Intent, Ladder, Place, Rung
from tests.wired import order_of, spot

BTC = spot()


def taken(bound: Bound, outbox: list[Intent], intent: Intent, times: int = 1) -> int:
    before = len(outbox)
    for _ in range(times):
        if bound.takes(intent, outbox):
            outbox.append(intent)
    return len(outbox) - before


def test_so_many_are_taken_and_an_emptied_outbox_takes_as_many_again() -> None:
    bound, outbox, place = Bound(), [], Place(order_of(BTC))
    assert taken(bound, outbox, place, 100_000) == INTENTS_MAX
    outbox.clear()
    assert taken(bound, outbox, place, 100_000) == INTENTS_MAX


def test_a_ladder_counts_by_its_rungs() -> None:
    bound, outbox = Bound(), []
    ladder = Ladder("a", BTC, tuple(Rung(True, 1, 1) for _ in range(INTENTS_MAX // 4)))
    assert taken(bound, outbox, ladder, 100) == 4
    assert taken(bound, [], Ladder("a", BTC, ()), 10) == 10


def test_cancels_get_through_each_once() -> None:
    bound, outbox = Bound(), []
    taken(bound, outbox, Place(order_of(BTC)), INTENTS_MAX)
    assert taken(bound, outbox, Cancel(order_of(BTC, "x")), 100_000) == 1
    assert taken(bound, outbox, Cancel(order_of(BTC, "y")), 100_000) == 1
