"""The drive of a daemon: what came and what is due are turns in the order of time; what breaks beside it ends the run."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from framework.app.drive import Stop
from framework.app.live.drive import LiveDrive
from framework.core import Core
from framework.kernel.clock import ManualClock
from framework.kernel.topic import Rank
from framework.kernel.virtual_loop import run
from framework.model.errors import InvariantError
from framework.model.events import Trade
from framework.venues.mailbox import Mailbox
from tests.wired import MS, NOON, spot, trade

BTC = spot()


class Driven:
    def __init__(self, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock(NOON)
        self.mailbox = Mailbox(self.clock)
        self.stop = Stop()
        self.looks = 0
        self.drive = LiveDrive(self.clock, self.mailbox, self.stop, self._look)
        self.core = Core(
            instruments=(BTC,), balances={}, capital={}, bot="b", run_id="r", seed=1, write=lambda record: None, now_ns=NOON
        )  # fmt: skip
        self.seen: list[tuple[Any, int]] = []
        self.core.topics[Trade][BTC].join(Rank.STRATEGIES, lambda event: self.see("trade"))
        self.drive.lead(self.core)

    def _look(self) -> None:
        self.looks += 1

    def see(self, what: str) -> None:
        self.seen.append((what, self.core.clock.now_ns - NOON))


async def test_a_turn_plays_events_and_what_is_due_at_their_instants_and_then_what_arrived() -> None:
    one = Driven()
    one.core.loop.at(NOON + 1 * MS, 1, lambda: one.see("due"))
    one.core.loop.at(NOON + 9 * MS, 1, lambda: one.see("late"))
    one.mailbox.put([trade(BTC, NOON + 2 * MS)])
    one.drive.arrivals.put(lambda: one.see("told"))
    one.clock.now_ns = NOON + 5 * MS
    one.drive.turn()
    assert one.seen == [("due", 1 * MS), ("trade", 2 * MS), ("told", 5 * MS)]
    one.drive.turn()  # the clock did not move: what comes is a little later all the same
    assert one.core.clock.now_ns > NOON + 5 * MS
    one.drive.close()


async def test_each_arrival_is_settled_before_the_next() -> None:
    one = Driven()
    one.drive.arrivals.put(lambda: one.core.loop.at(0, 1, lambda: one.see("what the first asked for")))
    one.drive.arrivals.put(lambda: one.see("second"))
    one.drive.turn()
    assert [what for what, _ in one.seen] == ["what the first asked for", "second"]
    one.drive.close()


async def test_it_wakes_for_other_threads_and_serves_what_they_ask() -> None:
    one = Driven()
    asked: list[int | None] = []
    asker = threading.Thread(target=lambda: asked.append(one.drive.inbox.ask(lambda: 7, 10.0)))
    asker.start()
    assert await one.drive.until(lambda: bool(asked), 10.0)
    asker.join()
    assert asked == [7]
    one.drive.close()


async def test_it_stops_when_asked_and_beats_meanwhile() -> None:
    one = Driven()
    asyncio.get_running_loop().call_later(0.12, one.stop.ask, "test")
    assert await one.drive.until_stopped(within_s=10.0)
    assert one.drive.inbox.beats >= 2  # of the loop: a watchdog counts them
    assert one.looks
    assert not await one.drive.until(lambda: False, 0.0)
    one.drive.close()


async def test_what_breaks_beside_it_is_raised_in_its_next_turn() -> None:
    one = Driven()
    one.drive.fail(InvariantError("our bug"))
    with pytest.raises(InvariantError, match="our bug"):
        await one.drive.until_stopped()
    one.drive.close()


async def test_a_ring_is_answered_in_the_loops_next_round() -> None:
    one = Driven()
    waiting = asyncio.ensure_future(one.drive.until(lambda: False))
    await asyncio.sleep(0)
    one.clock.now_ns += MS
    one.mailbox.put([trade(BTC, one.clock.now_ns)])
    one.drive.arrivals.put(lambda: one.see("told"))
    one.drive.arrivals.put(lambda: one.see("told too"))
    assert not one.seen, "nothing is played inside of what rings"
    await asyncio.sleep(0)
    assert [what for what, _ in one.seen] == ["trade", "told", "told too"]
    waiting.cancel()
    one.drive.close()


async def test_no_turn_is_played_while_nobody_waits() -> None:
    one = Driven()
    assert not await one.drive.until(lambda: False, 0.0)
    one.drive.arrivals.put(lambda: one.see("told"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not one.seen
    assert await one.drive.until(lambda: bool(one.seen), 10.0)
    one.drive.close()


def test_what_is_due_ends_the_sleep_though_something_later_was_asked_for_before() -> None:
    clock = ManualClock(NOON)
    played: list[int] = []

    def play() -> None:
        played.append(clock.now_ns - NOON)

    async def main() -> None:
        one = Driven(clock)
        one.core.loop.at(NOON + 200 * MS, 1, play)
        waiting = asyncio.ensure_future(one.drive.until(lambda: len(played) == 2))
        await asyncio.sleep(0)
        one.drive.arrivals.put(lambda: one.core.loop.at(NOON + 50 * MS, 1, play))
        assert await waiting
        one.drive.close()

    run(main(), clock)
    assert played == [50 * MS, 200 * MS]


async def test_what_a_turn_raises_is_for_whoever_waits() -> None:
    one = Driven()
    waiting = asyncio.ensure_future(one.drive.until(lambda: False))
    await asyncio.sleep(0)
    one.drive.arrivals.put(_fails)
    with pytest.raises(InvariantError, match="in a turn"):
        await waiting
    one.drive.close()


async def test_a_turn_that_ends_with_stop_iteration_ends_the_run_too() -> None:
    one = Driven()
    waiting = asyncio.ensure_future(one.drive.until(lambda: False))
    await asyncio.sleep(0)
    one.drive.arrivals.put(lambda: next(iter(())))
    with pytest.raises(InvariantError, match="without a next one") as broken:
        await waiting
    assert isinstance(broken.value.__cause__, StopIteration)
    one.drive.close()


def _fails() -> None:
    raise InvariantError("in a turn")
