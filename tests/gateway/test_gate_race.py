"""Trips at random instants against the real transport on loopback: after `close` returned, not one byte leaves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framework.gateway.outcome import NotSent, Outcome, Unknown
from framework.gateway.pool import Errand
from framework.gateway.road import Road
from framework.kernel.kill_word import Passage
from tests.gateway.racing import answered, certificate, race

__all__ = ["certificate"]

SHARE = 12
ROUNDS = 1_000


@pytest.fixture(autouse=True)
def threads_that_interrupt_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.fault("O6")
@pytest.mark.parametrize(
    "rounds",
    [SHARE, pytest.param(ROUNDS, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])],
)
@pytest.mark.parametrize("by_thread", [False, True], ids=["loop", "thread"])
@pytest.mark.parametrize("orders", [2, 20])
@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "tls"])
async def test_no_creating_byte_reaches_the_kernel_after_a_trip(
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    is_tls: bool,
    orders: int,
    by_thread: bool,
    rounds: int,
) -> None:
    chain: tuple[Path, Path] | None = request.getfixturevalue("certificate") if is_tls else None
    tally = await race(rounds=rounds, orders=orders, by_thread=by_thread, certificate=chain)
    assert tally.late_bytes == 0
    assert len(tally.outcomes) == rounds * orders
    record_property("gate_race", {"rounds": rounds, "bytes_after": tally.late_bytes})
    reasons = {outcome.reason for outcome in tally.outcomes if isinstance(outcome, NotSent | Unknown)}
    assert reasons <= {"gate_closed", "cut_off", "connection_lost", "no_connection"}, reasons
    if rounds > SHARE and orders > 2:  # the race is one: some leave before, some stay here, some are cut
        assert answered(tally)
        assert {"gate_closed", "cut_off"} <= reasons


# --- the race can be lost --------------------------------------------------------------------------------------------


class CheckedEarly(Road):
    """A check before an await is no check: what aiohttp's users write."""

    def create(self, build: Callable[[], bytes], passage: Passage, done: Callable[[Outcome], None]) -> None:
        asyncio.get_running_loop().create_task(self._later(build, passage, done))

    async def _later(self, build: Callable[[], bytes], passage: Passage, done: Callable[[Outcome], None]) -> None:
        if self._word.forbids(passage.venue, passage.account, passage.instrument, passage.strategies):
            done(NotSent("gate_closed"))
            return
        await asyncio.sleep(0)
        self._creating.submit(Errand(build, done))


class NeverCut(Road):
    """What the transport holds back is forgotten."""

    async def run(self) -> None:
        self._creating.cut = lambda scope: None  # type: ignore[method-assign]  # the seeded fault
        await super().run()


@pytest.mark.parametrize("by_thread", [False, True], ids=["loop", "thread"])
async def test_a_check_before_an_await_is_caught(by_thread: bool) -> None:
    tally = await race(rounds=40, orders=20, by_thread=by_thread, make_road=CheckedEarly)
    assert tally.late_bytes > 0


@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "tls"])
async def test_a_trip_that_cuts_nothing_is_caught(request: pytest.FixtureRequest, is_tls: bool) -> None:
    chain: tuple[Path, Path] | None = request.getfixturevalue("certificate") if is_tls else None
    tally = await race(rounds=5, orders=2, by_thread=True, certificate=chain, make_road=NeverCut)
    assert tally.late_bytes > 0
